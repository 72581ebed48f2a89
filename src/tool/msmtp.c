/* SPDX-License-Identifier: ISC */
/*
 * msmtprc(5), as msmtp 1.8 reads it: an argument that begins with a double quote
 * ends at the last double quote of its line, and nothing between them is special.
 * So every value is wrapped and none is escaped; only line ends cannot be said, and
 * lines of more than 499 bytes.
 *
 * An account's name knows neither colon nor comma. %U %H %C %M in `from` would be
 * replaced, so they are refused there.
 */
#include <string.h>

#include "tool/format.h"
#include "tool/login.h"

#define TARGET "msmtp"
#define LINE_MOST 499

static enum sv_status put(struct sink *out, const char *key, struct value v, struct sv_err *err)
{
    enum sv_status st = escape_refuse(TARGET, v, LINE_ENDS, err);

    if (st == SV_OK) {
        st = escape_refuse_long(TARGET, v, LINE_MOST - strlen(key) - strlen(" \"\""), err);
    }
    if (st == SV_OK) {
        sink_printf(out, "%s \"", key);
        sink_put(out, v.bytes, v.len);
        sink_puts(out, "\"\n");
    }
    return st;
}

static enum sv_status put_from(struct sink *out, const struct profile *p, struct sv_err *err)
{
    struct value from = login_sender(p);

    if (from.len == 0) {
        return SV_OK;
    }
    for (size_t i = 0; i + 1 < from.len; i++) {
        if (from.bytes[i] == '%' && strchr("UHCM", from.bytes[i + 1])) {
            bool given = p->from && p->from[0];
            return given ? escape_refuse_at(TARGET, from, i, err) : SV_OK;
        }
    }
    return put(out, "from", from, err);
}

static enum sv_status put_password(struct sink *out, const struct format_input *in,
                                   struct sv_err *err)
{
    BLOB_OWNED struct blob command = {0};

    if (in->secret) {
        return put(out, "password", value_secret(in->secret), err);
    }
    enum sv_status st = login_command(&command, in, TARGET, LINE_ENDS, err);
    if (st != SV_OK) {
        return st;
    }
    return put(out, "passwordeval", (struct value){command.bytes, command.len, "command"}, err);
}

static enum sv_status put_tls(struct sink *out, const struct profile *p, struct sv_err *err)
{
    struct value ca_file = login_ca_file(p);

    if (p->tls == TLS_NONE) {
        sink_puts(out, "tls off\n");
        return SV_OK;
    }
    sink_printf(out, "tls on\ntls_starttls %s\n", p->tls == TLS_STARTTLS ? "on" : "off");
    return ca_file.len ? put(out, "tls_trust_file", ca_file, err) : SV_OK;
}

/* A name of quotes would lose them, so that only a plain one goes without. */
static void put_name(struct sink *out, const char *before, const char *name)
{
    const char *quote = value_is_plain(value_text("", name)) ? "" : "\"";

    sink_printf(out, "%s%s%s%s\n", before, quote, name, quote);
}

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    struct value host = login_bare_host(p);
    enum sv_status st;

    if ((st = escape_refuse(TARGET, value_text("profile name", p->name), LINE_ENDS ":,", err)) !=
            SV_OK ||
        (st = login_need_user(p, TARGET, err)) != SV_OK) {
        return st;
    }
    put_name(out, "account ", p->name);
    sink_printf(out, "host %.*s\nport %u\n", (int)host.len, (const char *)host.bytes, p->port);
    if ((st = put_from(out, p, err)) != SV_OK) {
        return st;
    }
    sink_printf(out, "auth %s\n", p->auth == AUTH_AUTO ? "on" : profile_auth_word(p->auth));
    if ((st = put(out, "user", value_text("user name", p->username), err)) != SV_OK ||
        (st = put_password(out, in, err)) != SV_OK || (st = put_tls(out, p, err)) != SV_OK) {
        return st;
    }
    /* Without this msmtp wants -a NAME; with two of them it refuses the whole file. */
    if (in->alone && strcmp(p->name, "default") != 0) {
        put_name(out, in->appended ? "# account default : " : "account default : ", p->name);
    }
    return SV_OK;
}

const struct format format_msmtp = {
    .name = "msmtp",
    .title = "msmtp configuration",
    .file = "~/.msmtprc",
    .tls = SAYS_ALL,
    .has_hook = true,
    .oauth = true,
    .many = true,
    .needs_user = true,
    .between = "\n",
    .write = write,
};
