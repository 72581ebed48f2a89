/* SPDX-License-Identifier: ISC */
#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How many calls are left before the one that a test wants to fail; 0: none.
 * One thread allocates: the workers of Argon2 bring their own memory. */
static unsigned long fail_in;
static int fail_came;

void sv_alloc_fail_at(unsigned long nth)
{
    fail_in = nth;
    fail_came = 0;
}

int sv_alloc_failed(void)
{
    return fail_came;
}

int sv_alloc_should_fail(void)
{
    if (fail_in == 0 || --fail_in > 0)
        return 0;
    fail_came = 1;
    errno = ENOMEM;
    return 1;
}

void *sv_alloc(size_t size)
{
    return sv_alloc_array(1, size);
}

void *sv_alloc_array(size_t count, size_t size)
{
    if (sv_alloc_should_fail())
        return NULL;
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return calloc(1, whole > 0 ? whole : 1);
}

void *sv_resize(void *block, size_t size)
{
    if (sv_alloc_should_fail())
        return NULL;
    return realloc(block, size > 0 ? size : 1);
}

char *sv_strdup(const char *text)
{
    return sv_strndup(text, strlen(text));
}

char *sv_strndup(const char *text, size_t len)
{
    len = strnlen(text, len);
    char *copy = sv_alloc(len + 1);
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

void sv_free(void *block)
{
    free(block);
}

void sv_free_cleanup(void *slot)
{
    void *block;
    memcpy(&block, slot, sizeof block);
    free(block);
}
