/* SPDX-License-Identifier: ISC */
/* What a vault tells about itself, and the log with the vault's keys. */
#include <string.h>

#include "base/text.h"
#include "domain/vault_impl.h"

static enum sv_status count_profiles(struct vault *v, uint64_t *count, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status st = vault_list(v, &list, err);

    *count = list.count;
    return st;
}

enum sv_status vault_info(struct vault *v, struct vault_info *info, struct sv_err *err)
{
    struct vault_info i = {.path = v->path, .state_dir = v->state_dir};
    enum sv_status st;
    uint64_t slots;

    if ((st = db_begin_read(v->db, err)))
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK)
        st = db_count(v->db, TABLE_SLOT, &slots, err);
    db_rollback(v->db);
    if (st)
        return st;
    text_hex(i.id_hex, v->header.vault_id, sizeof v->header.vault_id);
    i.epoch = v->state.epoch;
    i.seq = v->state.seq;
    i.created = v->header.created;
    i.slots = (uint32_t)slots;
    audit_mark_now(v->audit, &i.log);
    if (v->keys && v->role != ROLE_AUDITOR && (st = count_profiles(v, &i.profiles, err)))
        return st;
    *info = i;
    return SV_OK;
}

static enum sv_status need_audit_key(const struct vault *v, struct sv_err *err)
{
    enum sv_status st = vault_need_keys(v, err);

    if (st == SV_OK && v->role == ROLE_READER)
        return sv_fail(err, SV_DENIED,
                       "this way into the vault may not read the log: unlock it as an "
                       "administrator or an auditor");
    return st;
}

enum sv_status vault_audit_read(struct vault *v, const struct audit_filter *filter,
                                audit_visit *visit, void *context, struct sv_err *err)
{
    enum sv_status st = need_audit_key(v, err);

    return st ? st
              : audit_read(v->audit, keys_peek(v->keys)->audit_sk, filter, visit, context, err);
}

enum sv_status vault_audit_verify(struct vault *v, struct audit_report *report, struct sv_err *err)
{
    const struct audit_mark *signed_mark = &v->state.log;
    struct audit_mark here;
    struct anchor a;
    enum sv_status st = need_audit_key(v, err);

    if (st)
        return st;
    st = anchor_read(v->anchor_path, &a, err);
    if (st && st != SV_MISSING)
        return st;
    /* Another machine may have signed last: its log is not the one that is here. */
    if (st == SV_OK)
        here = a.log;
    else
        audit_mark_now(v->audit, &here);
    if (memcmp(signed_mark->log_id, here.log_id, sizeof here.log_id) != 0)
        signed_mark = NULL;
    return audit_verify(v->audit, keys_peek(v->keys)->audit_sk, st == SV_OK ? &a.log : NULL,
                        signed_mark, report, err);
}
