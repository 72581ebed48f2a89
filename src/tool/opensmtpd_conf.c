/* SPDX-License-Identifier: ISC */
/*
 * smtpd.conf(5). smtp+tls:// is STARTTLS or nothing; without TLS it refuses to log in.
 */
#include "tool/layout.h"

const struct format format_opensmtpd_conf = {
    .name = "opensmtpd-conf",
    .title = "OpenSMTPD relay",
    .file = "/etc/smtpd.conf",
    .owner = "root:root",
    .mode = 0644,
    .about = "Takes the place of the action \"relay\" and what matches it. Without TLS OpenSMTPD "
             "does not log in. \"systemctl restart opensmtpd\" after it; the password is in "
             "opensmtpd.",
    .tls = SAYS_TLS,
    .secretless = true,
    .needs_user = true,
    .quoting = &quoting_id,
    .layout = "table secrets file:/etc/mail/secrets\n"
              "action \"relay\" relay host " LAYOUT_JOIN "?starttls smtp+tls://" LAYOUT_JOIN
              "?implicit smtps://" LAYOUT_JOIN "$(name)@$(urlhost raw):$(port) auth <secrets>\n"
              "match from local for any action \"relay\"\n",
};
