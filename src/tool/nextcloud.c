/* SPDX-License-Identifier: ISC */
/* Nextcloud merges the files in config/ that end in .config.php. mail_smtpsecure is "ssl" or empty.
 */
#include "tool/format.h"

const struct format format_nextcloud = {
    .name = "nextcloud",
    .title = "Nextcloud settings",
    .file = "config/smtp.config.php",
    .owner = "www-data:www-data",
    .about = "What the page of the settings says is kept in config.php, and this file takes "
             "precedence. It takes STARTTLS where the server offers it and cannot be held to "
             "it: where the server has port 465, take that.",
    .tls = SAYS_ALL,
    .quoting = &quoting_php,
    .layout = "<?php\n"
              "$CONFIG = array(\n"
              "  'mail_smtpmode' => 'smtp',\n"
              "  'mail_smtphost' => $(host),\n"
              "  'mail_smtpport' => $(port),\n"
              "?implicit   'mail_smtpsecure' => 'ssl',\n"
              "?!implicit   'mail_smtpsecure' => '',\n"
              "?user   'mail_smtpauth' => true,\n"
              "?!user   'mail_smtpauth' => false,\n"
              "?user   'mail_smtpname' => $(user),\n"
              "?user   'mail_smtppassword' => $(secret),\n"
              "?domain   'mail_from_address' => $(local),\n"
              "?domain   'mail_domain' => $(domain),\n"
              "?ca   'mail_smtpstreamoptions' => array('ssl' => array('cafile' => $(ca))),\n"
              ");\n",
};
