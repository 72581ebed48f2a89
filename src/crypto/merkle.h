/* SPDX-License-Identifier: ISC */
/*
 * merkle: the hashes of an RFC 6962 tree (section 2.1), SHA-256:
 *
 *   empty = SHA-256("")
 *   leaf  = SHA-256(0x00 || bytes)
 *   node  = SHA-256(0x01 || left || right)
 *
 * SHA-256 and not our framed BLAKE2b: this is the tree that transparency-log
 * witnesses outside of smtpvault know. What is hashed is public.
 */
#ifndef CRYPTO_MERKLE_H
#define CRYPTO_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#define MERKLE_LEN 32

void merkle_empty(uint8_t out[MERKLE_LEN]);
void merkle_leaf(uint8_t out[MERKLE_LEN], const void *bytes, size_t len);
/* out may be left or right. */
void merkle_node(uint8_t out[MERKLE_LEN], const uint8_t left[MERKLE_LEN],
                 const uint8_t right[MERKLE_LEN]);

#endif
