/* SPDX-License-Identifier: ISC */
/*
 * mail() of PHP hands the message to a program, by a shell: msmtp keeps the login out of PHP.
 */
#include "tool/format.h"

const struct format format_php_sendmail = {
    .name = "php-sendmail",
    .title = "PHP's mail(), by msmtp",
    .file = "php.ini",
    .owner = "root:root",
    .mode = 0644,
    .about = "The account is in msmtp's configuration (--to msmtp), of the user that PHP runs as.",
    .has_hook = true,
    .oauth = true,
    .secretless = true,
    .quoting = &quoting_id,
    .layout = "sendmail_path = \"/usr/bin/msmtp -t -a $(name)\"\n",
};
