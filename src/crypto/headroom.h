/* SPDX-License-Identifier: ISC */
/*
 * headroom: how much memory one key derivation may sensibly take here: a quarter
 * of the machine's RAM, and no more than half of the tightest memory limit of
 * the control groups this process is in (cgroup-v2 memory.max, cgroup-v1
 * memory.limit_in_bytes, and those of all their parents).
 */
#ifndef CRYPTO_HEADROOM_H
#define CRYPTO_HEADROOM_H

#include <stdint.h>

uint64_t headroom_kib(void);

/* The same with `ram_kib` of RAM and /proc and /sys read below `root`, for tests.
 * What cannot be read sets no limit. */
uint64_t headroom_kib_below(const char *root, uint64_t ram_kib);

#endif
