/* SPDX-License-Identifier: ISC */
/* For parse_ini_file(), in its normal mode. */
#include "tool/format.h"

const struct format format_php_ini = {
    .name = "php-ini",
    .title = "INI for PHP",
    .file = "smtp.ini",
    .about = "For parse_ini_file($file, true). PHP's own php.ini has no place for a login: "
             "sendmail_path there starts a mailer that has one, as \"msmtp -t -a NAME\".",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_php_ini,
    .layout = "[smtp]\n"
              "host = $(host)\n"
              "port = $(port)\n"
              "?starttls tls = \"starttls\"\n"
              "?implicit tls = \"implicit\"\n"
              "?none tls = \"none\"\n"
              "?ca ca_file = $(ca)\n"
              "?user username = $(user)\n"
              "?user password = $(secret)\n"
              "?from from = $(from)\n",
};
