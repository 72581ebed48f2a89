/* SPDX-License-Identifier: ISC */
/*
 * login: what the syntaxes share about one login: the command that asks
 * smtpvault for the secret, and the names of mechanisms.
 */
#ifndef TOOL_LOGIN_H
#define TOOL_LOGIN_H

#include "base/buf.h"
#include "format/escape.h"
#include "tool/format.h"

/* Appends the command as a POSIX shell takes it: `smtpvault get work`, with what
 * is not plain in single quotes. A single quote inside is written '"'"': no
 * backslash is ever in the command, as several syntaxes would eat one. SV_DATA
 * when the name or one of the paths holds one of `refused`. */
enum sv_status login_command(struct blob *out, const struct format_input *in, const char *target,
                             const char *refused, struct sv_err *err) SV_MUST_USE;

/* The same for the command that git can have as its credential helper, for this login. */
enum sv_status login_git_helper(struct blob *out, const struct format_input *in, const char *target,
                                const char *refused, struct sv_err *err) SV_MUST_USE;

/* The same for the command that prints the login as a netrc of curl's and s-nail's. */
enum sv_status login_netrc_command(struct blob *out, const struct format_input *in,
                                   const char *target, const char *refused,
                                   struct sv_err *err) SV_MUST_USE;

/* "PLAIN", "SCRAM-SHA-256" ...; NULL for auto. */
const char *login_mechanism(enum profile_auth auth);

/* SV_DATA, with the option that mends it, when the profile has no user name. */
enum sv_status login_need_user(const struct profile *p, const char *target,
                               struct sv_err *err) SV_MUST_USE;

/* The sender address; where the profile has none, the user name that is one. For
 * tools that send nothing without it. */
struct value login_sender(const struct profile *p);

/* The file of the server's authorities; empty where the system's do, or without TLS. */
struct value login_ca_file(const struct profile *p);

/* The host without the brackets of an IPv6 address. */
struct value login_bare_host(const struct profile *p);

#endif
