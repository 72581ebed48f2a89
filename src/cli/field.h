/* SPDX-License-Identifier: ISC */
/* field: what of a profile `get`, `render` and exec's environment files can ask for. */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include <stdbool.h>

#include "base/err.h"

/* Is it the secret, or made of it? */
bool field_is_kept(const char *field); /* as it is kept, where a login gets what is derived */
bool field_is_sasl(const char *field); /* the ready string of a login by OAuth2 */
bool field_is_secret(const char *field);

/* SV_MISSING: there is no such field, perhaps it is this one. */
enum sv_status field_check(const char *field, struct sv_err *err) SV_MUST_USE;

#endif
