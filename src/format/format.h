/* SPDX-License-Identifier: ISC */
/*
 * format: how other tools want a login written. One row in formats.def and one
 * file for each syntax. A value that a syntax cannot say is refused (SV_DATA,
 * naming the offending character), never mangled.
 */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/sink.h"
#include "domain/profile.h"

struct format_input {
    const struct profile *profile;
    const struct secret *secret; /* NULL: write the command hook instead */
    const char *program;         /* absolute path or name of smtpvault, for hooks */
    const char *vault;           /* --vault FILE for the hook, or NULL for the default vault */
    const char *keyfile;         /* --keyfile FILE for the hook, or NULL */
    const char *token_from;      /* --token-from SOURCE for the hook, or NULL */
    bool appended;               /* may go behind what the tool's file has already */
    bool alone;                  /* set by format_write: the only login in the file */
};

struct format {
    const char *name;    /* --to NAME */
    const char *title;   /* "msmtp configuration" */
    const char *file;    /* where the tool looks for it, "~/.msmtprc" */
    bool has_hook;       /* can ask smtpvault by a command */
    bool many;           /* can hold several logins */
    bool document;       /* one document around all profiles (begin/between/end) */
    const char *between; /* text between profiles */
    enum sv_status (*write)(struct sink *out, const struct format_input *in, struct sv_err *err);
    enum sv_status (*begin)(struct sink *out, struct sv_err *err); /* or NULL */
    enum sv_status (*end)(struct sink *out, struct sv_err *err);   /* or NULL */
};

extern const struct format formats[];
extern const size_t format_count;
const struct format *format_find(const char *name);

/* Writes all inputs with begin, between, end. SV_USAGE when a secret is missing and
 * the format has no hook, or when it cannot hold several logins. Nothing of `out`
 * may be released when this fails. */
enum sv_status format_write(const struct format *f, struct sink *out,
                            const struct format_input *inputs, size_t count,
                            struct sv_err *err) SV_MUST_USE;

#endif
