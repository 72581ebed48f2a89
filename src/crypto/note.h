/* SPDX-License-Identifier: ISC */
/*
 * note: signed notes (c2sp.org/signed-note), one Ed25519 signature each:
 *
 *   text, ending in a line feed
 *   a line feed
 *   "— " name " " base64(key id(4) || signature(64))      one line for each signature
 *
 *   key id = the first 4 bytes of SHA-256(name || 0x0a || 0x01 || public key)
 *
 * The signature is over the text itself (RFC 8032), not over a labelled hash as all
 * our others are, because others verify it; so the key signs nothing else.
 */
#ifndef CRYPTO_NOTE_H
#define CRYPTO_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"

#define NOTE_ID_LEN 4
#define NOTE_SIGNATURE_LEN 64
/* Base64 of a key id and a signature, and of 0x01 and a public key; with NUL. */
#define NOTE_SIGNATURE_TEXT 93
#define NOTE_KEY_TEXT 45
#define NOTE_BASE64_32 45

struct note_key {
    uint8_t id[NOTE_ID_LEN]; /* for one name */
    uint8_t pk[KEY_LEN];
};

/* The key pair's seed is KDF(secret, "note"); only its public half comes out. */
void note_key_of(struct note_key *key, const uint8_t secret[KEY_LEN], const char *name);
/* out: base64(key id || signature). */
void note_sign(char out[NOTE_SIGNATURE_TEXT], const uint8_t secret[KEY_LEN], const char *name,
               const char *text, size_t len);
/* What a verifier is given: base64(0x01 || public key), for "name+hex id+this". */
void note_key_text(char out[NOTE_KEY_TEXT], const struct note_key *key);

enum note_verdict { NOTE_FOREIGN, NOTE_GOOD, NOTE_BAD };
/* signature: base64 as it stands in the line, len bytes. NOTE_FOREIGN: of another key. */
enum note_verdict note_verify(const struct note_key *key, const char *signature,
                              size_t signature_len, const char *text, size_t len);

/* Base64 (RFC 4648 section 4) of 32 bytes, and back: exactly 44 characters. */
void note_hash_text(char out[NOTE_BASE64_32], const uint8_t hash[32]);
bool note_hash_parse(uint8_t hash[32], const char *text, size_t len);

#endif
