/* SPDX-License-Identifier: ISC */
/*
 * json: a writer that puts RFC 8259 text straight into a sink, so that a secret
 * in an answer never leaves guarded memory. Commas are its own business. A string
 * that is not UTF-8 cannot be said in JSON: json_end then gives SV_DATA.
 */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/sink.h"

#define JSON_DEPTH_MAX 16

struct json {
    struct sink *out;
    int depth;
    bool first[JSON_DEPTH_MAX];
    bool after_key;
    bool bad; /* a string was not UTF-8, or containers nest too deep */
};

void json_begin(struct json *j, struct sink *out);
void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key);
void json_string(struct json *j, const char *text); /* NULL: null */
void json_string_n(struct json *j, const char *text, size_t len);
void json_secret(struct json *j, const struct secret *secret);
void json_int(struct json *j, int64_t value);
void json_version(struct json *j, uint64_t version); /* of a profile; or "pending" */
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
void json_time(struct json *j, int64_t when); /* RFC 3339 UTC; 0: null */
/* A member; null for NULL and for "". */
void json_text(struct json *j, const char *key, const char *text);
/* The same for what others have named, a program's file: bytes that are no UTF-8 are written as
 * \xNN, so that nobody hides an entry by a name that cannot be said. */
#define JSON_SEEN_MAX 2048
void json_seen(struct json *j, const char *key, const char *text);
/* Tells whether everything could be said. Call it after the last value. */
enum sv_status json_end(const struct json *j, struct sv_err *err) SV_MUST_USE;

/* The profile's public object as `list --json` gives it, without the braces, so
 * that a caller can add members. */
struct profile;
void json_profile_members(struct json *j, const struct profile *p, int64_t now);
/* Of a login by OAuth2 alone, a member "oauth": what ends of it, and when. */
void json_oauth_ends(struct json *j, const struct profile *p);
/* A member "deadline": when its provider stops to take such a login (deadline.h), or
 * null. */
void json_deadline(struct json *j, const struct profile *p, int64_t now);

#endif
