/* SPDX-License-Identifier: ISC */
/*
 * hash: every hash and every derived key of smtpvault. BLAKE2b (RFC 7693) over
 * framed input: each field is LE32(length) || bytes, and the first three fields
 * are "smtpvault/1", the suite id (one byte) and a label. Framing makes the
 * input unambiguous; the label keeps uses apart.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUITE_ID 1 /* BLAKE2b, XChaCha20-Poly1305, X25519, Ed25519, Argon2id */
#define KEY_LEN 32
#define HASH_LEN 32

struct hash {
    crypto_generichash_state state;
    size_t out_len;
};

/* key: KEY_LEN bytes, or NULL for an unkeyed hash. out_len: 16 .. 64. */
void hash_begin(struct hash *h, const uint8_t key[KEY_LEN], size_t out_len, const char *label);
void hash_field(struct hash *h, const void *bytes, size_t len);
void hash_u64(struct hash *h, uint64_t value); /* a field of 8 bytes, LE */
/* Writes out_len bytes and wipes the state. */
void hash_end(struct hash *h, uint8_t *out);

/* out = plain BLAKE2b-256 of what is read from fd to its end: what "b2sum -l 256" prints of
 * the file. False: it cannot be read (errno), or has more than `most` bytes. */
bool hash_file(uint8_t out[HASH_LEN], int fd, uint64_t most);

/* out = keyed BLAKE2b-256 over (label, detail). detail may be NULL with len 0:
 * the field is then present and empty. */
void kdf(uint8_t out[KEY_LEN], const uint8_t key[KEY_LEN], const char *label, const void *detail,
         size_t len);

#endif
