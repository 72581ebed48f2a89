/* SPDX-License-Identifier: ISC */
/* version: one of a profile's versions, as people and programs name it. */
#ifndef DOMAIN_VERSION_H
#define DOMAIN_VERSION_H

#include <stdint.h>

#include "base/err.h"
#include "domain/vault.h"

/* SV_USAGE unless it is "current", "previous", "pending", a number, or NULL. */
enum sv_status version_check(const char *word, struct sv_err *err) SV_MUST_USE;
/* The number that such a word stands for; 0: the current one. SV_MISSING when the profile
 * has no such version. */
enum sv_status version_find(struct vault *v, const char *name, const char *word, uint64_t *version,
                            struct sv_err *err) SV_MUST_USE;

/* The card of that version (0: current). */
enum sv_status version_card(struct vault *v, const char *name, uint64_t version,
                            struct profile *out, struct sv_err *err) SV_MUST_USE;

/* One field of that version's card, as `get` prints it. SV_MISSING: there is no such field,
 * perhaps another was meant, or nothing is in it. */
enum sv_status version_put_field(struct sink *out, struct vault *v, const char *name,
                                 uint64_t version, const char *key, struct sv_err *err) SV_MUST_USE;

#endif
