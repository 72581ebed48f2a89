/* SPDX-License-Identifier: ISC */
/* What a vault tells about itself. */
#include <string.h>

#include "base/text.h"
#include "domain/vault_impl.h"

const char *vault_path(const struct vault *v)
{
    return v->path;
}

enum sv_status vault_stay_small(struct vault *v, struct sv_err *err)
{
    enum sv_status st = db_stay_small(v->db, err);

    return st == SV_OK && v->audit ? audit_stay_small(v->audit, err) : st;
}

enum sv_status vault_info(struct vault *v, struct vault_info *info, struct sv_err *err)
{
    struct vault_info i = {.path = v->path, .state_dir = v->state_dir};
    enum sv_status st;
    uint64_t slots;

    if (v->remote)
        return v->remote->info(v->far, info, err);
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
    /* Of a log that cannot be read now, what was seen last: this is no verdict on it. */
    if (v->audit && !v->inspecting)
        (void)!audit_refresh(v->audit, NULL);
    if (v->audit)
        audit_mark_now(v->audit, &i.log);
    *info = i;
    return SV_OK;
}
