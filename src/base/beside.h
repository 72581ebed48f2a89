/* SPDX-License-Identifier: ISC */
/*
 * beside: one piece of work in a thread of its own, while the caller goes on. It takes no
 * memory, calls nobody who does and touches no secret: allocator (alloc.h) and secrets
 * (secret.h) belong to one thread. What it reads and writes is its own until beside_end.
 * Signals are for the caller.
 */
#ifndef BASE_BESIDE_H
#define BASE_BESIDE_H

#include <pthread.h>
#include <stdbool.h>

struct beside {
    void (*work)(void *context);
    void *context;
    pthread_t thread;
    bool runs;
};

/* Where no thread can be had the work is done when it returns. */
void beside_begin(struct beside *b, void (*work)(void *context), void *context);
/* Waits for its end; nothing when it was never begun. */
void beside_end(struct beside *b);
#define BESIDE_OWNED __attribute__((cleanup(beside_end)))

#endif
