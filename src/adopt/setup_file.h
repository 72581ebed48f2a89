/* SPDX-License-Identifier: ISC */
/*
 * setup_file: another tool's configuration file, on the way there and back. A link is followed,
 * as folders of dotfiles are made of links, and the file that it leads to is changed; what is
 * not this user's is left alone. It is replaced in one step, keeping mode and group, and what it
 * was is beside it, mode 0600, until it is so again.
 */
#ifndef ADOPT_SETUP_FILE_H
#define ADOPT_SETUP_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "setup/edit.h"
#include "setup/tool.h"

#define SETUP_FILE_MAX (4 * 1024 * 1024)
#define SETUP_SHOWN 300

struct setup_file {
    char *named; /* where the tool looks */
    char *path;  /* behind the links */
    bool exists, linked;
    struct secret *bytes; /* NULL where there is none: others may have left passwords in it */
    mode_t mode;
    gid_t group;
};
#define SETUP_FILE_OWNED __attribute__((cleanup(setup_file_clear)))
void setup_file_clear(struct setup_file *file);

/* given: the user's own choice, or NULL. SV_DENIED: another user's; SV_EXISTS: no file, or a link
 * that leads nowhere; SV_CONFIG: no home. */
enum sv_status setup_file_open(struct setup_file *file, const struct setup_tool *tool,
                               const char *given, struct sv_err *err) SV_MUST_USE;
const char *setup_file_text(const struct setup_file *file, size_t *len);

/* ours: there is a block in it, so that what it was before is kept already, or setup made it. kept:
 * it was there before, and is kept in FILE.before-smtpvault. SV_LOCKED: the file is not what was
 * opened, and nothing was written. */
enum sv_status setup_file_write(const struct setup_file *file, const struct blob *text, bool ours,
                                bool *kept, struct sv_err *err) SV_MUST_USE;
/* The bytes of a file that is there already, which may be secrets of others: nothing is kept of
 * what it was, and a group that it had and cannot have leaves it alone. */
enum sv_status setup_file_swap(const struct setup_file *file, const void *bytes, size_t len,
                               struct sv_err *err) SV_MUST_USE;
/* As setup_file_write, after the last block was taken out: the file goes where setup made it, and
 * the copy goes where the file is what it was. removed: the file. */
enum sv_status setup_file_restore(const struct setup_file *file, const struct blob *text,
                                  bool *removed, struct sv_err *err) SV_MUST_USE;

#endif
