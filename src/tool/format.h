/* SPDX-License-Identifier: ISC */
/*
 * format: how a tool wants a login written. One file for each, with one const struct
 * format_NAME, and one row in formats.def. A value that a syntax cannot say is refused
 * (SV_DATA, naming the offending character and its place), never mangled.
 *
 * Most tools are a layout (layout.h): a text with places for values. Those that need
 * more have a function, `write`.
 */
#ifndef TOOL_FORMAT_H
#define TOOL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/sink.h"
#include "domain/profile.h"
#include "format/quoting.h"

struct format_input {
    const struct profile *profile;
    const struct secret *secret; /* NULL: write the command hook instead */
    const char *program;         /* absolute path or name of smtpvault, for hooks */
    const char *vault;           /* --vault FILE for the hook, or NULL for the default vault */
    const char *keyfile;         /* --keyfile FILE for the hook, or NULL */
    const char *token_from;      /* --token-from SOURCE for the hook, or NULL */
    bool appended;               /* may go behind what the tool's file has already */
    bool among;                  /* the file has another login that is the default */
    bool alone;                  /* set by format_write: the only login in the file */
};

/* Which ways to the server a tool can be told, so that none is left to chance. */
enum format_tls { SAYS_STARTTLS = 1, SAYS_IMPLICIT = 2, SAYS_NONE = 4, SAYS_ALL = 7 };
#define SAYS_TLS (SAYS_STARTTLS | SAYS_IMPLICIT)
/* Its bit in `auth`. */
#define SAYS_AUTH(mechanism) (1U << (mechanism))

struct format {
    const char *name;    /* --to NAME */
    const char *title;   /* "msmtp configuration" */
    const char *file;    /* where the tool looks for it, "~/.msmtprc" */
    const char *owner;   /* "root:mail" where it is not the user's own, or NULL */
    unsigned mode;       /* of that file with a secret in it; 0: 0600 */
    const char *about;   /* sentences for smtpvault-export(5), or NULL: what is refused and why,
                            what else has to be done */
    unsigned tls;        /* SAYS_*; 0: it says nothing of the server's TLS, or of no server */
    unsigned auth;       /* SAYS_AUTH() of the mechanisms that it knows; 0: not our business */
    bool has_hook;       /* can ask smtpvault by a command */
    bool secretless;     /* the secret is in another file or is asked for: never with --inline */
    bool many;           /* can hold several logins */
    bool oauth;          /* takes an access token in a password's stead, when the login has one */
    bool needs_user;     /* nothing can be written without a user name */
    const char *between; /* text between logins, or NULL */

    /* A layout, and how its values are written where it does not say otherwise; or a function. */
    const char *layout;
    const struct quoting *quoting;
    enum sv_status (*write)(struct sink *out, const struct format_input *in, struct sv_err *err);
    /* One document around all logins, or NULL. */
    const char *begin, *end;
};

/* The rows of formats.def, in their order. */
extern const struct format *const formats[];
extern const size_t format_count;
const struct format *format_find(const char *name); /* NULL: there is none */
const char *format_group(const struct format *f);   /* the title of its group */

#define FORMAT(id) extern const struct format format_##id;
#include "tool/formats.def"
#undef FORMAT

/* Writes all inputs with begin, between, end. SV_USAGE when a secret is missing and the
 * format has no hook, or when it cannot hold several logins; SV_DATA when a login cannot be
 * said. Nothing of `out` may be released when this fails. */
enum sv_status format_write(const struct format *f, struct sink *out,
                            const struct format_input *inputs, size_t count,
                            struct sv_err *err) SV_MUST_USE;

#endif
