/* SPDX-License-Identifier: ISC */
/*
 * wiping: an allocator for foreign libraries through whose memory a secret passes. Each
 * block is zeroed before it is given back, also by growing. For what is ours: struct
 * secret. Not for tests' failures (base/alloc.h): a library may end the process then.
 */
#ifndef BASE_WIPING_H
#define BASE_WIPING_H

#include <stddef.h>

void *wiping_alloc(size_t size);
void *wiping_zeroed(size_t count, size_t size);
void *wiping_resize(void *block, size_t size); /* as realloc(3); size 0 gives back */
char *wiping_strdup(const char *text);
void wiping_free(void *block);

#endif
