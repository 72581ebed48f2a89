/* SPDX-License-Identifier: ISC */
/*
 * secret: the only home of secret bytes. Memory comes from a small arena that
 * is locked into RAM, left out of core dumps, wiped on fork and fenced by guard
 * pages; a secret is wiped when it is freed. The struct is opaque, so a secret
 * cannot be printed by mistake.
 *
 * If the arena cannot be locked (RLIMIT_MEMLOCK), making a secret fails with
 * SV_IO: a secret in memory that may reach the swap would break a promise.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct secret;

/* An empty secret (length 0) with room for `capacity` bytes (0 .. 64 MiB),
 * zeroed, 16-byte aligned. Owned by the caller: secret_free. */
enum sv_status secret_new(struct secret **out, size_t capacity, struct sv_err *err) SV_MUST_USE;

/* A secret holding a copy of bytes[0..len). */
enum sv_status secret_copy(struct secret **out, const void *bytes, size_t len,
                           struct sv_err *err) SV_MUST_USE;

/* Wipes and gives back; NULL is allowed. */
void secret_free(struct secret *secret);

/* For owning locals: SECRET_OWNED struct secret *s = NULL; */
void secret_free_cleanup(struct secret **slot);
#define SECRET_OWNED __attribute__((cleanup(secret_free_cleanup)))

size_t secret_len(const struct secret *secret);
size_t secret_capacity(const struct secret *secret);

/* Sets the length (<= capacity); bytes beyond the new length are wiped. */
void secret_set_len(struct secret *secret, size_t len);

/* Sets the length of what was empty, when exactly so many bytes have been written to it since:
 * where much would fit and little comes, only that is wiped later. */
void secret_written(struct secret *secret, size_t len);

/* Appends; SV_DATA when it does not fit (nothing is written then). */
enum sv_status secret_append(struct secret *secret, const void *bytes, size_t len,
                             struct sv_err *err) SV_MUST_USE;

/* Borrowed views, valid until secret_free. The callers are a short, reviewed
 * list (src/secret-callers, checked by `make lint`). */
const uint8_t *secret_peek(const struct secret *secret);
uint8_t *secret_poke(struct secret *secret);

/* Equal length and bytes, in constant time for equal lengths. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* How many secrets are alive: tests demand 0 at the end. */
size_t secret_live(void);

/* Process hardening, once, first thing in main: no core dump, not dumpable
 * (no ptrace by the same user, /proc/self/mem closed), libsodium initialised. */
enum sv_status secret_process_harden(struct sv_err *err) SV_MUST_USE;

#endif
