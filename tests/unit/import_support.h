/* SPDX-License-Identifier: ISC */
/* import_support: texts read by a source's row. */
#ifndef TESTS_UNIT_IMPORT_SUPPORT_H
#define TESTS_UNIT_IMPORT_SUPPORT_H

#include "support.h"

#include "base/alloc.h"
#include "import/source.h"

static inline enum sv_status read_bytes(const char *source, const void *bytes, size_t len,
                                        struct found_list *out, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    const struct import_source *row = import_source_find(source);
    assert_non_null(row);
    assert_int_equal(secret_copy(&s, bytes, len, err), SV_OK);
    return import_read(row, "the file x", s, out, err);
}

static inline enum sv_status read_text(const char *source, const char *text, struct found_list *out,
                                       struct sv_err *err)
{
    return read_bytes(source, text, strlen(text), out, err);
}

static inline void must_read(const char *source, const char *text, struct found_list *out)
{
    struct sv_err err = {""};
    if (read_text(source, text, out, &err) != SV_OK)
        fail_msg("%s", err.text);
}

/* The status is SV_DATA, the message names the file and says so, and nothing is given. */
static inline void must_refuse(const char *source, const char *text, const char *says)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    enum sv_status s = read_text(source, text, &l, &err);
    if (s != SV_DATA || !strstr(err.text, says) || !strstr(err.text, "the file x"))
        fail_msg("%s: \"%.200s\": status %d, \"%s\"", source, text, s, err.text);
    assert_null(l.items);
}

/* Whichever allocation fails, it is told or made up for; without a failure something is found. */
static inline void must_bear_failures(const char *source, const char *text)
{
    for (unsigned long nth = 1;; nth++) {
        FOUND_LIST_OWNED struct found_list l = {0};
        struct sv_err err = {""};
        SECRET_OWNED struct secret *s = NULL;
        assert_int_equal(secret_copy(&s, text, strlen(text), NULL), SV_OK);
        sv_alloc_fail_at(nth);
        enum sv_status st = import_read(import_source_find(source), "x", s, &l, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(st == SV_OK ? l.count > 0 : err.text[0] != '\0');
        if (!failed) {
            assert_int_equal(st, SV_OK);
            return;
        }
    }
}

static inline void assert_secret(const struct secret *s, const char *text)
{
    assert_non_null(s);
    assert_int_equal(secret_len(s), strlen(text));
    assert_memory_equal(secret_peek(s), text, strlen(text));
}

/* What sets the secret of f, in the text that was read, is this. */
static inline void assert_place(const struct found *f, const char *text, const char *statement)
{
    assert_int_equal(f->len, strlen(statement));
    assert_true(f->at + f->len <= strlen(text));
    assert_memory_equal(text + f->at, statement, f->len);
}

/* before, then word so often, then after; free() it. */
static inline char *repeated(const char *before, const char *word, size_t times, const char *after)
{
    size_t len = strlen(word);
    char *text = malloc(strlen(before) + len * times + strlen(after) + 1), *at;
    assert_non_null(text);
    at = stpcpy(text, before);
    for (; times > 0; times--, at += len)
        memcpy(at, word, len);
    (void)stpcpy(at, after);
    return text;
}

static inline int no_secret_left(void **state)
{
    (void)state;
    return secret_live() == 0 ? 0 : -1;
}

#endif
