/* SPDX-License-Identifier: ISC */
/*
 * provider_own: rows of the user's own, from the files providers.d/NAME.json in
 * the configuration folder. They add providers, or stand in the place of built-in
 * ones with the same id. Such a row decides which server is sent a secret, so the
 * files are read only where nobody else can write.
 *
 * A file is what `providers --json` prints: {"schema": 1, "providers": [ROW, ...]}.
 * A member that a row leaves out, or that is null, is taken from the built-in row
 * with that id, or from the one that its member "like" names.
 */
#ifndef DOMAIN_PROVIDER_OWN_H
#define DOMAIN_PROVIDER_OWN_H

#include <stddef.h>

#include "base/err.h"
#include "domain/provider.h"

#define PROVIDER_FILES_MAX 64
#define PROVIDER_FILE_MAX (256U * 1024)
#define PROVIDER_ROWS_MAX 1024
#define PROVIDER_DOMAINS_MAX 8192 /* of all rows together */

struct provider_piece;

/* Rows, and the memory of all that they point to. Zeroed: empty; owner:
 * provider_rows_clear. */
struct provider_rows {
    struct provider *items;
    size_t count, capacity, domains;
    struct provider_piece *pieces;
};
void provider_rows_clear(struct provider_rows *rows);
#define PROVIDER_ROWS_OWNED __attribute__((cleanup(provider_rows_clear)))

/* Zeroed memory that lives as long as the rows; NULL: no memory. */
void *provider_rows_alloc(struct provider_rows *rows, size_t size);

/* Adds the rows of one file. `what` names it for people and becomes their origin.
 * SV_DATA for what is no such file, a row that breaks a rule, or one whose id or
 * domain another has already; rows may then hold some of it. */
enum sv_status provider_rows_parse(struct provider_rows *rows, const void *bytes, size_t len,
                                   const char *what, struct sv_err *err) SV_MUST_USE;

/* ---- the rows of this process ---- */

/* From now on they are read, at first use. Without this there are none: what is
 * confined or answers for others looks at no file. */
void provider_own_enable(void);

/* SV_CONFIG when a file is not as it should be, SV_IO or SV_INTERNAL when it could not be
 * read: then none of the rows holds. For what would act on them; whoever only shows goes on with
 * the built-in ones. */
enum sv_status provider_own_check(struct sv_err *err) SV_MUST_USE;
/* The same fault, told once; NULL: nothing to tell, or nobody has asked for a row. */
const char *provider_own_fault(void);

/* For provider.c, and for whoever is not to wait for files later. */
struct provider_own {
    const struct provider **all; /* built-in and own, sorted by id */
    size_t total;                /* 0: there are no own ones */
};
const struct provider_own *provider_own(void);
/* Reads the folder anew; NULL: forgets the rows. For tests. */
void provider_own_read(const char *dir);

#endif
