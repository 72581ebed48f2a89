/* SPDX-License-Identifier: ISC */
/*
 * inflate: what DEFLATE (RFC 1951) packed, unpacked straight into guarded memory. A library
 * keeps the last 32 KiB of it in memory of its own.
 */
#ifndef IMPORT_INFLATE_H
#define IMPORT_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when `in` is a whole stream that gives exactly out_len bytes. */
bool inflate_into(uint8_t *out, size_t out_len, const uint8_t *in, size_t in_len);

/* CRC-32 as zip and gzip have it (RFC 1952 section 8). */
uint32_t inflate_crc32(const uint8_t *bytes, size_t len);

#endif
