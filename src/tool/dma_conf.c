/* SPDX-License-Identifier: ISC */
/*
 * dma(8). SECURETRANSFER alone is implicit TLS, with STARTTLS that; OPPORTUNISTIC_TLS, which
 * would send in clear where the server offers none, is never written.
 */
#include "tool/format.h"

const struct format format_dma_conf = {
    .name = "dma-conf",
    .title = "dma configuration",
    .file = "/etc/dma/dma.conf",
    .owner = "root:mail",
    .mode = 0644,
    .about = "The password is in dma. It does not check the server's certificate: FINGERPRINT pins "
             "one.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .secretless = true,
    .quoting = &quoting_word,
    .layout = "SMARTHOST $(host)\n"
              "PORT $(port)\n"
              "AUTHPATH /etc/dma/auth.conf\n"
              "?!none SECURETRANSFER\n"
              "?starttls STARTTLS\n"
              "?none INSECURE\n",
};
