/* SPDX-License-Identifier: ISC */
/*
 * Macros that Debian's remote_smtp_smarthost transport looks at. For the split configuration the
 * file is conf.d/main/000_localmacros.
 */
#include "tool/format.h"

const struct format format_exim4_macros = {
    .name = "exim4-macros",
    .title = "exim4 macros for TLS (Debian)",
    .file = "/etc/exim4/exim4.conf.localmacros",
    .owner = "root:root",
    .mode = 0644,
    .about = "With the split configuration the file is /etc/exim4/conf.d/main/000_localmacros. "
             "update-exim4.conf and \"systemctl reload exim4\" after it.",
    .tls = SAYS_ALL,
    .secretless = true,
    .quoting = &quoting_bare,
    .layout = "?implicit REMOTE_SMTP_SMARTHOST_PROTOCOL = smtps\n"
              "?starttls REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *\n"
              "?!none REMOTE_SMTP_SMARTHOST_TLS_VERIFY_HOSTS = *\n"
              "?ca REMOTE_SMTP_SMARTHOST_TLS_VERIFY_CERTIFICATES = $(ca)\n"
              "?none AUTH_CLIENT_ALLOW_NOTLS_PASSWORDS = 1\n",
};
