/* SPDX-License-Identifier: ISC */
/* random: the kernel's randomness through libsodium. It cannot fail: a process
 * without it is ended by libsodium. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);

/* 0 .. bound - 1, each as likely as any other (no modulo bias); bound >= 1. */
uint32_t random_uniform(uint32_t bound);

#endif
