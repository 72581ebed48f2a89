/* SPDX-License-Identifier: ISC */
/* Members: listed and added. */
#include "domain/vault_members.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

static const struct {
    enum role role;
    const char *word;
} roles[] = {{ROLE_ADMIN, "admin"},
             {ROLE_READER, "reader"},
             {ROLE_AUDITOR, "auditor"},
             {ROLE_TOKEN, "token"}};

const char *role_word(enum role role)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (roles[i].role == role)
            return roles[i].word;
    return "";
}

bool role_parse(const char *word, enum role *out)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (roles[i].role != ROLE_TOKEN && strcmp(roles[i].word, word) == 0) {
            *out = roles[i].role;
            return true;
        }
    return false;
}

void member_list_clear(struct member_list *list)
{
    sv_free(list->items);
    memset(list, 0, sizeof *list);
}

/* ---- the list ---- */

static enum sv_status member_read(struct vault *v, const struct directory_entry *entry,
                                  struct member *m, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    struct slot_head head;
    enum sv_status st = db_get(v->db, TABLE_SLOT, entry->number, &row, err);

    if (st == SV_MISSING)
        return sv_fail(err, SV_DATA,
                       "%s: the directory lists slot %" PRIu32
                       ", and it is not there: restore a backup",
                       db_shown(v->db), entry->number);
    if (st || (st = slot_read_head(&head, row.bytes, row.len, err)))
        return st;
    *m = (struct member){.number = entry->number,
                         .type = entry->type,
                         .role = entry->role,
                         .created = entry->created,
                         .cost = head.cost,
                         .own = entry->number == v->slot};
    memcpy(m->label, entry->label, sizeof m->label);
    return SV_OK;
}

static void insert_by_number(struct member_list *list, const struct member *m)
{
    size_t at = list->count++;

    for (; at > 0 && list->items[at - 1].number > m->number; at--)
        list->items[at] = list->items[at - 1];
    list->items[at] = *m;
}

static enum sv_status members_read(struct vault *v, const struct vault_directory *dir,
                                   struct member_list *list, struct sv_err *err)
{
    uint32_t count;
    enum sv_status st = directory_count(dir->card, &count, err);

    if (st)
        return st;
    if (!(list->items = sv_alloc_array(count + 1, sizeof *list->items)))
        return sv_fail_nomem(err);
    for (uint32_t i = 0; i < count; i++) {
        DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
        struct member m;
        if ((st = directory_at(dir->card, i, &entry, err)))
            return st;
        if (entry.number >= SLOT_COUNT_MAX)
            continue;
        if ((st = member_read(v, &entry, &m, err)))
            return st;
        insert_by_number(list, &m);
    }
    return SV_OK;
}

static enum sv_status formers_read(const struct vault_directory *dir, struct member_list *list,
                                   struct sv_err *err)
{
    struct directory_former f;
    enum sv_status st;

    for (uint32_t i = 0; (st = directory_keys_former(dir->keys, i, &f, err)) == SV_OK; i++) {
        struct member *items = sv_resize(list->items, (list->count + 1) * sizeof *items);
        if (!items)
            return sv_fail_nomem(err);
        list->items = items;
        items[list->count] = (struct member){.number = f.number, .left = f.left};
        memcpy(items[list->count++].label, f.label, sizeof f.label);
    }
    return st == SV_MISSING ? SV_OK : st;
}

static enum sv_status may_see_members(const struct vault *v, struct sv_err *err)
{
    enum sv_status st = vault_need_keys(v, err);

    if (st == SV_OK && v->role != ROLE_ADMIN)
        return sv_fail(err, SV_DENIED,
                       "only an administrator sees who the members are: unlock the vault as one");
    return st;
}

enum sv_status vault_members_ever(struct vault *v, struct member_list *list, struct sv_err *err)
{
    MEMBER_LIST_OWNED struct member_list found = {0};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st;

    if (v->remote)
        return v->remote->members(v->far, list, err);
    if ((st = may_see_members(v, err)) || (st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK &&
        (st = vault_slots_prove(v, &v->state, err)) == SV_OK &&
        (st = vault_directory_load(v, v->state.root, &dir, err)) == SV_OK &&
        (st = members_read(v, &dir, &found, err)) == SV_OK)
        st = formers_read(&dir, &found, err);
    db_rollback(v->db);
    if (st)
        return st;
    *list = found;
    memset(&found, 0, sizeof found);
    return SV_OK;
}

enum sv_status vault_members(struct vault *v, struct member_list *list, struct sv_err *err)
{
    enum sv_status st = vault_members_ever(v, list, err);

    while (st == SV_OK && list->count > 0 && list->items[list->count - 1].left != 0)
        list->count--;
    return st;
}

const struct member *member_then(const struct member_list *ever, uint32_t number, int64_t when)
{
    const struct member *last = NULL;

    for (size_t i = ever->count; i > 0; i--) {
        const struct member *m = &ever->items[i - 1];
        if (m->number != number)
            continue;
        /* The newest of those who left comes first: each before it left earlier. */
        if (last == NULL || (m->left == 0 ? m->created <= when : m->left >= when))
            last = m;
    }
    return last;
}

enum sv_status member_find(const struct member_list *list, const char *who,
                           const struct member **out, struct sv_err *err)
{
    char shown[MEMBER_LABEL_MAX * 4 + 1];
    uint64_t number = UINT64_MAX;

    (void)text_parse_u64(who, 0, SLOT_COUNT_MAX - 1, &number);
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].number == number || strcmp(list->items[i].label, who) == 0) {
            *out = &list->items[i];
            return SV_OK;
        }
    return sv_fail(err, SV_MISSING,
                   "there is no member \"%s\": \"smtpvault member list\" shows them",
                   text_printable(shown, sizeof shown, who, strlen(who)));
}

/* ---- adding ---- */

enum sv_status vault_label_check(const char *whose, const char *label, struct sv_err *err)
{
    size_t len = strlen(label);

    if (len == 0 || len > MEMBER_LABEL_MAX || !text_is_utf8(label, len) ||
        text_has_control(label, len) || label[0] == ' ' || label[len - 1] == ' ')
        return sv_fail(err, SV_USAGE,
                       "a %s's label is 1 to %d bytes of UTF-8 without control characters and "
                       "without a blank at either end",
                       whose, MEMBER_LABEL_MAX);
    if (strspn(label, "0123456789") == len)
        return sv_fail(err, SV_USAGE,
                       "a %s's label cannot be a number alone: that is another name of it", whose);
    return SV_OK;
}

enum sv_status member_check_label(const char *label, struct sv_err *err)
{
    return vault_label_check("member", label, err);
}

static enum sv_status label_is_free(const struct vault_directory *dir, const char *label,
                                    struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st;

    for (uint32_t i = 0; (st = directory_at(dir->card, i, &entry, err)) == SV_OK; i++)
        if (entry.number < SLOT_COUNT_MAX && strcmp(entry.label, label) == 0)
            return sv_fail(err, SV_EXISTS,
                           "a member \"%s\" exists already: choose another label, or remove that "
                           "member first",
                           label);
    return st == SV_MISSING ? SV_OK : st;
}

static enum sv_status identity_is_free(const struct vault_directory *dir, const uint8_t pk[KEY_LEN],
                                       struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    uint32_t number = 0;
    bool found;
    enum sv_status st = directory_keys_find_identity(dir->keys, pk, &found, &number, err);

    if (st || !found)
        return st;
    st = directory_get(dir->card, number, &entry, err);
    if (st && st != SV_MISSING)
        return st;
    return sv_fail(err, SV_EXISTS, "this identity is the member \"%s\" already (slot %" PRIu32 ")",
                   entry.label, number);
}

/* A number that was given before may stand in old copies of the file, so each is given
 * once until all were. */
static enum sv_status number_choose(const struct vault_directory *dir, uint32_t *number,
                                    struct sv_err *err)
{
    bool taken[SLOT_COUNT_MAX] = {false};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    uint32_t first, above = 0;
    enum sv_status st;

    for (uint32_t i = 0; (st = directory_at(dir->card, i, &entry, err)) == SV_OK; i++)
        if (entry.number < SLOT_COUNT_MAX) {
            taken[entry.number] = true;
            above = entry.number >= above ? entry.number + 1 : above;
        }
    if (st != SV_MISSING || (st = directory_keys_next(dir->keys, &first, err)))
        return st;
    if (first == 0)
        first = above;
    for (uint32_t i = 0; i < SLOT_COUNT_MAX; i++)
        if (!taken[(first + i) % SLOT_COUNT_MAX]) {
            *number = (first + i) % SLOT_COUNT_MAX;
            return SV_OK;
        }
    return sv_fail(err, SV_EXISTS, "the vault has %d members, and no room for more: remove one",
                   SLOT_COUNT_MAX);
}

static enum sv_status check_new(struct vault *v, const struct member_new *who, struct sv_err *err)
{
    enum sv_status st;

    if ((st = may_see_members(v, err)) || (st = vault_need_admin(v, err)) ||
        (st = member_check_label(who->label, err)) ||
        (st = vault_credentials_check(who->cred, err)))
        return st;
    if (who->role != ROLE_ADMIN && who->role != ROLE_READER && who->role != ROLE_AUDITOR)
        return sv_fail(err, SV_USAGE, "a member's role is admin, reader or auditor");
    return SV_OK;
}

/* What the slot will be, from a first look at the directory: a clash is told before
 * Argon2id is paid for. */
struct plan {
    uint64_t epoch;
    uint32_t number;
    struct secret *older_audit;
};

static void plan_clear(struct plan *p)
{
    secret_free(p->older_audit);
}

static enum sv_status plan_from(struct plan *p, const struct vault_directory *dir,
                                const struct member_new *who, struct sv_err *err)
{
    enum sv_status st;

    secret_free(p->older_audit);
    p->older_audit = NULL;
    if ((st = label_is_free(dir, who->label, err)) ||
        (who->cred->identity_pk && (st = identity_is_free(dir, who->cred->identity_pk, err))) ||
        (st = number_choose(dir, &p->number, err)))
        return st;
    return directory_keys_audit(&p->older_audit, dir->keys, err);
}

static enum sv_status plan_make(struct plan *p, struct vault *v, const struct member_new *who,
                                struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st = vault_directory_read(v, &dir, err);

    if (st)
        return st;
    p->epoch = v->state.epoch;
    return plan_from(p, &dir, who, err);
}

static enum sv_status put_member(struct vault_change *c, const struct member_new *who,
                                 const struct vault_slot *slot, const struct plan *made,
                                 struct sv_err *err)
{
    __attribute__((cleanup(plan_clear))) struct plan now = {.epoch = c->v->state.epoch};
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {.number = made->number,
                                                          .type = (uint8_t)slot->type,
                                                          .role = (uint8_t)who->role,
                                                          .keys = slot->keys,
                                                          .created = env_now()};
    enum sv_status st;

    if ((st = vault_directory_load(c->v, c->root, &dir, err)) ||
        (st = plan_from(&now, &dir, who, err)))
        return st;
    if (now.epoch != made->epoch || now.number != made->number)
        return sv_fail(err, SV_LOCKED,
                       "another administrator changed the members meanwhile: "
                       "try again");
    entry.cost_chosen = who->cost && slot_uses_argon2(slot->type);
    memcpy(entry.label, who->label, strlen(who->label));
    if ((st = vault_directory_put(&dir, &entry, err)) ||
        (who->cred->identity_pk &&
         (st = vault_directory_add_identity(&dir, made->number, who->cred->identity_pk, err))) ||
        (st = vault_directory_set_next(&dir, made->number + 1, err)) ||
        (st = db_put(c->v->db, TABLE_SLOT, made->number, slot->bytes.bytes, slot->bytes.len, err)))
        return st;
    return vault_directory_store(c, &dir, err);
}

enum sv_status vault_member_add(struct vault *v, const struct member_new *who, uint32_t *number,
                                struct sv_err *err)
{
    __attribute__((cleanup(plan_clear))) struct plan plan = {0};
    struct vault_slot_wish wish = {.role = who->role, .cred = who->cred, .cost = who->cost};
    SLOT_OWNED struct vault_slot slot = {0};
    CHANGE_OWNED struct vault_change c = {0};
    char note[AUDIT_NOTE_MAX + 1];
    enum sv_status st;

    if ((st = check_new(v, who, err)) || (st = plan_make(&plan, v, who, err)))
        return st;
    wish.number = plan.number;
    wish.older_audit = plan.older_audit;
    (void)snprintf(note, sizeof note, "added %s \"%s\"", role_word(who->role), who->label);
    if ((st = vault_slot_make(&slot, v, &wish, err)) ||
        (st = vault_change_begin(&c, v, AUDIT_MEMBER, NULL, note, err)) ||
        (st = put_member(&c, who, &slot, &plan, err)) || (st = vault_change_commit(&c, 0, err)))
        return st;
    *number = plan.number;
    return SV_OK;
}
