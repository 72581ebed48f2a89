/* SPDX-License-Identifier: ISC */
/*
 * A line of a table of credentials (table(5)); the label is in the URL of the relay. Blanks
 * at the end of a line are lost.
 */
#include "tool/format.h"

const struct format format_opensmtpd = {
    .name = "opensmtpd",
    .title = "OpenSMTPD secrets",
    .file = "/etc/mail/secrets",
    .owner = "root:opensmtpd",
    .mode = 0640,
    .about = "The name of the login is the label; opensmtpd-conf has the lines that use it. "
             "\"smtpctl update table secrets\" after a change.",
    .tls = SAYS_TLS,
    .many = true,
    .needs_user = true,
    .quoting = &quoting_bare,
    .layout = "$(name id) $(user field):$(secret)\n",
};
