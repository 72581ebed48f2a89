/* SPDX-License-Identifier: ISC */
/*
 * The quotes of nullmailer's own argument parser, which is no shell: '\'' is read wrongly.
 */
#include "tool/layout.h"

const struct format format_nullmailer = {
    .name = "nullmailer",
    .title = "nullmailer remotes",
    .file = "/etc/nullmailer/remotes",
    .owner = "mail:mail",
    .about = "Read at each run of the queue: nothing has to be restarted.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN),
    .many = true,
    .needs_user = true,
    .quoting = &quoting_apart,
    .layout = "$(host raw) smtp --port=$(port)" LAYOUT_JOIN "?starttls  --starttls" LAYOUT_JOIN
              "?implicit  --ssl" LAYOUT_JOIN "?ca  --x509cafile=$(ca)" LAYOUT_JOIN
              "?login  --auth-login" LAYOUT_JOIN " --user=$(user) --pass=$(secret)\n",
};
