/* SPDX-License-Identifier: ISC */
/*
 * lines: a text that people write by hand, line by line and in pieces, none of which is copied:
 * a piece lies in the reader's bytes, so that it can be decoded where it stands.
 */
#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "import/source.h"

struct span {
    char *at; /* NULL: there is none */
    size_t len;
};

static inline bool span_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
/* Without the blanks at both ends, or at the first. */
struct span span_trim(struct span s);
struct span span_skip(struct span s);
/* ASCII case-insensitive. */
bool span_is(struct span s, const char *text);
bool span_begins(struct span s, const char *text);
/* Takes all before the first of these characters; what is left begins with it. */
struct span span_take(struct span *rest, const char *until);
/* What stands in both before the first `c`, which is gone; `rest` gets what is behind it, at NULL
 * where there is no such character. */
struct span span_split(struct span s, char c, struct span *rest);

enum lines_kind {
    LINES_PLAIN,
    LINES_JOINED, /* a backslash at its end: the next one belongs to it */
    LINES_FOLDED  /* the next one belongs to it when it begins with a blank */
};
struct lines {
    char *at, *end;
    enum lines_kind kind;
    unsigned number; /* of the last one, from 1 */
    unsigned behind; /* line ends in what was taken */
};
struct lines lines_of(const struct import_input *in, enum lines_kind kind);
/* Without its end, CR LF as well; what was joined has the ends inside. false: no further. */
bool lines_next(struct lines *l, struct span *line);

/* How a file of a mailer's is told from others. */
struct lines_look {
    /* Ends of paths with which it is sure, whole components ("git/config"); a first "*" stands
     * for the beginning of one. NULL-terminated. */
    const char *paths[6];
    /* Beginnings of lines that it has, all of them, with which it is likely; a blank stands for
     * any number of them, at the end for at least one, and a word ends there unless it ends in
     * "*". NULL-terminated. */
    const char *begins[4];
};
enum import_look lines_look(const struct lines_look *look, const char *path, const char *first,
                            size_t len);

#endif
