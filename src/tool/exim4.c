/* SPDX-License-Identifier: ISC */
/*
 * A line of Debian's passwd.client, an nwildlsearch: the value is all behind the colon and the
 * blanks after it. Debian's authenticators split it at its first colon and double "^" themselves;
 * a value in quotes would be sent with them.
 */
#include "tool/format.h"

const struct format format_exim4 = {
    .name = "exim4",
    .title = "exim4 passwd.client (Debian)",
    .file = "/etc/exim4/passwd.client",
    .owner = "root:Debian-exim",
    .mode = 0640,
    .about = "The host has to be the name that exim finds for the server's address: where that "
             "differs, write it in its place, or *. Where the server offers CRAM-MD5, a password "
             "with a colon is cut there. Without TLS exim sends none unless "
             "AUTH_CLIENT_ALLOW_NOTLS_PASSWORDS is set. exim4-conf and exim4-macros have the rest.",
    .many = true,
    .needs_user = true,
    .quoting = &quoting_bare,
    .layout = "$(host field):$(user field):$(secret)\n",
};
