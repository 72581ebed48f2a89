/* SPDX-License-Identifier: ISC */
/* The log with the vault's keys. */
#include <string.h>

#include "audit/copy.h"
#include "domain/vault_backup.h"
#include "domain/vault_impl.h"

static enum sv_status older_keys(struct vault *v, struct secret **out, struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory d = {0};
    enum sv_status st = vault_directory_read(v, &d, err);

    return st ? st : directory_keys_audit(out, d.keys, err);
}

static enum sv_status owner_keys(struct vault *v, struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *older = NULL, *keys = NULL;
    enum sv_status st = older_keys(v, &older, err);
    size_t len = st ? 0 : secret_len(older);

    if (st || (st = secret_new(&keys, KEY_LEN + len, err)) ||
        (st = secret_append(keys, keys_peek(v->keys)->audit_sk, KEY_LEN, err)))
        return st;
    for (size_t at = 0; at < len; at += DIRECTORY_AUDIT_KEY_LEN)
        if ((st = secret_append(keys, secret_peek(older) + at + DIRECTORY_AUDIT_KEY_LEN - KEY_LEN,
                                KEY_LEN, err)))
            return st;
    *out = keys;
    keys = NULL;
    return SV_OK;
}

enum sv_status vault_audit_keys(struct vault *v, struct secret **out, struct sv_err *err)
{
    enum sv_status st = vault_need_keys(v, err);

    if (st)
        return st;
    if (v->role == ROLE_ADMIN && !v->pass)
        return owner_keys(v, out, err);
    if (v->role == ROLE_AUDITOR && !v->pass)
        return secret_copy(out, secret_peek(v->audit_keys), secret_len(v->audit_keys), err);
    return sv_fail(err, SV_DENIED,
                   "this way into the vault may not read the log: unlock it as an "
                   "administrator or an auditor");
}

enum sv_status vault_audit_read(struct vault *v, const struct audit_filter *filter,
                                audit_visit *visit, void *context, struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    enum sv_status st;

    if (v->remote)
        return v->remote->audit_read(v->far, filter, visit, context, err);
    st = vault_audit_keys(v, &keys, err);
    return st ? st : audit_read(v->audit, keys, filter, visit, context, err);
}

static enum sv_status verify(struct vault *v, bool full, struct audit_report *report,
                             struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    struct audit_check check = {
        .signed_mark = &v->state.log, .partial = v->role != ROLE_ADMIN, .full = full};
    struct audit_mark here;
    struct anchor a;
    enum sv_status st = vault_audit_keys(v, &keys, err);

    if (st)
        return st;
    /* What this machine has seen, and what was signed since, a copy need not have. */
    if (v->log_is_copy) {
        check.signed_mark = NULL;
        return audit_verify(v->audit, keys, &check, report, err);
    }
    st = anchor_read(v->anchor_path, &a, err);
    if (st && st != SV_MISSING)
        return st;
    /* Another machine may have signed last: its log is not the one that is here. */
    if (st == SV_OK)
        here = a.log;
    else
        audit_mark_now(v->audit, &here);
    check.remembered = st == SV_OK ? &a.log : NULL;
    if (memcmp(check.signed_mark->log_id, here.log_id, sizeof here.log_id) != 0)
        check.signed_mark = NULL;
    return audit_verify(v->audit, keys, &check, report, err);
}

enum sv_status vault_audit_verify(struct vault *v, struct audit_report *report, struct sv_err *err)
{
    return verify(v, true, report, err);
}

enum sv_status vault_audit_verify_new(struct vault *v, struct audit_report *report,
                                      struct sv_err *err)
{
    return verify(v, false, report, err);
}

enum sv_status vault_audit_of(struct vault *v, const char *path, struct sv_err *err)
{
    AUDIT_OWNED struct audit *copy = NULL;
    enum sv_status st = audit_copy_open(&copy, path, v->header.vault_id, err);

    if (st)
        return st;
    audit_close(v->audit);
    v->audit = copy;
    copy = NULL;
    v->inspecting = v->log_is_copy = true;
    return SV_OK;
}
