/* SPDX-License-Identifier: ISC */
/*
 * walk: every regular file below a place, once. Links are not followed, other file systems
 * are entered, those of the kernel (/proc, /sys, /dev) are not, and of a git repository the
 * objects are left out, which are no text. What cannot be read is counted and told.
 */
#ifndef SCAN_WALK_H
#define SCAN_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/secret.h"

#define WALK_DEPTH_MAX 128
#define WALK_TOO_DEEP (-1)

struct walk_file {
    const char *path; /* borrowed */
    const struct stat *st;
    const struct secret *text; /* all of it; borrowed */
};

struct walk {
    /* false ends the walk. */
    bool (*file)(void *context, const struct walk_file *f);
    /* A folder with a git repository in it, before its files; or NULL. */
    bool (*repository)(void *context, const char *path);
    /* A place below that cannot be read, and why: an errno value, or WALK_TOO_DEEP. */
    void (*unread)(void *context, const char *path, int error);
    void *context;
    size_t size_max;                 /* of a file that is looked at */
    size_t files, large, unreadable; /* counted; the large ones are files, too */
};

/* Whether there is something to walk through: SV_MISSING, there is nothing at path; SV_DATA, it is
 * a pipe, socket or device; SV_IO, it cannot be read. */
enum sv_status walk_check(const char *path, struct sv_err *err) SV_MUST_USE;
/* The same of the place itself; SV_NOMEM without memory. */
enum sv_status walk_from(struct walk *w, const char *path, struct sv_err *err) SV_MUST_USE;

#endif
