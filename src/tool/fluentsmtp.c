/* SPDX-License-Identifier: ISC */
/* FluentSMTP has no constants for the server, only for the login. */
#include "tool/format.h"

const struct format format_fluentsmtp = {
    .name = "fluentsmtp",
    .title = "FluentSMTP constants",
    .file = "wp-config.php",
    .owner = "www-data:www-data",
    .about = "The lines go into wp-config.php above \"That's all, stop editing\". Server, "
             "port and encryption are set on the plugin's page, where the connection has to "
             "take its keys from the configuration file.",
    .needs_user = true,
    .quoting = &quoting_php,
    .layout = "define('FLUENTMAIL_SMTP_USERNAME', $(user));\n"
              "define('FLUENTMAIL_SMTP_PASSWORD', $(secret));\n",
};
