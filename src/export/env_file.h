/* SPDX-License-Identifier: ISC */
/*
 * env_file: variables for exec's program, a line KEY=VALUE each; "export" before them, blank
 * lines and those that begin with "#" do not count, nor blanks around "=". A value in single or
 * double quotes is what stands between them, nothing in it is special. A value that is a reference
 * (format/reference.h) is replaced. Behind these two a blank and a "#" begin a comment.
 */
#ifndef EXPORT_ENV_FILE_H
#define EXPORT_ENV_FILE_H

#include "base/secret.h"
#include "domain/vault.h"

#define ENV_FILE_MAX (256U * 1024)
#define ENV_FILE_VARIABLES 512

struct env_file {
    struct secret *text;
    struct env_variable *items;
    size_t count;
};

/* SV_DATA: a line is malformed, or its key is no name of a variable; the message tells file
 * and line. Owner: env_file_clear. */
enum sv_status env_file_read(struct env_file *out, const char *path,
                             struct sv_err *err) SV_MUST_USE;
void env_file_clear(struct env_file *file);
#define ENV_FILE_OWNED __attribute__((cleanup(env_file_clear)))

/* Looks the references up and releases them, all or none, as those of exec. */
enum sv_status env_file_fill(struct env_file *file, struct vault *v, const char *note,
                             struct sv_err *err) SV_MUST_USE;

/* "KEY=VALUE" of the one at i, with its NUL; borrowed. After env_file_fill. */
const char *env_file_entry(const struct env_file *file, size_t i);

#endif
