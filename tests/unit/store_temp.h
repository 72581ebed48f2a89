/* SPDX-License-Identifier: ISC */
/*
 * A folder for one test, under /tmp, gone afterwards; and small things that the
 * tests of the store share.
 */
#ifndef UNIT_STORE_TEMP_H
#define UNIT_STORE_TEMP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

struct temp {
    char dir[32];
    char path[64]; /* DIR/v.db */
    struct sv_err err;
};

static inline int temp_forget(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
    (void)sb;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int temp_setup(void **state)
{
    struct temp *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    strcpy(t->dir, "/tmp/sv-store-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    snprintf(t->path, sizeof(t->path), "%s/v.db", t->dir);
    *state = t;
    return 0;
}

static inline int temp_teardown(void **state)
{
    struct temp *t = *state;

    chmod(t->dir, 0700);
    nftw(t->dir, temp_forget, 8, FTW_DEPTH | FTW_PHYS);
    free(t);
    return 0;
}

/* DIR/name, in a ring of static buffers. */
static inline const char *temp_path(struct temp *t, const char *name)
{
    static char ring[4][128];
    static unsigned at;
    char *here = ring[at++ % 4];

    snprintf(here, sizeof(ring[0]), "%s/%s", t->dir, name);
    return here;
}

static inline void temp_write(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* The whole file, free()d by the caller. */
static inline unsigned char *temp_read(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    struct stat sb;

    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &sb), 0);
    *len = (size_t)sb.st_size;
    unsigned char *bytes = malloc(*len + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *len, f), *len);
    fclose(f);
    return bytes;
}

static inline void temp_copy(const char *from, const char *to)
{
    size_t len = 0;
    unsigned char *bytes = temp_read(from, &len);

    temp_write(to, bytes, len);
    free(bytes);
}

static inline long temp_size(const char *path)
{
    struct stat sb;

    return lstat(path, &sb) == 0 ? (long)sb.st_size : -1;
}

#define expect(want, call)                                                            \
    do {                                                                              \
        enum sv_status got_ = (call);                                                 \
        if (got_ != (want)) {                                                         \
            print_error("%s: %d, wanted %d: %s\n", #call, got_, (want), t->err.text); \
        }                                                                             \
        assert_int_equal(got_, (want));                                               \
    } while (0)

#define expect_text(word)                                                \
    do {                                                                 \
        if (!strstr(t->err.text, (word))) {                              \
            fail_msg("\"%s\" does not say \"%s\"", t->err.text, (word)); \
        }                                                                \
    } while (0)

#endif
