/* SPDX-License-Identifier: ISC */
/* Roundcube 1.6 has the scheme in smtp_host. */
#include "tool/format.h"

const struct format format_roundcube = {
    .name = "roundcube",
    .title = "Roundcube settings",
    .file = "/etc/roundcube/config.inc.php",
    .owner = "root:www-data",
    .mode = 0640,
    .about = "All users of the webmail send by this one login. %u and %p are refused: "
             "Roundcube puts its user and that one's password in for them.",
    .tls = SAYS_ALL,
    .quoting = &quoting_roundcube,
    .layout = "?starttls $config['smtp_host'] = 'tls://$(urlhost raw):$(port)';\n"
              "?implicit $config['smtp_host'] = 'ssl://$(urlhost raw):$(port)';\n"
              "?none $config['smtp_host'] = '$(urlhost raw):$(port)';\n"
              "?user $config['smtp_user'] = $(user);\n"
              "?user $config['smtp_pass'] = $(secret);\n"
              "?!user $config['smtp_user'] = '';\n"
              "?!user $config['smtp_pass'] = '';\n"
              "?user ?mechanism $config['smtp_auth_type'] = $(mechanism);\n"
              "?!ca $config['smtp_conn_options'] = ['ssl' => ['verify_peer' => true]];\n"
              "?ca $config['smtp_conn_options'] = ['ssl' => ['verify_peer' => true, 'cafile' => "
              "$(ca)]];\n",
};
