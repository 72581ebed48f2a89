/* SPDX-License-Identifier: ISC */
/*
 * Prometheus' Alertmanager. It takes implicit TLS for port 465; with smtp_require_tls it wants
 * STARTTLS even there. CRAM-MD5 has a key of its own for the secret.
 */
#include "tool/format.h"

const struct format format_alertmanager = {
    .name = "alertmanager",
    .title = "Alertmanager settings",
    .file = "/etc/prometheus/alertmanager.yml",
    .owner = "root:prometheus",
    .mode = 0640,
    .about = "Implicit TLS works on port 465; for another one smtp_force_implicit_tls has to "
             "be set, which older versions do not know, nor smtp_tls_config for a CA of one's own. "
             "Without TLS it sends no password but "
             "to this machine. smtp_auth_password_file names a file with the password "
             "instead.",
    .tls = SAYS_ALL,
    .quoting = &quoting_yaml,
    .layout = "global:\n"
              "  smtp_smarthost: \"$(urlhost raw):$(port)\"\n"
              "?from   smtp_from: $(from)\n"
              "?user   smtp_auth_username: $(user)\n"
              "?user ?!cram-md5   smtp_auth_password: $(secret)\n"
              "?user ?cram-md5   smtp_auth_secret: $(secret)\n"
              "?starttls   smtp_require_tls: true\n"
              "?!starttls   smtp_require_tls: false\n"
              "?ca   smtp_tls_config:\n"
              "?ca     ca_file: $(ca)\n",
};
