/* SPDX-License-Identifier: ISC */
/*
 * adopt: the text of a source with what asks the vault in the place of the secrets. What comes of
 * it is read by the source again before anybody may write it: the logins that were adopted have no
 * secret in it any more, and all others are as they were.
 */
#ifndef IMPORT_ADOPT_H
#define IMPORT_ADOPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "import/found.h"
#include "import/source.h"

/* Of a secret, below which its bytes may stand anywhere for another reason. */
#define ADOPT_TELLING_MIN 6

struct adopt_spot {
    size_t at, len;   /* bytes of the old text that go */
    struct blob text; /* what comes in their place: no secret; a line or several */
};

/* Zeroed: nothing; owner: adopted_clear. */
struct adopted {
    struct found_list logins; /* of the old text, as the source reads it */
    struct adopt_spot *spots; /* in their order, none overlapping */
    size_t count;
    struct secret *text; /* the new one */
};
void adopted_clear(struct adopted *a);
#define ADOPTED_OWNED __attribute__((cleanup(adopted_clear)))

/* asks[i] is of the i-th login that the source reads in bytes, of `count`; without a name that
 * login stays as it is. A login with a name has a secret and a place (found->len). One place
 * that gives its secret to several names of one login is changed once, for the first of them.
 * SV_DATA: the tool's syntax cannot say it, places overlap, or the text that comes of it is not
 * read as it should be. SV_INTERNAL: the source reads other logins than were told. */
enum sv_status adopt_make(struct adopted *out, const struct import_source *source, const char *what,
                          const struct secret *bytes, const struct import_ask *asks, size_t count,
                          struct sv_err *err) SV_MUST_USE;

/* The number, from 1, of the first line of the new text behind line `after` in which the bytes of
 * that login's secret stand all the same, in a comment perhaps; 0: none, or it is so short that it
 * may be a part of anything. */
size_t adopt_leftover(const struct adopted *a, size_t login, size_t after);

#endif
