/* SPDX-License-Identifier: ISC */
/*
 * Mautic 4 and before, with SwiftMailer. The parameters of local.php pass through Symfony's
 * container, where %% is %.
 */
#include "tool/format.h"

const struct format format_mautic4 = {
    .name = "mautic4",
    .title = "Mautic 4 settings",
    .file = "app/config/local.php",
    .owner = "www-data:www-data",
    .about = "The lines go into the array $parameters of app/config/local.php, in the place "
             "of those that are there; then bin/console cache:clear. It has no setting for "
             "the server's authorities: a CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .quoting = &quoting_php_parameter,
    .layout = "    'mailer_transport' => 'smtp',\n"
              "    'mailer_host' => $(host),\n"
              "    'mailer_port' => '$(port)',\n"
              "?starttls     'mailer_encryption' => 'tls',\n"
              "?implicit     'mailer_encryption' => 'ssl',\n"
              "?none     'mailer_encryption' => null,\n"
              "?user ?login     'mailer_auth_mode' => 'login',\n"
              "?user ?cram-md5     'mailer_auth_mode' => 'cram-md5',\n"
              "?user ?!login ?!cram-md5     'mailer_auth_mode' => 'plain',\n"
              "?user     'mailer_user' => $(user),\n"
              "?user     'mailer_password' => $(secret),\n"
              "?from     'mailer_from_email' => $(from),\n",
};
