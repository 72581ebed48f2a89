/* SPDX-License-Identifier: ISC */
/*
 * crypto_support: what the tests of crypto share. Published answers name their
 * source. The frozen ones ("frozen: ...") are the format's own: they were computed
 * by another implementation (Python's hashlib and OpenSSL, from the headers' text),
 * and a change of any of them is a change of the format.
 */
#ifndef TESTS_UNIT_CRYPTO_SUPPORT_H
#define TESTS_UNIT_CRYPTO_SUPPORT_H

#include "support.h"

#include <sodium.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "crypto/seal.h"

#define HEX_MAX 1024 /* bytes */

/* Reads hex into dst and returns the number of bytes. */
static inline size_t unhex(uint8_t *dst, size_t capacity, const char *hex)
{
    size_t len = 0;
    assert_int_equal(sodium_hex2bin(dst, capacity, hex, strlen(hex), NULL, &len, NULL), 0);
    assert_int_equal(len * 2, strlen(hex));
    return len;
}

static inline void assert_hex(const void *bytes, size_t len, const char *hex)
{
    uint8_t want[HEX_MAX];
    assert_int_equal(unhex(want, sizeof want, hex), len);
    assert_memory_equal(bytes, want, len);
}

/* len bytes: first, first + 1, first + 2 ... */
static inline void count_up(uint8_t *dst, size_t len, uint8_t first)
{
    for (size_t i = 0; i < len; i++)
        dst[i] = (uint8_t)(first + i);
}

static inline struct secret *secret_of(const void *bytes, size_t len)
{
    struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, bytes, len, NULL), SV_OK);
    return s;
}

static inline void assert_secret(const struct secret *s, const void *bytes, size_t len)
{
    assert_non_null(s);
    assert_int_equal(secret_len(s), len);
    assert_memory_equal(secret_peek(s), bytes, len);
}

/* Each field has another value, so that none can stand in for another. */
static inline struct seal_context sample_context(void)
{
    struct seal_context ctx = {.epoch = 0x1112131415161718,
                               .kind = SEAL_CARD,
                               .row = 0x2122232425262728,
                               .version = 0x3132333435363738,
                               .field = 0x41,
                               .role = 0x51};
    count_up(ctx.vault_id, sizeof ctx.vault_id, 0xa0);
    return ctx;
}

/* The last test of each program: everything secret was given back. */
static inline void test_no_secret_lives(void **state)
{
    (void)state;
    assert_int_equal(secret_live(), 0);
}

#endif
