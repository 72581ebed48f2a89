/* SPDX-License-Identifier: ISC */
/*
 * keyring: the audit secret keys of several epochs, found by the public key
 * that a generation of the log is sealed to. For the files beside it only.
 */
#ifndef AUDIT_KEYRING_H
#define AUDIT_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "crypto/seal.h"

struct audit_keyring {
    const struct secret *keys; /* KEY_LEN bytes each, newest first; borrowed */
    struct blob publics;       /* KEY_LEN bytes each, in the same order */
};

/* keys must stay alive. SV_INTERNAL when they are no multiple of KEY_LEN. Owner:
 * audit_keyring_clear. */
enum sv_status audit_keyring_init(struct audit_keyring *ring, const struct secret *keys,
                                  struct sv_err *err) SV_MUST_USE;
void audit_keyring_clear(struct audit_keyring *ring);
#define AUDIT_KEYRING_OWNED __attribute__((cleanup(audit_keyring_clear)))

/* false: no key of the ring belongs to pk. The reader borrows from the ring. */
bool audit_keyring_find(const struct audit_keyring *ring, const uint8_t pk[KEY_LEN],
                        struct pkseal_reader *reader);

#endif
