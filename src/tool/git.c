/* SPDX-License-Identifier: ISC */
/*
 * git-config(1) for git-send-email(1). In double quotes \\ \" \t \n \b are escapes,
 * everything else but a line end is literal.
 *
 * With smtpUser and without smtpPass, send-email asks git's credential helpers for
 * protocol=smtp, host=HOST:PORT, username=USER. Ours is set for exactly that URL,
 * the user included, so that two logins at one server do not meet. The empty helper
 * before it switches the others off: after a login git tells every helper to store
 * the password, and credential-store would write it to the disk.
 */
#include <string.h>

#include "tool/format.h"
#include "tool/login.h"

#define TARGET "git"
#define SPECIALS "\\\""

static enum sv_status put(struct sink *out, const char *key, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(TARGET, v, LINE_ENDS, err);

    if (st == SV_OK) {
        sink_printf(out, "\t%s = ", key);
        escape_double(out, v, SPECIALS);
        sink_puts(out, "\n");
    }
    return st;
}

static enum sv_status put_helper(struct sink *out, const struct format_input *in,
                                 struct sv_err *err)
{
    const struct profile *p = in->profile;
    BLOB_OWNED struct blob line = {0};

    /* git appends the operation: get, store, erase. */
    if (!blob_append(&line, "!", 1)) {
        return sv_fail_nomem(err);
    }
    enum sv_status st = login_git_helper(&line, in, TARGET, LINE_ENDS, err);
    if (st != SV_OK) {
        return st;
    }
    sink_puts(out, "[credential \"smtp://");
    escape_percent(out, value_text("user name", p->username));
    sink_printf(out, "@%s:%u\"]\n\thelper =\n", p->host, p->port);
    return put(out, "helper", (struct value){line.bytes, line.len, "command"}, err);
}

/* Alone it is the default; among others it is an identity (--identity NAME). */
static enum sv_status put_section(struct sink *out, const struct format_input *in,
                                  struct sv_err *err)
{
    struct value name = value_text("profile name", in->profile->name);
    enum sv_status st = escape_refuse(TARGET, name, LINE_ENDS, err);

    if (st != SV_OK) {
        return st;
    }
    if (in->alone) {
        sink_puts(out, "[sendemail]\n");
    } else {
        sink_puts(out, "[sendemail ");
        escape_double(out, name, SPECIALS);
        sink_puts(out, "]\n");
    }
    return SV_OK;
}

static const char *encryption(enum profile_tls tls)
{
    switch (tls) {
    case TLS_STARTTLS:
        return "tls";
    case TLS_IMPLICIT:
        return "ssl";
    case TLS_NONE:
    case TLS_UNSET:
        break;
    }
    return "none";
}

static enum sv_status put_server(struct sink *out, const struct profile *p, struct sv_err *err)
{
    struct value ca_file = login_ca_file(p);

    sink_printf(out, "\tsmtpServer = \"%s\"\n\tsmtpServerPort = %u\n\tsmtpEncryption = %s\n",
                p->host, p->port, encryption(p->tls));
    return ca_file.len ? put(out, "smtpSSLCertPath", ca_file, err) : SV_OK;
}

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    const char *mechanism = login_mechanism(p->auth);
    enum sv_status st;

    if ((st = login_need_user(p, TARGET, err)) != SV_OK ||
        (st = put_section(out, in, err)) != SV_OK || (st = put_server(out, p, err)) != SV_OK ||
        (st = put(out, "smtpUser", value_text("user name", p->username), err)) != SV_OK) {
        return st;
    }
    if (mechanism) {
        sink_printf(out, "\tsmtpAuth = %s\n", mechanism);
    }
    if (p->from && p->from[0] &&
        (st = put(out, "from", value_text("sender address", p->from), err)) != SV_OK) {
        return st;
    }
    return in->secret ? put(out, "smtpPass", value_secret(in->secret), err)
                      : put_helper(out, in, err);
}

const struct format format_git = {
    .name = "git",
    .title = "git send-email configuration",
    .file = "~/.gitconfig",
    .tls = SAYS_ALL,
    .has_hook = true,
    .oauth = true,
    .many = true,
    .needs_user = true,
    .write = write,
};
