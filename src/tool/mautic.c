/* SPDX-License-Identifier: ISC */
/*
 * Mautic 5 and later. The parameters of local.php pass through Symfony's container, where %% is
 * %.
 */
#include "tool/layout.h"

const struct format format_mautic = {
    .name = "mautic",
    .title = "Mautic mailer_dsn",
    .file = "config/local.php",
    .owner = "www-data:www-data",
    .about = "The line goes into the array $parameters of config/local.php, in the place of "
             "the one that is there; then bin/console cache:clear. On the page Email "
             "Settings the parts of the DSN are fields of their own and nothing is encoded. "
             "An older Symfony in it does not know require_tls and takes STARTTLS where the "
             "server offers it. It has no setting for the server's authorities: a CA of "
             "one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_url_parameter,
    .layout =
        "?implicit     'mailer_dsn' => 'smtps://" LAYOUT_JOIN
        "?!implicit     'mailer_dsn' => 'smtp://" LAYOUT_JOIN "?user $(user):$(secret)@" LAYOUT_JOIN
        "$(urlhost raw):" LAYOUT_JOIN "?starttls $(port)?require_tls=true" LAYOUT_JOIN
        "?implicit $(port)" LAYOUT_JOIN "?none $(port)?auto_tls=false" LAYOUT_JOIN "',\n"
        "?from     'mailer_from_email' => $(from php-parameter),\n",
};
