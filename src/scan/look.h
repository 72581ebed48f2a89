/* SPDX-License-Identifier: ISC */
/*
 * look: credentials of mail servers that stand in clear in one text. Two ways: the file is
 * one that import can read, and its reader finds them; or a line of any file sets one by a
 * telling name (SMTP_PASSWORD=...), in a URL (smtp://user:secret@host), or on a command line
 * (swaks --auth-password ...). A reference, a variable or a placeholder is none.
 */
#ifndef SCAN_LOOK_H
#define SCAN_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "scan/filter.h"

#define SCAN_FILE_MAX (4U * 1024 * 1024) /* larger files hold no configuration */
#define SCAN_HINT_MAX 64

/* One credential. Never the secret: what it is called there, for whom, and how long it is. */
struct scan_finding {
    unsigned line;    /* from 1; 0: not told */
    const char *kind; /* "msmtp configuration", "a variable", "a URL", "a command line" */
    char whose[SCAN_HINT_MAX * 2]; /* user and server, printable, or "" */
    char hint[SCAN_HINT_MAX];      /* "12 characters, begins with SG." */
};

struct scan_found {
    /* false ends the look. */
    bool (*call)(void *context, const struct scan_finding *f);
    void *context;
};

/* Cheap: whether a closer look is worth while. text: of the whole file; words: made once by
 * scan_words. */
void scan_words(struct filter *words);
bool scan_is_worth_it(const struct filter *words, const char *path, const char *text, size_t len);

/* path: for its name. False: found wanted an end. */
bool scan_look(const struct filter *words, const char *path, const struct secret *text,
               const struct scan_found *found);

/* The lines alone, of what has no name (a history of changes). (lines.c) */
bool scan_lines(const struct filter *words, const char *text, size_t len, unsigned first_line,
                const struct scan_found *found);

#endif
