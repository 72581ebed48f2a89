/* SPDX-License-Identifier: ISC */
/*
 * shred_file: a file that is overwritten and removed. What a disk, a file system or a backup keeps
 * of it all the same is nothing that a program can reach.
 */
#ifndef ADOPT_SHRED_FILE_H
#define ADOPT_SHRED_FILE_H

#include <sys/stat.h>

#include "base/err.h"
#include "base/secret.h"

/* Zeroed: nothing; owner: shred_file_clear. */
struct shred_file {
    char *path;
    int fd; /* -1 or, with a path, open for reading and writing */
    struct stat was;
};
void shred_file_clear(struct shred_file *f);

/* SV_DENIED: a link, another user's, one that has other names or may not be written; SV_DATA: no
 * regular file. */
enum sv_status shred_file_open(struct shred_file *f, const char *path,
                               struct sv_err *err) SV_MUST_USE;
/* What is in it, of at most limit bytes. */
enum sv_status shred_file_read(const struct shred_file *f, size_t limit, struct secret **out,
                               struct sv_err *err) SV_MUST_USE;
/* SV_LOCKED: it is not the file that was opened, or was changed; nothing was done. */
enum sv_status shred_file_destroy(struct shred_file *f, struct sv_err *err) SV_MUST_USE;

/* Overwrites `len` bytes of what is behind a descriptor, and waits for the disk. -1 with errno. */
int shred_bytes(int fd, off_t len);

#endif
