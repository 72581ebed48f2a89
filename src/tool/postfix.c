/* SPDX-License-Identifier: ISC */
/*
 * A line of smtp_sasl_password_maps. The key is relayhost, character for character; the first
 * colon ends the user name, and blanks at the end are lost. Postfix answers nothing for a value
 * that is not UTF-8.
 */
#include "tool/format.h"

const struct format format_postfix = {
    .name = "postfix",
    .title = "Postfix sasl_passwd",
    .file = "/etc/postfix/sasl_passwd",
    .owner = "root:root",
    .about = "With texthash:/etc/postfix/sasl_passwd as smtp_sasl_password_maps \"postfix reload\" "
             "reads it; with hash: also \"postmap\", which makes a second copy. The key has to be "
             "the value of relayhost, so the other lines are those of postfix-main but that one. "
             "PLAIN and LOGIN need Debian's libsasl2-modules.",
    .many = true,
    .needs_user = true,
    .quoting = &quoting_utf8_bare,
    .layout = "[$(host raw)]:$(port) $(user utf8-field):$(secret)\n",
};
