/* SPDX-License-Identifier: ISC */
/*
 * padding: where the padding of ISO/IEC 7816-4 ends, which is one byte 0x80 and then zeros.
 * The time depends on how many bytes there are and on nothing in them. sodium_unpad
 * promises the same of one byte at a time, which was a sixth of all that opening a box costs.
 */
#ifndef CRYPTO_PADDING_H
#define CRYPTO_PADDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *len = the bytes before the padding, which begins within the last `block` bytes. False: there
 * is none there; *len then says nothing. 0 < block <= padded. */
bool padding_find(size_t *len, const uint8_t *bytes, size_t padded, size_t block);

#endif
