/* SPDX-License-Identifier: ISC */
#include "base/wiping.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Before each block stands its size, in as many bytes as keep the block aligned. */
#define HEAD 16
_Static_assert(HEAD >= sizeof(size_t) && HEAD % _Alignof(max_align_t) == 0, "blocks are aligned");

static size_t size_of(const void *block)
{
    size_t size;
    memcpy(&size, (const uint8_t *)block - HEAD, sizeof(size));
    return size;
}

void *wiping_alloc(size_t size)
{
    if (size > SIZE_MAX - HEAD)
        return NULL;
    uint8_t *whole = malloc(size + HEAD);
    if (whole == NULL)
        return NULL;
    memcpy(whole, &size, sizeof(size));
    return whole + HEAD;
}

void *wiping_zeroed(size_t count, size_t size)
{
    size_t whole;
    void *block = NULL;
    if (!__builtin_mul_overflow(count, size, &whole))
        block = wiping_alloc(whole);
    if (block != NULL)
        memset(block, 0, whole);
    return block;
}

void *wiping_resize(void *block, size_t size)
{
    if (block == NULL)
        return wiping_alloc(size);
    if (size == 0) {
        wiping_free(block);
        return NULL;
    }
    size_t old = size_of(block);
    void *grown = wiping_alloc(size);
    if (grown == NULL)
        return NULL;
    memcpy(grown, block, old < size ? old : size);
    wiping_free(block);
    return grown;
}

char *wiping_strdup(const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = wiping_alloc(len);
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

void wiping_free(void *block)
{
    if (block == NULL)
        return;
    uint8_t *whole = (uint8_t *)block - HEAD;
    sodium_memzero(whole, size_of(block) + HEAD);
    free(whole);
}
