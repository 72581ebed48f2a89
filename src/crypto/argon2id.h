/* SPDX-License-Identifier: ISC */
/*
 * argon2id: passphrase to key (RFC 9106), with libargon2's full interface: the
 * key file's hash is the algorithm's secret K, and the slot's identity its
 * associated data X, so an edited header gives an unrelated key.
 */
#ifndef CRYPTO_ARGON2ID_H
#define CRYPTO_ARGON2ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "crypto/hash.h"

#define ARGON2_SALT_LEN 32

struct argon2_cost {
    uint32_t passes;     /* t */
    uint32_t memory_kib; /* m */
    uint32_t lanes;      /* p */
};

/* What a slot may ask of this machine. Checked before anything is allocated. */
#define ARGON2_MIN_KIB (64u * 1024)
#define ARGON2_MAX_KIB (4u * 1024 * 1024)
#define ARGON2_MIN_PASSES 3u
#define ARGON2_MAX_PASSES 64u
#define ARGON2_MAX_PARALLEL 16u
extern const struct argon2_cost argon2_default; /* t=3, 256 MiB, p=4 */

/* SV_DATA when outside the floors and ceilings above. */
enum sv_status argon2_cost_check(const struct argon2_cost *cost, struct sv_err *err) SV_MUST_USE;

/* Derives KEY_LEN bytes into `out` (length set). The memory is left out of core
 * dumps and wiped. A thread that cannot start is no fault: it is done on one.
 * No floors here: callers check the cost. keyfile_hash: KEY_LEN bytes or NULL. */
enum sv_status argon2_derive(struct secret *out, const struct secret *passphrase,
                             const uint8_t salt[ARGON2_SALT_LEN], const uint8_t *keyfile_hash,
                             const void *ad, size_t ad_len, const struct argon2_cost *cost,
                             struct sv_err *err) SV_MUST_USE;

/* Measures this machine and chooses a cost that stays within one second and
 * within [64 MiB, min(1 GiB, RAM/4, half of the cgroup's limit)]; t and p as in
 * the default. It costs about one derivation. */
enum sv_status argon2_calibrate(struct argon2_cost *cost, struct sv_err *err) SV_MUST_USE;
/* Whether a cost is worth less than half (memory times passes) of what this machine would
 * choose today, the default at most; `took_ms` is how long a derivation with it has just
 * taken here, so nothing is measured anew. *better is what to use then: never less memory
 * or fewer passes than before. A machine that is slow or busy just now calls nothing weak. */
bool argon2_is_weak(const struct argon2_cost *cost, int64_t took_ms, struct argon2_cost *better);

#endif
