/* SPDX-License-Identifier: ISC */
/* An array that a program gets by include. */
#include "tool/format.h"

const struct format format_php = {
    .name = "php",
    .title = "PHP array",
    .file = "smtp.php",
    .about = "$smtp = include 'smtp.php'.",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_php,
    .layout = "<?php\n"
              "return [\n"
              "    'host' => $(host),\n"
              "    'port' => $(port),\n"
              "?starttls     'tls' => 'starttls',\n"
              "?implicit     'tls' => 'implicit',\n"
              "?none     'tls' => 'none',\n"
              "?ca     'ca_file' => $(ca),\n"
              "?user     'username' => $(user),\n"
              "?user     'password' => $(secret),\n"
              "?from     'from' => $(from),\n"
              "];\n",
};
