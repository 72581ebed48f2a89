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
#include "crypto/padding.h"

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

/* The same of the commitment of a box. */
int __real_crypto_verify_32(const unsigned char *a, const unsigned char *b);
int __wrap_crypto_verify_32(const unsigned char *a, const unsigned char *b);
int __wrap_crypto_verify_32(const unsigned char *a, const unsigned char *b)
{
    int differ = __real_crypto_verify_32(a, b);

    ct_show(&differ, sizeof differ);
    return differ;
}

/* How long a plaintext is, to whoever opens it; where the padding ends is found in constant
 * time. */
bool __real_padding_find(size_t *len, const uint8_t *bytes, size_t padded, size_t block);
bool __wrap_padding_find(size_t *len, const uint8_t *bytes, size_t padded, size_t block);
bool __wrap_padding_find(size_t *len, const uint8_t *bytes, size_t padded, size_t block)
{
    bool good = __real_padding_find(len, bytes, padded, block);

    ct_show(&good, sizeof good);
    ct_show(len, sizeof *len);
    return good;
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
