/* SPDX-License-Identifier: ISC */
/* Redmine puts the file through ERB, reads it as YAML and gives the settings to ActionMailer. */
#include "tool/format.h"

const struct format format_redmine = {
    .name = "redmine",
    .title = "Redmine settings",
    .file = "config/configuration.yml",
    .owner = "root:www-data",
    .mode = 0640,
    .about = "In Debian the file is /etc/redmine/default/configuration.yml.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .quoting = &quoting_yaml_erb,
    .layout = "default:\n"
              "  email_delivery:\n"
              "    delivery_method: :smtp\n"
              "    smtp_settings:\n"
              "      address: $(host)\n"
              "      port: $(port)\n"
              "?domain       domain: $(domain)\n"
              "?user       user_name: $(user)\n"
              "?user       password: $(secret)\n"
              "?user ?login       authentication: :login\n"
              "?user ?cram-md5       authentication: :cram_md5\n"
              "?user ?!login ?!cram-md5       authentication: :plain\n"
              "?starttls       enable_starttls: true\n"
              "?implicit       tls: true\n"
              "?none       enable_starttls_auto: false\n"
              "?ca       ca_file: $(ca)\n"
              "?!none       openssl_verify_mode: peer\n",
};
