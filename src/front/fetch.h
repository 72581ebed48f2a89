/* SPDX-License-Identifier: ISC */
/*
 * fetch: one request and its answer. Both, the one for the token that may be in it, are in one
 * place of memory, which is locked, in no core and wiped before the process ends; the answer goes
 * from there to standard output with one write.
 */
#ifndef FRONT_FETCH_H
#define FRONT_FETCH_H

#include <stdint.h>

#include "front/ask.h"

/* FETCH_PASS: nothing was answered and nothing printed; the full program shall try. */
#define FETCH_PASS (-1)

/* The status with which to end, its message printed; or FETCH_PASS. Closes nothing but
 * standard output. */
int fetch(int fd, const struct ask *ask, uint64_t vault);

#endif
