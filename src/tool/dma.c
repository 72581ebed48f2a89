/* SPDX-License-Identifier: ISC */
/*
 * dma(8) reads a line of auth.conf up to the first "|", then up to the first colon or blank;
 * the rest is the password, with all that is in it. A line that begins with "#" is a comment,
 * and one of more than 2046 bytes is cut.
 */
#include "tool/format.h"
#include "tool/login.h"

#define TARGET "dma"
#define LINE_MOST 2046

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    struct value user = value_text("user name", in->profile->username);
    struct value host = login_bare_host(in->profile);
    struct value password = value_secret(in->secret);
    enum sv_status st;

    if ((st = escape_refuse(TARGET, user, LINE_ENDS "|", err)) != SV_OK ||
        (st = escape_refuse(TARGET, host, LINE_ENDS ": \t", err)) != SV_OK ||
        (st = escape_refuse(TARGET, password, LINE_ENDS, err)) != SV_OK) {
        return st;
    }
    if (user.bytes[0] == '#') {
        return escape_refuse_at(TARGET, user, 0, err);
    }
    size_t before = user.len + host.len + sizeof("|:") - 1;
    if (before > LINE_MOST) {
        return escape_refuse_long(TARGET, user, LINE_MOST - host.len - sizeof("|:") + 1, err);
    }
    if ((st = escape_refuse_long(TARGET, password, LINE_MOST - before, err)) != SV_OK) {
        return st;
    }
    sink_put(out, user.bytes, user.len);
    sink_puts(out, "|");
    sink_put(out, host.bytes, host.len);
    sink_puts(out, ":");
    sink_put(out, password.bytes, password.len);
    sink_puts(out, "\n");
    return SV_OK;
}

const struct format format_dma = {
    .name = "dma",
    .title = "dma auth.conf",
    .file = "/etc/dma/auth.conf",
    .owner = "root:mail",
    .mode = 0640,
    .about = "dma-conf has the way to the server. It logs in by CRAM-MD5 or LOGIN; a server that "
             "has PLAIN as a rule has LOGIN too.",
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .many = true,
    .needs_user = true,
    .write = write,
};
