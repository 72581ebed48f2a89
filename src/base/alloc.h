/* SPDX-License-Identifier: ISC */
/*
 * alloc: the only allocator of ordinary (not secret) memory. It exists so that
 * tests can make the Nth allocation fail. Secrets live in base/secret.h.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory, NULL when there is none (or when a test asked for that).
 * size 0 is served as size 1. */
void *sv_alloc(size_t size);

/* count * size with the overflow checked. */
void *sv_alloc_array(size_t count, size_t size);

/* Grows or shrinks; new bytes are NOT zeroed. On failure the old block stays
 * valid and NULL is returned. Never for secrets. */
void *sv_resize(void *block, size_t size);

char *sv_strdup(const char *text);
char *sv_strndup(const char *text, size_t len);

void sv_free(void *block);

/* For __attribute__((cleanup)): frees what *(void **)slot points to. */
void sv_free_cleanup(void *slot);
#define SV_AUTOFREE __attribute__((cleanup(sv_free_cleanup)))

/* Tests: the nth call from now (1 = the next) fails, once; 0 turns it off.
 * sv_alloc_failed() tells whether that call has come. Secret allocations count
 * too. */
void sv_alloc_fail_at(unsigned long nth);
int sv_alloc_failed(void);
/* 1 when this allocation is the one to fail; for those who map memory themselves:
 * base/secret.c and crypto/argon2id.c. */
int sv_alloc_should_fail(void);

#endif
