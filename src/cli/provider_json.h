/* SPDX-License-Identifier: ISC */
/* provider_json: a provider's row as `providers --json` prints it, and as a file of
 * the user's own is written (domain/provider_own.h). */
#ifndef CLI_PROVIDER_JSON_H
#define CLI_PROVIDER_JSON_H

#include "domain/provider.h"
#include "format/json.h"

void provider_json(struct json *j, const struct provider *p);
/* A whole file with one row. */
enum sv_status provider_json_file(struct sink *out, const struct provider *p,
                                  struct sv_err *err) SV_MUST_USE;

#endif
