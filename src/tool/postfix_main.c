/* SPDX-License-Identifier: ISC */
/*
 * The lines of main.cf. "secure" checks the certificate, and the name in it; Debian sets no
 * authorities. proxy: because Debian's smtp(8) runs in a chroot, where the socket is not.
 */
#include "tool/format.h"

const struct format format_postfix_main = {
    .name = "postfix-main",
    .title = "Postfix main.cf, asking the agent",
    .file = "/etc/postfix/main.cf",
    .owner = "root:root",
    .mode = 0644,
    .about = "Postfix asks the agent for the password at each login, by smtpvault-socketmap.socket "
             "(smtpvault-agent(7)): a rotation needs no reload. \"smtpvault grant add NAME --unit "
             "postfix@-.service\" lets it. \"postfix reload\" after this change.",
    .tls = SAYS_ALL,
    .has_hook = true,
    .secretless = true,
    .needs_user = true,
    .quoting = &quoting_id,
    .layout = "relayhost = [$(host raw)]:$(port)\n"
              "smtp_sasl_auth_enable = yes\n"
              "smtp_sasl_password_maps = "
              "proxy:socketmap:unix:/run/smtpvault/socketmap:sasl/$(name)\n"
              "smtp_sasl_security_options = noanonymous\n"
              "smtp_sasl_tls_security_options = noanonymous\n"
              "?mechanism smtp_sasl_mechanism_filter = $(auth)\n"
              "?!none smtp_tls_security_level = secure\n"
              "?none smtp_tls_security_level = none\n"
              "?implicit smtp_tls_wrappermode = yes\n"
              "?!implicit smtp_tls_wrappermode = no\n"
              "?ca smtp_tls_CAfile = $(ca main-cf)\n"
              "?!ca ?!none smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n",
};
