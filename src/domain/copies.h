/* SPDX-License-Identifier: ISC */
/*
 * copies: the files that hold a profile's secret in clear because an export wrote them. Each
 * stands in the cards of all profiles that it holds (profile_card.c, tag 34), and so goes where
 * they go: through a rename, into a new epoch, a backup, a token's reach. One list has one
 * encoding:
 *
 *   count u16, 1 .. 64, then for each, by machine and path:
 *   machine 16 | begun u8, 0 or 1 | version u64 | written u64 | salt 32 | digest 32
 *   | when begun: version before u64, digest before 32 | host length u16, text
 *   | path length u16, bytes | format length u16, text | logins u16, 1 .. 64, a uid of 16 each
 *
 * It is recorded as begun before its file is written, so that no copy is ever unknown.
 */
#ifndef DOMAIN_COPIES_H
#define DOMAIN_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "domain/profile.h"

#define COPIES_MAX 64
#define COPIES_BYTES_MAX 6144 /* encoded, within a card */
#define COPY_LOGINS_MAX 64    /* in one file */
#define COPY_PATH_MAX 1024
#define COPY_HOST_MAX 64
#define COPY_FORMAT_MAX 32

struct copy {
    uint8_t machine[16]; /* copies_here() */
    bool begun;          /* nobody said that the file was written */
    uint64_t version;    /* of the profile in whose card this stands */
    int64_t written;
    uint8_t salt[32];
    uint8_t digest[32];      /* copy_digest() of the whole file */
    uint64_t version_before; /* when begun: what it held until then; 0: nothing known */
    uint8_t before[32];
    char host[COPY_HOST_MAX + 1]; /* the machine's name, for people */
    char path[COPY_PATH_MAX + 1]; /* absolute */
    char format[COPY_FORMAT_MAX + 1];
    uint16_t login_count;
    uint8_t logins[COPY_LOGINS_MAX][16]; /* uids, in the file's order */
};

struct copies {
    struct copy *items;
    size_t count;
};
void copies_clear(struct copies *list);
#define COPIES_OWNED __attribute__((cleanup(copies_clear)))

/* SV_DATA for anything that copies_encode does not write. No bytes are no copies. */
enum sv_status copies_decode(struct copies *out, const uint8_t *bytes, size_t len,
                             struct sv_err *err) SV_MUST_USE;
/* Replaces what is in out. SV_DATA: they do not fit. */
enum sv_status copies_encode(struct blob *out, const struct copies *list,
                             struct sv_err *err) SV_MUST_USE;
/* Of a card that was read. */
enum sv_status copies_of(struct copies *out, const struct profile *p,
                         struct sv_err *err) SV_MUST_USE;

/* The one at this place; NULL: there is none. */
struct copy *copies_find(const struct copies *list, const uint8_t machine[16], const char *path);
/* Adds it, or replaces the one at its place. SV_DATA: there are too many. */
enum sv_status copies_put(struct copies *list, const struct copy *c,
                          struct sv_err *err) SV_MUST_USE;
bool copies_drop(struct copies *list, const uint8_t machine[16], const char *path);

/* A copy to be written here, with a salt of its own and nothing known of its bytes. SV_DATA:
 * such a path cannot be recorded. */
enum sv_status copy_here(struct copy *out, const char *path, const char *format,
                         struct sv_err *err) SV_MUST_USE;
void copy_digest(uint8_t out[32], const struct copy *c, const void *bytes, size_t len);
/* Does the file hold another version than the profile is at, or may it? */
bool copy_is_old(const struct copy *c, const struct profile *p);

/* This machine: a hash of /etc/machine-id or, without one, of its name. SV_IO: the disk does not
 * give it, and by another number this would be another machine. */
enum sv_status copies_here(uint8_t machine[16], struct sv_err *err) SV_MUST_USE;
void copies_host(char host[COPY_HOST_MAX + 1]); /* its name, for people */

/* A new version of a profile is sealed. Where nothing that a file can hold is new, the copies
 * of the one before are copies of this one. */
enum sv_status copies_follow(struct profile *p, const struct profile *before, bool same_secret,
                             struct sv_err *err) SV_MUST_USE;

#endif
