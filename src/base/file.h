/* SPDX-License-Identifier: ISC */
/*
 * file: files that hold something worth guarding. Symlinks in the last
 * component are refused, FIFOs and devices are refused without blocking,
 * replacement is atomic (temporary file in the same folder, fsync, rename,
 * fsync of the folder), locks are flock(2) with a bound.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

enum file_kind { FILE_ABSENT, FILE_REGULAR, FILE_DIRECTORY, FILE_SYMLINK, FILE_OTHER };

/* What is at path, without following a link; an unreadable parent is SV_IO. */
enum sv_status file_look(const char *path, enum file_kind *kind, struct sv_err *err) SV_MUST_USE;

/* Whether both names, followed to their ends, are one file. */
bool file_is_same(const char *a, const char *b);

/* SV_DENIED unless path is a regular file owned by this user (or root) that
 * neither group nor others can read or write. The message tells the chmod. */
enum sv_status file_check_private(const char *path, struct sv_err *err) SV_MUST_USE;

/* The same for what others may read but not write: configuration. */
enum sv_status file_check_written(const char *path, struct sv_err *err) SV_MUST_USE;

/* SV_DENIED unless path is a folder (or a link to one) of this user's or root's in
 * which nobody else can put, replace or remove a file. SV_MISSING: there is none. */
enum sv_status file_check_folder(const char *path, struct sv_err *err) SV_MUST_USE;

/* Reads a whole regular file of at most limit bytes. Absent: SV_MISSING. Larger:
 * SV_DATA. A secret variant and an ordinary one. Foreign (not private) modes
 * are the caller's business. */
enum sv_status file_read_secret(const char *path, size_t limit, struct secret **out,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status file_read_blob(const char *path, size_t limit, struct blob *out,
                              struct sv_err *err) SV_MUST_USE;

/* Reads a descriptor to its end, at most limit bytes (more: SV_DATA naming
 * `what`). Never buffers a secret outside secret memory. */
enum sv_status file_drain_secret(int fd, size_t limit, const char *what, struct secret **out,
                                 struct sv_err *err) SV_MUST_USE;

/* Replaces path atomically. On failure it is what it was, or, where only its folder could not be
 * synced, new, which the message tells. */
enum sv_status file_replace(const char *path, const void *bytes, size_t len, mode_t mode,
                            struct sv_err *err) SV_MUST_USE;
/* As file_replace, but when the power goes it may be the old one that is there. */
enum sv_status file_replace_soon(const char *path, const void *bytes, size_t len, mode_t mode,
                                 struct sv_err *err) SV_MUST_USE;
/* Creates path; SV_EXISTS when anything is there. On failure it is not there, or, where it can
 * neither be made durable nor removed, there, which the message tells. */
enum sv_status file_create(const char *path, const void *bytes, size_t len, mode_t mode,
                           struct sv_err *err) SV_MUST_USE;

/* How a file is written whose mode and owner are not only this user's business. uid (uid_t)-1, gid
 * (gid_t)-1: this process's own. fresh: as file_create does, else as file_replace. */
struct file_as {
    mode_t mode;
    uid_t uid;
    gid_t gid;
    bool fresh;
};
/* *stands, also on failure: path has the new bytes. SV_IO where such an owner cannot be given. */
enum sv_status file_put(const char *path, const void *bytes, size_t len, const struct file_as *as,
                        bool *stands, struct sv_err *err) SV_MUST_USE;

/* Gives a file another name in the same file system, durably; on failure it has its
 * old one, or, where the disk does not take that back either, the new one, which the message
 * tells. SV_EXISTS when anything is at `to`. */
enum sv_status file_move_new(const char *from, const char *to, struct sv_err *err) SV_MUST_USE;

/* Makes path and its parents (0700 each), durably; an existing folder is left as is. */
enum sv_status file_make_dirs(const char *path, struct sv_err *err) SV_MUST_USE;

/* Waits for `events` of poll(2), or for what comes instead of them, until `deadline` of
 * env_monotonic_ms; below 0: for ever. 1, or 0 when they did not come, or -1 with errno. */
int file_wait(int fd, short events, int64_t deadline);

/* Writes all of it; short writes and EINTR handled; -1 with errno on failure. */
int file_write_all(int fd, const void *bytes, size_t len);

/* An exclusive flock on path (created 0600), waiting at most timeout_ms;
 * SV_LOCKED when it stays taken. *fd_out is closed by the caller: the lock ends
 * with it. */
enum sv_status file_lock(const char *path, int timeout_ms, int *fd_out,
                         struct sv_err *err) SV_MUST_USE;

/* Closes *fd if >= 0 (for __attribute__((cleanup))). */
void file_close_cleanup(int *fd);
#define FD_OWNED __attribute__((cleanup(file_close_cleanup)))

/* Joins with one '/'; NULL: no memory. Owner frees with sv_free. */
char *path_join(const char *dir, const char *name);
/* The folder of path ("." when there is none); owner frees. */
char *path_dir(const char *path);

#endif
