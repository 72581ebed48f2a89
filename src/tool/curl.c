/* SPDX-License-Identifier: ISC */
/*
 * A file for curl -K (curl(1), --config). Inside double quotes \\ \" \t \n \r \v
 * are escapes and everything else is literal. `user` splits at the first colon, so
 * a user name cannot hold one. `ssl-reqd` fails where STARTTLS is not offered.
 */
#include "domain/login.h"
#include "tool/format.h"
#include "tool/login.h"

#define TARGET "curl"

static void put_credentials(struct sink *out, const struct format_input *in, struct value user)
{
    const struct profile *p = in->profile;
    const char *mechanism = login_mechanism(p->auth);
    struct value password = value_secret(in->secret);

    if (login_is_oauth(p)) {
        sink_puts(out, "user = ");
        escape_c(out, user);
        sink_puts(out, "\noauth2-bearer = ");
        escape_c(out, password);
    } else {
        sink_puts(out, "user = \"");
        escape_c_inside(out, user);
        sink_puts(out, ":");
        escape_c_inside(out, password);
        sink_puts(out, "\"");
    }
    sink_puts(out, "\n");
    if (mechanism) {
        sink_printf(out, "login-options = \"AUTH=%s\"\n", mechanism);
    }
}

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    struct value user = value_text("user name", p->username);
    struct value from = login_sender(p);
    struct value ca_file = login_ca_file(p);
    enum sv_status st;

    if ((st = login_need_user(p, TARGET, err)) != SV_OK ||
        (st = escape_refuse(TARGET, user, ":", err)) != SV_OK ||
        (st = escape_refuse(TARGET, from, "", err)) != SV_OK ||
        (st = escape_refuse(TARGET, ca_file, "", err)) != SV_OK ||
        (st = escape_refuse(TARGET, value_secret(in->secret), "", err)) != SV_OK) {
        return st;
    }
    sink_printf(out, "url = \"%s://%s:%u\"\n", p->tls == TLS_IMPLICIT ? "smtps" : "smtp", p->host,
                p->port);
    sink_puts(out, p->tls == TLS_NONE ? "no-ssl-reqd\n" : "ssl-reqd\n");
    if (ca_file.len) {
        sink_puts(out, "cacert = ");
        escape_c(out, ca_file);
        sink_puts(out, "\n");
    }
    put_credentials(out, in, user);
    if (from.len) {
        sink_puts(out, "mail-from = ");
        escape_c(out, from);
        sink_puts(out, "\n");
    }
    return SV_OK;
}

const struct format format_curl = {
    .name = "curl",
    .title = "curl configuration (curl -K)",
    .file = "login.curlrc",
    .tls = SAYS_ALL,
    .many = true,
    .needs_user = true,
    .between = "next\n",
    .oauth = true,
    .write = write,
};
