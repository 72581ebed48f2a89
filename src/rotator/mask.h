/* SPDX-License-Identifier: ISC */
/*
 * mask: takes secrets out of what a program says. Found are the bytes themselves and the forms
 * in which tools repeat them: base64 of them alone or within more, of either alphabet; hex;
 * as in a URL; as in JSON. It is there against accidents: a program that wants to tell a secret
 * which it was given finds another way.
 */
#ifndef ROTATOR_MASK_H
#define ROTATOR_MASK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define MASK_WORDS "****"

struct mask;
/* NULLs among the secrets are passed over. */
enum sv_status mask_new(struct mask **out, const struct secret *const *secrets, size_t count,
                        struct sv_err *err) SV_MUST_USE;
void mask_free(struct mask *mask);
void mask_free_cleanup(struct mask **slot);
#define MASK_OWNED __attribute__((cleanup(mask_free_cleanup)))
/* Appends the bytes to out, MASK_WORDS in the place of each secret; where they overlap or touch,
 * once for all. */
enum sv_status mask_apply(const struct mask *mask, const void *bytes, size_t len, struct blob *out,
                          struct sv_err *err) SV_MUST_USE;

#endif
