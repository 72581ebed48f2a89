/* SPDX-License-Identifier: ISC */
/* The directory's row: found and proved, opened, put back. Administrators only. */
#include <string.h>

#include "domain/vault_impl.h"
#include "store/tree.h"

void vault_directory_clear(struct vault_directory *d)
{
    secret_free(d->wrap);
    secret_free(d->card);
    secret_free(d->keys);
    memset(d, 0, sizeof *d);
}

int64_t vault_directory_id(const struct vault *v)
{
    return object_id(keys_peek(v->keys)->directory, OBJECT_DIRECTORY, DIRECTORY_NAME,
                     strlen(DIRECTORY_NAME));
}

enum sv_status vault_directory_open(struct vault *v, const uint8_t *bytes, size_t len,
                                    struct vault_directory *d, struct sv_err *err)
{
    const uint8_t *key = keys_peek(v->keys)->directory;
    struct object_space space = vault_space(v);
    int64_t id = vault_directory_id(v);
    enum sv_status st;

    if ((st = object_open_wrap(&d->wrap, &space, id, key, bytes, len, err)) ||
        (st = object_open_card(&d->card, &space, id, d->wrap, bytes, len, err)))
        return st;
    return object_open_secret(&d->keys, &space, id, d->wrap, bytes, len, err);
}

enum sv_status vault_directory_load(struct vault *v, const uint8_t root[32],
                                    struct vault_directory *d, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = tree_get(v->db, root, vault_directory_id(v), &row, err);

    if (st == SV_MISSING)
        return sv_fail(err, SV_DATA,
                       "%s: the vault's directory of slots is missing: restore a backup",
                       db_shown(v->db));
    return st ? st : vault_directory_open(v, row.bytes, row.len, d, err);
}

enum sv_status vault_directory_read(struct vault *v, struct vault_directory *d, struct sv_err *err)
{
    enum sv_status st = db_begin_read(v->db, err);

    if (st)
        return st;
    if ((st = vault_refresh(v, err)) == SV_OK)
        st = vault_directory_load(v, v->state.root, d, err);
    db_rollback(v->db);
    return st;
}

enum sv_status vault_directory_seal(struct vault *v, const struct vault_directory *d,
                                    const uint8_t *dek, struct blob *row, struct sv_err *err)
{
    SECRET_OWNED struct secret *wrap = NULL;
    struct object_space space = vault_space(v);
    enum sv_status st =
        object_wrap_new(&wrap, OBJECT_DIRECTORY, object_wrap_peek(d->wrap)->version + 1, dek, err);

    return st ? st
              : object_seal(row, &space, vault_directory_id(v), keys_peek(v->keys)->directory, wrap,
                            d->card, d->keys, err);
}

enum sv_status vault_directory_store(struct vault_change *c, const struct vault_directory *d,
                                     struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = vault_directory_seal(c->v, d, object_wrap_peek(d->wrap)->dek, &row, err);

    return st ? st : vault_change_put(c, vault_directory_id(c->v), &row, err);
}

/* Puts `next` in the place of *part. */
static void replace(struct secret **part, struct secret *next)
{
    secret_free(*part);
    *part = next;
}

enum sv_status vault_directory_put(struct vault_directory *d, const struct directory_entry *entry,
                                   struct sv_err *err)
{
    struct secret *next = NULL;
    enum sv_status st = directory_put(&next, d->card, entry, err);

    if (st == SV_OK)
        replace(&d->card, next);
    return st;
}

enum sv_status vault_directory_drop(struct vault_directory *d, uint32_t number, struct sv_err *err)
{
    SECRET_OWNED struct secret *keys = NULL;
    struct secret *card = NULL;
    enum sv_status st;

    if ((st = directory_keys_drop_identity(&keys, d->keys, number, err)) ||
        (st = directory_without(&card, d->card, number, err)))
        return st;
    replace(&d->card, card);
    replace(&d->keys, keys);
    keys = NULL;
    return SV_OK;
}

enum sv_status vault_directory_add_former(struct vault_directory *d,
                                          const struct directory_former *former, struct sv_err *err)
{
    struct secret *next = NULL;
    enum sv_status st = directory_keys_add_former(&next, d->keys, former, err);

    if (st == SV_OK)
        replace(&d->keys, next);
    return st;
}

enum sv_status vault_directory_add_identity(struct vault_directory *d, uint32_t number,
                                            const uint8_t pk[KEY_LEN], struct sv_err *err)
{
    struct secret *next = NULL;
    enum sv_status st = directory_keys_add_identity(&next, d->keys, number, pk, err);

    if (st == SV_OK)
        replace(&d->keys, next);
    return st;
}

enum sv_status vault_directory_add_audit(struct vault_directory *d, uint64_t epoch,
                                         const uint8_t sk[KEY_LEN], struct sv_err *err)
{
    struct secret *next = NULL;
    enum sv_status st = directory_keys_add_audit(&next, d->keys, epoch, sk, err);

    if (st == SV_OK)
        replace(&d->keys, next);
    return st;
}

enum sv_status vault_directory_set_next(struct vault_directory *d, uint32_t number,
                                        struct sv_err *err)
{
    struct secret *next = NULL;
    enum sv_status st = directory_keys_set_next(&next, d->keys, number, err);

    if (st == SV_OK)
        replace(&d->keys, next);
    return st;
}
