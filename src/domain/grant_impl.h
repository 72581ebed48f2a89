/* SPDX-License-Identifier: ISC */
/* grant_impl: what the files grant_*.c share. */
#ifndef DOMAIN_GRANT_IMPL_H
#define DOMAIN_GRANT_IMPL_H

#include "domain/grant.h"

/* ---- grant_exe.c ---- */
/* Others than root, this process's user and uid could put another program at this path. */
bool program_is_open(const char *path, uint32_t uid);
/* BLAKE2b-256 of the file; false: it cannot be read. */
bool program_hash(uint8_t out[32], const char *path);
/* Whether the running program's file is no more at its path; len: without the word for it. */
bool program_is_gone(const char *exe, size_t *len);
/* GRANT_HOLDS, or which of the conditions EXE and PIN does not. */
enum grant_missing program_misses(const struct grant *g, const struct caller *caller);

#endif
