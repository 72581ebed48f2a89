/* SPDX-License-Identifier: ISC */
/* phpList 3 gives these to PHPMailer. Its host may be a list, with ; between. */
#include "tool/format.h"

const struct format format_phplist = {
    .name = "phplist",
    .title = "phpList settings",
    .file = "config/config.php",
    .owner = "root:www-data",
    .mode = 0640,
    .about = "The lines go into config/config.php, in the place of a define of the same "
             "name, as PHP keeps the first one. The address in MESSAGE_ENVELOPE, where "
             "bounces go, has to be one that this login may send from. It has no setting for "
             "the server's authorities: a CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_php,
    .layout = "define('PHPMAILERHOST', $(host));\n"
              "define('PHPMAILERPORT', $(port));\n"
              "?starttls define('PHPMAILER_SECURE', 'tls');\n"
              "?implicit define('PHPMAILER_SECURE', 'ssl');\n"
              "?none define('PHPMAILER_SECURE', false);\n"
              "?user $phpmailer_smtpuser = $(user);\n"
              "?user $phpmailer_smtppassword = $(secret);\n",
};
