/* SPDX-License-Identifier: ISC */
/*
 * ActionMailer hands these to the mail gem. enable_starttls is "TLS or fail", the _auto one
 * takes it when it is offered; with tls both have to be absent.
 */
#include "tool/format.h"

const struct format format_rails = {
    .name = "rails",
    .title = "Rails settings",
    .file = "config/environments/production.rb",
    .about = "It goes inside Rails.application.configure. A file that is committed is no "
             "place for a secret: keep it in one of its own, and load that there.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .quoting = &quoting_ruby,
    .layout = "config.action_mailer.delivery_method = :smtp\n"
              "config.action_mailer.smtp_settings = {\n"
              "  address: $(host),\n"
              "  port: $(port),\n"
              "?domain   domain: $(domain),\n"
              "?user   user_name: $(user),\n"
              "?user   password: $(secret),\n"
              "?user ?login   authentication: :login,\n"
              "?user ?cram-md5   authentication: :cram_md5,\n"
              "?user ?!login ?!cram-md5   authentication: :plain,\n"
              "?starttls   enable_starttls: true,\n"
              "?implicit   tls: true,\n"
              "?none   enable_starttls_auto: false,\n"
              "?ca   ca_file: $(ca),\n"
              "?!none   openssl_verify_mode: 'peer',\n"
              "}\n",
};
