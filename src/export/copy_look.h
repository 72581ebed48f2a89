/* SPDX-License-Identifier: ISC */
/* copy_look: what a recorded copy of a secret looks like from this machine. */
#ifndef EXPORT_COPY_LOOK_H
#define EXPORT_COPY_LOOK_H

#include <sys/types.h>

#include "domain/copies.h"

/* No export is longer. */
#define COPY_FILE_MAX (16u * 1024 * 1024)

enum copy_seen {
    COPY_ELSEWHERE, /* it is another machine's */
    COPY_SAME,      /* what was written */
    COPY_BEFORE,    /* what was there before a writing that was cut short */
    COPY_CHANGED,   /* by somebody else */
    COPY_MISSING,
    COPY_NO_FILE,   /* a link, or something else that is no file */
    COPY_UNREADABLE /* or which machine this is */
};

struct copy_view {
    enum copy_seen seen;
    uint64_t version; /* that it holds, as far as it is known; else 0 */
    bool old;         /* the profile is at another version */
    mode_t mode;      /* these three where there is a file */
    uid_t uid;
    gid_t gid;
};

/* Bits of a mode that a file with a secret must not have: a group may read some tools' files. */
#define COPY_MODE_OPEN 027

void copy_look(struct copy_view *out, const struct copy *c, const struct profile *p);
bool copy_is_open(const struct copy_view *v);
/* The digest of what lies at c's path; false: nothing that can be read. */
bool copy_file_digest(uint8_t out[32], const struct copy *c);

/* A file's name as copies are recorded by: absolute, its folder without links. SV_EXISTS: there
 * is no such folder. Owner: sv_free. */
enum sv_status copy_path(const char *given, char **out, struct sv_err *err) SV_MUST_USE;

#endif
