/* SPDX-License-Identifier: ISC */
/*
 * esmtprc(5): strings as C has them, but for the double quote. STARTTLS is the only TLS it knows.
 */
#include "tool/format.h"

const struct format format_esmtp = {
    .name = "esmtp",
    .title = "esmtp configuration",
    .file = "~/.esmtprc",
    .about = "It knows no implicit TLS, and looks for the server's authorities in "
             "~/.authenticate/ca.pem.",
    .tls = SAYS_STARTTLS | SAYS_NONE,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .needs_user = true,
    .quoting = &quoting_octal,
    .layout = "hostname = $(urlhost raw):$(port)\n"
              "username = $(user)\n"
              "password = $(secret)\n"
              "?starttls starttls = required\n"
              "?none starttls = disabled\n",
};
