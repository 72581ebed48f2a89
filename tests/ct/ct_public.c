/* SPDX-License-Identifier: ISC */
/*
 * What is public by design, and so may be branched upon. The linker puts each of these before
 * the function that it names (-Wl,--wrap), in our code and in libsodium, which is linked
 * statically for that. Nothing else in tests/ct/ makes a result public.
 */
#include "ct.h"

#include <sodium.h>

#include "audit/seal.h"
#include "crypto/base32.h"

/* Whether two authenticators are equal: the answer is what the comparison is for. */
int __real_sodium_memcmp(const void *a, const void *b, size_t len);
int __wrap_sodium_memcmp(const void *a, const void *b, size_t len);
int __wrap_sodium_memcmp(const void *a, const void *b, size_t len)
{
    int differ = __real_sodium_memcmp(a, b, len);

    ct_show(&differ, sizeof differ);
    return differ;
}

/* The same of Poly1305's tags, inside libsodium. */
int __real_crypto_verify_16(const unsigned char *a, const unsigned char *b);
int __wrap_crypto_verify_16(const unsigned char *a, const unsigned char *b);
int __wrap_crypto_verify_16(const unsigned char *a, const unsigned char *b)
{
    int differ = __real_crypto_verify_16(a, b);

    ct_show(&differ, sizeof differ);
    return differ;
}

/* Whether a shared secret is all zero: then the other side sent a point of low order. */
int __real_crypto_scalarmult(unsigned char *out, const unsigned char *sk, const unsigned char *pk);
int __wrap_crypto_scalarmult(unsigned char *out, const unsigned char *sk, const unsigned char *pk);
int __wrap_crypto_scalarmult(unsigned char *out, const unsigned char *sk, const unsigned char *pk)
{
    int zero = __real_crypto_scalarmult(out, sk, pk);

    ct_show(&zero, sizeof zero);
    return zero;
}

/* How long a plaintext is, to whoever opens it; where the padding ends is found in constant
 * time. */
int __real_sodium_unpad(size_t *len, const unsigned char *bytes, size_t padded, size_t block);
int __wrap_sodium_unpad(size_t *len, const unsigned char *bytes, size_t padded, size_t block);
int __wrap_sodium_unpad(size_t *len, const unsigned char *bytes, size_t padded, size_t block)
{
    int bad = __real_sodium_unpad(len, bytes, padded, block);

    ct_show(&bad, sizeof bad);
    ct_show(len, sizeof *len);
    return bad;
}

/* Whether a token's text has characters of base32 only: a mistyped one is told. */
bool __real_base32_decode(uint8_t *bytes, size_t len, const uint8_t *text);
bool __wrap_base32_decode(uint8_t *bytes, size_t len, const uint8_t *text);
bool __wrap_base32_decode(uint8_t *bytes, size_t len, const uint8_t *text)
{
    bool good = __real_base32_decode(bytes, len, text);

    ct_show(&good, sizeof good);
    return good;
}

/* A public key, though it comes of a secret one. */
int __real_crypto_scalarmult_base(unsigned char *pk, const unsigned char *sk);
int __wrap_crypto_scalarmult_base(unsigned char *pk, const unsigned char *sk);
int __wrap_crypto_scalarmult_base(unsigned char *pk, const unsigned char *sk)
{
    int failed = __real_crypto_scalarmult_base(pk, sk);

    ct_show(pk, crypto_scalarmult_BYTES);
    return failed;
}

/* The time of an entry in the log, to whoever verifies it: this is what hides it from others. */
uint64_t __real_audit_evolve(uint8_t key[KEY_LEN]);
uint64_t __wrap_audit_evolve(uint8_t key[KEY_LEN]);
uint64_t __wrap_audit_evolve(uint8_t key[KEY_LEN])
{
    uint64_t mask = __real_audit_evolve(key);

    ct_show(&mask, sizeof mask);
    return mask;
}
