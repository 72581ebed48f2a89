/* SPDX-License-Identifier: ISC */
/*
 * words: what stands in quotes and behind backslashes, by the rules of each syntax, decoded
 * where it stands. Nothing is evaluated: a backtick and a variable stay what they are, and are
 * told.
 */
#ifndef IMPORT_WORDS_H
#define IMPORT_WORDS_H

#include "import/lines.h"

/* What a backslash does. */
struct word_escapes {
    const char *only;    /* before these alone, else both stay; NULL: before all */
    const char *letters; /* "n\nt\t": a letter and what it stands for, in turn; NULL */
    int octal;           /* how many digits \101 has at least; 0: it is no such */
    bool hex;            /* \x41 */
    bool own;            /* before the quotes around it alone */
};

struct word_rules {
    const char *ends;   /* what ends a word, beside blanks, outside of quotes */
    const char *quotes; /* the characters that quote */
    /* Outside of quotes, in single and in double ones; NULL: a backslash is itself. */
    const struct word_escapes *bare, *single, *twofold;
    bool within;    /* quotes may begin within a word, and it goes on behind them */
    bool whole;     /* blanks end nothing: up to the end of the line, without those at the end */
    bool hard;      /* no backslash saves a quote from ending */
    bool evaluates; /* `command` and $variable, but in single quotes */
    bool numbers;   /* $1 is a variable as well */
};

#define WORD_REFS 4
struct word {
    struct span text;
    struct span place; /* with the quotes, where it stood */
    bool open;         /* the quotes have no end */
    bool asks;         /* a command, or more than can be told, is in it, as it stands there */
    struct span refs[WORD_REFS]; /* variables, "$name" or "${name}", in text */
    size_t ref_count;
};

/* The next word; rest begins behind it. false: none, or a character that ends words, which
 * stays. */
bool word_next(const struct word_rules *rules, struct span *rest, struct word *out);

#endif
