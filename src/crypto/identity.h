/* SPDX-License-Identifier: ISC */
/*
 * identity: a person's own X25519 key (RFC 7748). Its public line travels to an
 * administrator, who makes a key slot for it; its secret stays in a file of its
 * owner, under a passphrase that no administrator knows.
 *
 * Public line: "smtpvault-identity-1" blank CODE [blank COMMENT]
 *   CODE = base64 (RFC 4648 section 5, 48 characters) of pk(32) || check u32
 *   check = CRC-32 (ISO 3309) of COMMENT || pk: one wrong character anywhere, and any
 *   run of wrong ones within 32 bits, is found for certain, all else but once in 2^32.
 *
 * Secret file: the public line, a line feed, "smtpvault-identity-secret-1" blank
 *   base64 (section 4, 204 characters) of head || box, a line feed
 *   head    = ver u8 = 1 | suite u8 | passes u32 | memory KiB u32 | lanes u32 | salt(32)
 *   binding = head || the public line without its line feed
 *   k       = Argon2id(passphrase, salt; no secret, associated data = binding)
 *   box     = CSEAL(KDF(k, "identity", binding), {kind SEAL_IDENTITY}, secret key(32))
 * So neither the cost nor the line can be edited unnoticed.
 */
#ifndef CRYPTO_IDENTITY_H
#define CRYPTO_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "crypto/argon2id.h"

#define IDENTITY_COMMENT_MAX 64 /* bytes */
#define IDENTITY_CODE_LEN 48
#define IDENTITY_LINE_MAX (20 + 1 + IDENTITY_CODE_LEN + 1 + IDENTITY_COMMENT_MAX)
#define IDENTITY_FILE_MAX 1024 /* a file that is longer is none of ours */

struct identity_public {
    uint8_t pk[KEY_LEN];
    char comment[IDENTITY_COMMENT_MAX + 1]; /* "" when there is none */
};

/* SV_USAGE: too long, not UTF-8, control characters, or blanks at its ends. */
enum sv_status identity_check_comment(const char *comment, struct sv_err *err) SV_MUST_USE;

/* The public line without a line feed, NUL-terminated. */
void identity_line(char dst[IDENTITY_LINE_MAX + 1], const struct identity_public *identity);

/* Reads a public line; blanks and line feeds around it are dropped. SV_DATA says what
 * is wrong with it; a secret file is refused by name. */
enum sv_status identity_parse(struct identity_public *out, const char *text, size_t len,
                              struct sv_err *err) SV_MUST_USE;

/* A new key pair. `comment` is copied; it was checked. */
enum sv_status identity_make(struct secret **secret_key, struct identity_public *out,
                             const char *comment, struct sv_err *err) SV_MUST_USE;

/* The secret file's bytes. The cost comes from the caller's code, never from a file. */
enum sv_status identity_file_make(struct blob *out, const struct secret *secret_key,
                                  const struct identity_public *identity,
                                  const struct secret *passphrase, const struct argon2_cost *cost,
                                  struct sv_err *err) SV_MUST_USE;

/* The public part of a secret file, without its passphrase. It is proved only when the
 * file is opened. SV_DATA: no identity file, or a damaged one. */
enum sv_status identity_file_public(struct identity_public *out, const uint8_t *bytes, size_t len,
                                    struct sv_err *err) SV_MUST_USE;

/* SV_DENIED: not its passphrase, or an edited file: they cannot be told apart. */
enum sv_status identity_file_open(struct secret **secret_key, const uint8_t *bytes, size_t len,
                                  const struct secret *passphrase, struct sv_err *err) SV_MUST_USE;

#endif
