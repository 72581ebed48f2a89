/* SPDX-License-Identifier: ISC */
/*
 * The strings of monitrc(1) have two kinds of quotes and no escape in either.
 */
#include "tool/layout.h"

const struct format format_monit = {
    .name = "monit",
    .title = "monit mailserver",
    .file = "/etc/monit/conf.d/mail",
    .owner = "root:root",
    .about = "A password with both kinds of quotes cannot be said. \"monit reload\" after it.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN),
    .needs_user = true,
    .quoting = &quoting_either,
    .layout =
        "set mailserver $(host raw) port $(port) username $(user) password $(secret)" LAYOUT_JOIN
        "?starttls  using tls" LAYOUT_JOIN "?implicit  using ssl" LAYOUT_JOIN "\n",
};
