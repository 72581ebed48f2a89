/* SPDX-License-Identifier: ISC */
/*
 * A DSN, percent-encoded: no dialect of .env sees anything in it. "smtps" is implicit TLS;
 * require_tls is of Symfony 7.3, auto_tls of 7.1, and those before do not mind them.
 */
#include "tool/layout.h"

const struct format format_symfony = {
    .name = "symfony",
    .title = "Symfony MAILER_DSN",
    .file = ".env.local",
    .about = "Before Symfony 7.3 it takes STARTTLS where the server offers it and cannot be "
             "held to it. As a parameter in YAML each % has to be doubled: mautic writes "
             "that. It has no setting for the server's authorities: a CA of one's own has to "
             "be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_url,
    .layout = "?implicit MAILER_DSN=smtps://" LAYOUT_JOIN
              "?!implicit MAILER_DSN=smtp://" LAYOUT_JOIN "?user $(user):$(secret)@" LAYOUT_JOIN
              "$(urlhost raw):" LAYOUT_JOIN "?starttls $(port)?require_tls=true\n"
              "?implicit $(port)\n"
              "?none $(port)?auto_tls=false\n",
};
