/* SPDX-License-Identifier: ISC */
/*
 * md5: RFC 1321, because dpkg's lists of what it installed are in it. It tells an upgrade
 * from another program; whoever wants to deceive can, and nothing is decided by it.
 */
#ifndef CRYPTO_MD5_H
#define CRYPTO_MD5_H

#include <stdbool.h>
#include <stdint.h>

#define MD5_LEN 16

/* Of what is read from fd to its end. False: it cannot be read, or has more than `most` bytes. */
bool md5_file(uint8_t out[MD5_LEN], int fd, uint64_t most);

#endif
