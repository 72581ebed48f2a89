/* SPDX-License-Identifier: ISC */
/* vault_place: the file at a vault's place, and another one taking it. For vault_restore.c. */
#ifndef DOMAIN_VAULT_PLACE_H
#define DOMAIN_VAULT_PLACE_H

#include "store/db.h"

/* Takes the write lock of the vault at `path`, so that nobody is in the middle of a change
 * and none is left half done beside it. *out stays NULL when there is none, or what is
 * there cannot be opened as one. */
enum sv_status vault_place_hold(struct db **out, const char *path, struct sv_err *err) SV_MUST_USE;

/* Moves `draft`, in the same file system, to `path`, durably and in one step. What is
 * there keeps a name beside it, path.before-N, and so does a journal of it that could
 * not be replayed; *kept is that name, or NULL (owner: sv_free). SV_IO: the
 * file system gives no file two names. */
enum sv_status vault_place_take(const char *draft, const char *path, char **kept,
                                struct sv_err *err) SV_MUST_USE;

#endif
