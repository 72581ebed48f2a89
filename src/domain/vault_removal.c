/* SPDX-License-Identifier: ISC */
/* Removing a member: one change that begins a new epoch. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "domain/offboarding.h"
#include "domain/vault_impl.h"

static enum sv_status no_such_slot(uint32_t number, struct sv_err *err)
{
    return sv_fail(err, SV_MISSING,
                   "there is no member in slot %" PRIu32 ": \"smtpvault member list\" shows them",
                   number);
}

/* The leaver's entry, if the vault can do without it. */
static enum sv_status may_leave(const struct vault_directory *dir, uint32_t number,
                                struct directory_entry *leaver, struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry other = {0};
    uint32_t admins = 0;
    enum sv_status st;

    if (number >= SLOT_COUNT_MAX)
        return no_such_slot(number, err);
    st = directory_get(dir->card, number, leaver, err);
    if (st)
        return st == SV_MISSING ? no_such_slot(number, err) : st;
    for (uint32_t i = 0; (st = directory_at(dir->card, i, &other, err)) == SV_OK; i++)
        admins += other.role == ROLE_ADMIN && other.type != SLOT_RECOVERY &&
                  other.number < SLOT_COUNT_MAX && other.number != number;
    if (st != SV_MISSING)
        return st;
    if (admins > 0)
        return SV_OK;
    return sv_fail(err, SV_DENIED,
                   "\"%s\" is the last administrator of this vault, and nobody could change it any "
                   "more: add another one first (\"smtpvault member add\")",
                   leaver->label);
}

static enum sv_status look_up(struct vault *v, uint32_t number, struct directory_entry *leaver,
                              struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st;

    if ((st = vault_need_admin(v, err)) || (st = vault_directory_read(v, &dir, err)))
        return st;
    return may_leave(&dir, number, leaver, err);
}

static enum sv_status tokens_count(const struct vault_directory *dir, uint64_t *count,
                                   struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st;

    *count = 0;
    for (uint32_t i = 0; (st = directory_at(dir->card, i, &entry, err)) == SV_OK; i++)
        *count += entry.role == ROLE_TOKEN;
    return st == SV_MISSING ? SV_OK : st;
}

static enum sv_status remove_inside(struct vault_change *c, const struct directory_entry *leaver,
                                    const struct vault_epoch_wish *wish, uint64_t *tokens,
                                    struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    struct vault *v = c->v;
    enum sv_status st;

    if ((st = vault_directory_load(v, c->root, &dir, err)) ||
        (st = may_leave(&dir, leaver->number, &entry, err)))
        return st;
    if (memcmp(entry.keys.pk, leaver->keys.pk, sizeof entry.keys.pk) != 0 ||
        strcmp(entry.label, leaver->label) != 0)
        return sv_fail(err, SV_LOCKED,
                       "slot %" PRIu32 " was changed by another administrator meanwhile: look at "
                       "the members again",
                       leaver->number);
    struct directory_former former = {.number = leaver->number, .left = env_now()};
    memcpy(former.label, leaver->label, sizeof former.label);
    if ((st = vault_directory_drop(&dir, leaver->number, err)) ||
        (former.label[0] != '\0' && (st = vault_directory_add_former(&dir, &former, err))) ||
        (st = tokens_count(&dir, tokens, err)))
        return st;
    return vault_epoch_renew(c, &dir, wish, err);
}

static void describe(struct offboarding *o, const struct directory_entry *leaver)
{
    o->number = leaver->number;
    o->role = leaver->role;
    memcpy(o->label, leaver->label, sizeof o->label);
}

/* A log that cannot be read keeps nobody in the vault: the report says that it is
 * missing. Read before any lock is taken, it may be long. */
void vault_listen(struct vault *v, int64_t since, struct leaving *l, struct offboarding *o)
{
    const struct audit_filter filter = {.since = since};
    struct sv_err why = {""};

    o->log_read = vault_audit_read(v, &filter, leaving_heard, l, &why) == SV_OK;
    if (!o->log_read) {
        (void)snprintf(o->log_fault, sizeof o->log_fault, "%.190s", why.text);
        l->reads.len = 0;
    }
}

enum sv_status vault_member_remove(struct vault *v, uint32_t number,
                                   const struct progress *progress, struct offboarding *out,
                                   struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry leaver = {0};
    OFFBOARDING_OWNED struct offboarding o = {0};
    LEAVING_OWNED struct leaving l = {0};
    CHANGE_OWNED struct vault_change c = {0};
    struct vault_epoch_wish wish = {.progress = progress};
    char note[AUDIT_NOTE_MAX + 1];
    enum sv_status st;

    if ((st = look_up(v, number, &leaver, err)))
        return st;
    describe(&o, &leaver);
    l.member = 1 + (uint64_t)leaver.number;
    vault_listen(v, leaver.created, &l, &o);
    if (leaver.role != ROLE_AUDITOR) {
        wish.exposed = env_now();
        wish.seen = leaving_seen;
        wish.seen_context = &l;
    }
    (void)snprintf(note, sizeof note, "removed %s \"%s\"", role_word(leaver.role), leaver.label);
    if ((st = vault_change_begin(&c, v, AUDIT_MEMBER, NULL, note, err)) ||
        (st = remove_inside(&c, &leaver, &wish, &o.tokens, err)) ||
        /* Before the commit: a list that cannot be made would be missed. */
        (st = leaving_report(&l, &o, err)) || (st = vault_change_commit(&c, 0, err)))
        return st;
    o.epoch = v->state.epoch;
    if (number == v->slot)
        vault_lock(v);
    if (out) {
        *out = o;
        memset(&o, 0, sizeof o);
    }
    return SV_OK;
}
