/* SPDX-License-Identifier: ISC */
/*
 * muttrc(5), for mutt 2 and neomutt. Inside single quotes everything is literal
 * but the single quote, written '\'' as in a shell. Double quotes evaluate: $ is a
 * variable and a backtick runs a command, so a value stands there only percent-
 * encoded, and the hook is the one backticked command we mean.
 *
 * The command between the backticks goes to the shell as it stands, but mutt and
 * neomutt disagree about backslashes in it: the two characters are refused.
 *
 * Both cut silently: a user name after 127 bytes, a password after 255, the host
 * after 127. What a hook prints is cut as well, where nothing can warn.
 */
#include "tool/mutt.h"

#include "domain/login.h"
#include "tool/login.h"

#define TARGET "mutt"
#define HOST_MOST 127
#define USER_MOST 127
#define PASSWORD_MOST 255

static enum sv_status put_single(struct sink *out, const char *key, struct value v,
                                 struct sv_err *err)
{
    enum sv_status st = escape_refuse(TARGET, v, LINE_ENDS, err);

    if (st == SV_OK) {
        sink_printf(out, "set %s=", key);
        escape_single(out, v);
        sink_puts(out, "\n");
    }
    return st;
}

static enum sv_status put_hook(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    BLOB_OWNED struct blob command = {0};
    enum sv_status st = login_command(&command, in, TARGET, LINE_ENDS "`\\", err);

    if (st != SV_OK) {
        return st;
    }
    if (login_is_oauth(in->profile)) {
        struct value v = {command.bytes, command.len, "command"};
        return put_single(out, "smtp_oauth_refresh_command", v, err);
    }
    /* Without the double quotes around it, mutt would split and evaluate what the
     * command prints. */
    sink_puts(out, "set smtp_pass=\"`");
    sink_put(out, command.bytes, command.len);
    sink_puts(out, "`\"\n");
    return SV_OK;
}

static enum sv_status put_password(struct sink *out, const struct format_input *in,
                                   struct sv_err *err)
{
    if (!in->secret) {
        return put_hook(out, in, err);
    }
    if (login_is_oauth(in->profile)) {
        return sv_fail(err, SV_DATA,
                       "mutt takes an OAuth 2 token from a command only: leave --inline out");
    }
    struct value password = value_secret(in->secret);
    enum sv_status st = escape_refuse_long(TARGET, password, PASSWORD_MOST, err);
    return st == SV_OK ? put_single(out, "smtp_pass", password, err) : st;
}

enum sv_status mutt_write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    const char *starttls = p->tls == TLS_STARTTLS ? "yes" : "no";
    const char *force = p->tls == TLS_NONE ? "no" : "yes";
    struct value user = value_text("user name", p->username);
    struct value ca_file = login_ca_file(p);
    enum sv_status st;

    if ((st = login_need_user(p, TARGET, err)) != SV_OK ||
        (st = escape_refuse_long(TARGET, user, USER_MOST, err)) != SV_OK ||
        (st = escape_refuse_long(TARGET, value_text("host", p->host), HOST_MOST, err)) != SV_OK) {
        return st;
    }
    sink_printf(out, "set smtp_url=\"%s://", p->tls == TLS_IMPLICIT ? "smtps" : "smtp");
    escape_percent(out, user);
    sink_printf(out, "@%s:%u/\"\n", p->host, p->port);
    if ((st = put_password(out, in, err)) != SV_OK) {
        return st;
    }
    if (p->auth != AUTH_AUTO) {
        sink_printf(out, "set smtp_authenticators=\"%s\"\n", profile_auth_word(p->auth));
    }
    sink_printf(out, "set ssl_starttls=%s\nset ssl_force_tls=%s\n", starttls, force);
    if (ca_file.len && (st = put_single(out, "ssl_ca_certificates_file", ca_file, err)) != SV_OK) {
        return st;
    }
    if (p->from && p->from[0]) {
        st = put_single(out, "from", value_text("sender address", p->from), err);
    }
    return st;
}

const struct format format_mutt = {
    .name = "mutt",
    .title = "mutt configuration",
    .file = "~/.muttrc",
    .tls = SAYS_ALL,
    .has_hook = true,
    .oauth = true,
    .needs_user = true,
    .write = mutt_write,
};
