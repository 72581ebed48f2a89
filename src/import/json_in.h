/* SPDX-License-Identifier: ISC */
/* json_in: a JSON text of a source; its strings are decoded one at a time, in guarded memory. */
#ifndef IMPORT_JSON_IN_H
#define IMPORT_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_tree.h"
#include "base/secret.h"
#include "import/source.h"

/* Zeroed: empty; owner: json_in_clear. */
struct json_in {
    struct json_tree tree;
    struct secret *word; /* the string that was decoded last */
    const char *counted; /* where lines were counted last, and how many */
    unsigned line;
};
void json_in_clear(struct json_in *j);
#define JSON_IN_OWNED __attribute__((cleanup(json_in_clear)))

enum sv_status json_in_parse(struct json_in *j, const struct import_input *in,
                             struct sv_err *err) SV_MUST_USE;
/* The text of a string or the digits of a number, good until the next call; empty for anything
 * else and for node 0. */
enum sv_status json_in_text(struct json_in *j, uint32_t node, const char **text, size_t *len,
                            struct sv_err *err) SV_MUST_USE;
/* found_set with it. */
enum sv_status json_in_set(struct json_in *j, uint32_t node, struct found *f, const char *key,
                           struct sv_err *err) SV_MUST_USE;
enum sv_status json_in_secret(struct json_in *j, uint32_t node, struct found *f,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status json_in_url(struct json_in *j, uint32_t node, struct found *f,
                           struct sv_err *err) SV_MUST_USE;
/* A date of RFC 3339 ("2026-11-23T10:00:00.000Z"); 0 for anything else. */
int64_t json_in_time(struct json_in *j, uint32_t node);
/* The line of a node that stands behind the last one that was asked for. */
unsigned json_in_line(struct json_in *j, uint32_t node);
/* Whether the beginning of a text has these names as members, wherever: NULL-terminated. */
bool json_in_has(const char *first, size_t len, const char *const *names);

#endif
