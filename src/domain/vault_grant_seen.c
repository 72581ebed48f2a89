/* SPDX-License-Identifier: ISC */
/* Who asked while everybody was let through, from the log. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/vault_grant.h"
#include "domain/vault_impl.h"

#define SEEN_MAX 256 /* callers that are told apart; of the others nothing is proposed */

void grant_seen_clear(struct grant_seen_list *list)
{
    sv_free(list->items);
    memset(list, 0, sizeof *list);
}

struct looking {
    struct grant_seen_list *list;
    const struct grants *grants;
};

static bool is_release(enum audit_op op)
{
    static const enum audit_op ops[] = {AUDIT_GET,  AUDIT_SHOW,   AUDIT_EXEC,  AUDIT_EXPORT,
                                        AUDIT_TEST, AUDIT_HELPER, AUDIT_RENDER};

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (ops[i] == op)
            return true;
    return false;
}

/* Not its owner with a passphrase: they need no grant. */
static bool counts(const struct audit_event *e)
{
    bool owner = e->via == VIA_PASSPHRASE || e->via == VIA_RECOVERY;

    return is_release(e->op) && (!owner || strstr(e->note, ", learning"));
}

static bool same_who(const struct grant *a, const struct grant *b)
{
    return a->has == b->has && a->uid == b->uid && strcmp(a->exe, b->exe) == 0 &&
           strcmp(a->unit, b->unit) == 0;
}

/* Every condition of who asks that g has is met by one who is `who`. */
static bool covers(const struct grant *g, const struct grant *who)
{
    return !(g->has & GRANT_LEARN) &&
           (!(g->has & GRANT_EXE) || (who->has & GRANT_EXE && strcmp(g->exe, who->exe) == 0)) &&
           (!(g->has & GRANT_UNIT) || (who->has & GRANT_UNIT && strcmp(g->unit, who->unit) == 0)) &&
           (!(g->has & GRANT_USER) || g->uid == who->uid);
}

static struct grant_seen *seen_of(struct looking *l, const struct grant *who)
{
    for (size_t i = 0; i < l->list->count; i++)
        if (same_who(&l->list->items[i].grant, who))
            return &l->list->items[i];
    return l->list->count < SEEN_MAX ? &l->list->items[l->list->count++] : NULL;
}

static enum sv_status look(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct looking *l = context;
    struct grant_seen *seen;
    struct grant who;

    (void)err;
    if (!counts(e))
        return SV_OK;
    bool known = grant_of_caller(&who, &e->caller);
    if (!(seen = seen_of(l, &who)))
        return SV_OK;
    if (seen->times++ == 0)
        seen->first = e->time;
    seen->last = e->time;
    seen->grant = who;
    seen->caller = e->caller;
    seen->useless = !known;
    for (size_t i = 0; i < l->grants->count; i++)
        seen->covered |= covers(&l->grants->items[i], &who);
    return SV_OK;
}

enum sv_status vault_grant_seen(struct vault *v, const char *name, struct grant_seen_list *out,
                                struct sv_err *err)
{
    SEEN_OWNED struct grant_seen_list list = {0};
    GRANTS_OWNED struct grants grants = {0};
    struct audit_filter filter = {.profile = name, .result = AUDIT_OK};
    struct looking l = {.list = &list, .grants = &grants};
    enum sv_status st = vault_grants(v, name, &grants, err);

    if (st)
        return st;
    for (size_t i = 0; i < grants.count; i++)
        if (grants.items[i].has & GRANT_LEARN) {
            filter.since = list.since = grants.items[i].made;
            list.until = grants.items[i].until;
        }
    if (list.since != 0) {
        if (!(list.items = sv_alloc_array(SEEN_MAX, sizeof *list.items)))
            return sv_fail_nomem(err);
        if ((st = vault_audit_read(v, &filter, look, &l, err)))
            return st;
    }
    *out = list;
    memset(&list, 0, sizeof list);
    return SV_OK;
}
