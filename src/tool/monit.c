/* SPDX-License-Identifier: ISC */
/*
 * The strings of monitrc(1) have two kinds of quotes and no escape in either.
 *
 * "using ssl" and "using tls" mean the same. Whether that is STARTTLS goes by the port: it is
 * on 25 and 587, and on no other.
 */
#include "tool/layout.h"

static const struct format lines = {
    .name = "monit",
    .quoting = &quoting_either,
    .layout =
        "set mailserver $(host raw) port $(port) username $(user) password $(secret)" LAYOUT_JOIN
        "?starttls  using tls" LAYOUT_JOIN "?implicit  using ssl" LAYOUT_JOIN "\n",
};

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    bool starttls = p->port == 25 || p->port == 587;

    if (p->tls != TLS_NONE && (p->tls == TLS_STARTTLS) != starttls) {
        return sv_fail(err, SV_DATA,
                       "monit speaks STARTTLS on the ports 25 and 587, and on all others implicit "
                       "TLS, so that it cannot be told %s on port %u: \"smtpvault edit NAME --port "
                       "N --tls MODE\"",
                       profile_tls_title(p->tls), p->port);
    }
    return layout_write(out, &lines, in, err);
}

const struct format format_monit = {
    .name = "monit",
    .title = "monit mailserver",
    .file = "/etc/monit/conf.d/mail",
    .owner = "root:root",
    .about =
        "A password with both kinds of quotes cannot be said, nor one that begins or ends with "
        "one. It speaks STARTTLS on the ports 25 and 587, on all others implicit TLS. "
        "\"monit reload\" after it.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN),
    .needs_user = true,
    .write = write,
};
