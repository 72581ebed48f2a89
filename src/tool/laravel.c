/* SPDX-License-Identifier: ISC */
/*
 * Laravel 11 and later read MAIL_SCHEME, those before MAIL_ENCRYPTION. "null" is null to env().
 */
#include "tool/format.h"

const struct format format_laravel = {
    .name = "laravel",
    .title = "Laravel .env",
    .file = ".env",
    .about = "After a change: php artisan config:clear. From Laravel 9 on it takes STARTTLS "
             "where the server offers it and cannot be held to it from here: where the "
             "server has port 465, take that. It has no setting for the server's "
             "authorities: a CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_laravel,
    .layout = "MAIL_MAILER=smtp\n"
              "?implicit MAIL_SCHEME=smtps\n"
              "?!implicit MAIL_SCHEME=smtp\n"
              "?starttls MAIL_ENCRYPTION=tls\n"
              "?implicit MAIL_ENCRYPTION=ssl\n"
              "?none MAIL_ENCRYPTION=null\n"
              "MAIL_HOST=$(host)\n"
              "MAIL_PORT=$(port)\n"
              "?user MAIL_USERNAME=$(user)\n"
              "?user MAIL_PASSWORD=$(secret)\n"
              "?from MAIL_FROM_ADDRESS=$(from)\n",
};
