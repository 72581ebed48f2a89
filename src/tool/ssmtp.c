/* SPDX-License-Identifier: ISC */
/*
 * ssmtp.conf(5) splits a line at blanks, "=" and ends it at "#", and knows no quotes. Of mailhub
 * it takes what is before the first colon, so that no IPv6 address can be said.
 */
#include "tool/format.h"

const struct format format_ssmtp = {
    .name = "ssmtp",
    .title = "ssmtp configuration",
    .file = "/etc/ssmtp/ssmtp.conf",
    .owner = "root:mail",
    .mode = 0640,
    .about = "A blank, a tab, \"#\" and \"=\" cannot be said. It logs in by LOGIN, or by CRAM-MD5 "
             "where the login says so, and does not check the server's "
             "certificate.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .needs_user = true,
    .quoting = &quoting_token,
    .layout = "mailhub=$(host field):$(port)\n"
              "AuthUser=$(user)\n"
              "AuthPass=$(secret)\n"
              "?mechanism AuthMethod=$(mechanism raw)\n"
              "?!none UseTLS=YES\n"
              "?starttls UseSTARTTLS=YES\n"
              "?none UseTLS=NO\n"
              "FromLineOverride=YES\n",
};
