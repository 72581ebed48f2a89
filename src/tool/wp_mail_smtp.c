/* SPDX-License-Identifier: ISC */
/* WPMS_SSL "tls" is STARTTLS, "ssl" implicit TLS. */
#include "tool/format.h"

const struct format format_wp_mail_smtp = {
    .name = "wp-mail-smtp",
    .title = "WP Mail SMTP constants",
    .file = "wp-config.php",
    .owner = "www-data:www-data",
    .about = "The lines go into wp-config.php above \"That's all, stop editing\". They take "
             "precedence over what the plugin's page says. It has no setting for the "
             "server's authorities: a CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_php,
    .layout = "define('WPMS_ON', true);\n"
              "define('WPMS_MAILER', 'smtp');\n"
              "define('WPMS_SMTP_HOST', $(host));\n"
              "define('WPMS_SMTP_PORT', $(port));\n"
              "?starttls define('WPMS_SSL', 'tls');\n"
              "?implicit define('WPMS_SSL', 'ssl');\n"
              "?none define('WPMS_SSL', '');\n"
              "?none define('WPMS_SMTP_AUTOTLS', false);\n"
              "?!none define('WPMS_SMTP_AUTOTLS', true);\n"
              "?user define('WPMS_SMTP_AUTH', true);\n"
              "?!user define('WPMS_SMTP_AUTH', false);\n"
              "?user define('WPMS_SMTP_USER', $(user));\n"
              "?user define('WPMS_SMTP_PASS', $(secret));\n"
              "?from define('WPMS_MAIL_FROM', $(from));\n",
};
