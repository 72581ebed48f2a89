/* SPDX-License-Identifier: ISC */
#include "crypto/note.h"

#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

#define TYPE_ED25519 0x01
#define BASE64 sodium_base64_VARIANT_ORIGINAL

_Static_assert(NOTE_SIGNATURE_TEXT ==
                   sodium_base64_ENCODED_LEN(NOTE_ID_LEN + NOTE_SIGNATURE_LEN, BASE64),
               "the text of a signature");
_Static_assert(NOTE_KEY_TEXT == sodium_base64_ENCODED_LEN(1 + KEY_LEN, BASE64), "of a key");
_Static_assert(NOTE_BASE64_32 == sodium_base64_ENCODED_LEN(32, BASE64), "of a hash");

static void key_pair(uint8_t pk[KEY_LEN], uint8_t sk[crypto_sign_SECRETKEYBYTES],
                     const uint8_t secret[KEY_LEN])
{
    uint8_t seed[KEY_LEN];

    kdf(seed, secret, "note", NULL, 0);
    (void)crypto_sign_seed_keypair(pk, sk, seed);
    sodium_memzero(seed, sizeof seed);
}

static void identify(struct note_key *key, const char *name)
{
    static const uint8_t between[] = {'\n', TYPE_ED25519};
    struct sha256_ctx state;

    sha256_init(&state);
    sha256_update(&state, strlen(name), (const uint8_t *)name);
    sha256_update(&state, sizeof between, between);
    sha256_update(&state, sizeof key->pk, key->pk);
    sha256_digest(&state, sizeof key->id, key->id);
}

void note_key_of(struct note_key *key, const uint8_t secret[KEY_LEN], const char *name)
{
    uint8_t sk[crypto_sign_SECRETKEYBYTES];

    key_pair(key->pk, sk, secret);
    sodium_memzero(sk, sizeof sk);
    identify(key, name);
}

void note_sign(char out[NOTE_SIGNATURE_TEXT], const uint8_t secret[KEY_LEN], const char *name,
               const char *text, size_t len)
{
    uint8_t sk[crypto_sign_SECRETKEYBYTES], both[NOTE_ID_LEN + NOTE_SIGNATURE_LEN];
    struct note_key key;

    key_pair(key.pk, sk, secret);
    identify(&key, name);
    memcpy(both, key.id, NOTE_ID_LEN);
    (void)crypto_sign_detached(both + NOTE_ID_LEN, NULL, (const uint8_t *)text, len, sk);
    sodium_memzero(sk, sizeof sk);
    (void)sodium_bin2base64(out, NOTE_SIGNATURE_TEXT, both, sizeof both, BASE64);
}

void note_key_text(char out[NOTE_KEY_TEXT], const struct note_key *key)
{
    uint8_t both[1 + KEY_LEN] = {TYPE_ED25519};

    memcpy(both + 1, key->pk, KEY_LEN);
    (void)sodium_bin2base64(out, NOTE_KEY_TEXT, both, sizeof both, BASE64);
}

/* Exactly `want` bytes, and no other spelling of them. */
static bool decode(uint8_t *out, size_t want, const char *text, size_t len)
{
    char again[NOTE_SIGNATURE_TEXT];
    size_t got = 0;

    if (len >= sizeof again ||
        sodium_base642bin(out, want, text, len, NULL, &got, NULL, BASE64) != 0 || got != want)
        return false;
    /* libsodium takes some bytes above 0x7f for letters: only its own spelling counts. */
    (void)sodium_bin2base64(again, sizeof again, out, want, BASE64);
    return strlen(again) == len && memcmp(again, text, len) == 0;
}

enum note_verdict note_verify(const struct note_key *key, const char *signature,
                              size_t signature_len, const char *text, size_t len)
{
    uint8_t both[NOTE_ID_LEN + NOTE_SIGNATURE_LEN];

    if (!decode(both, sizeof both, signature, signature_len) ||
        memcmp(both, key->id, NOTE_ID_LEN) != 0)
        return NOTE_FOREIGN;
    return crypto_sign_verify_detached(both + NOTE_ID_LEN, (const uint8_t *)text, len, key->pk) == 0
               ? NOTE_GOOD
               : NOTE_BAD;
}

void note_hash_text(char out[NOTE_BASE64_32], const uint8_t hash[32])
{
    (void)sodium_bin2base64(out, NOTE_BASE64_32, hash, 32, BASE64);
}

bool note_hash_parse(uint8_t hash[32], const char *text, size_t len)
{
    return decode(hash, 32, text, len);
}
