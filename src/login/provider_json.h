/* SPDX-License-Identifier: ISC */
/* provider_json: rows of providers as `providers --json` prints them, which is how a file of
 * the user's own is written (domain/provider_own.h). */
#ifndef LOGIN_PROVIDER_JSON_H
#define LOGIN_PROVIDER_JSON_H

#include "domain/provider.h"
#include "format/json.h"

enum sv_status provider_json_file(struct sink *out, const struct provider *const *rows,
                                  size_t count, struct sv_err *err) SV_MUST_USE;

#endif
