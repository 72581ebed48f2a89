/* SPDX-License-Identifier: ISC */
/* force_tls is implicit TLS, require_transport_security STARTTLS or fail. */
#include "tool/format.h"

const struct format format_synapse = {
    .name = "synapse",
    .title = "Matrix Synapse settings",
    .file = "/etc/matrix-synapse/conf.d/email.yaml",
    .owner = "root:matrix-synapse",
    .mode = 0640,
    .about = "A file in conf.d takes the place of the whole section email of "
             "homeserver.yaml. It has no setting for the server's authorities: a CA of one's "
             "own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_yaml,
    .layout = "email:\n"
              "  smtp_host: $(host)\n"
              "  smtp_port: $(port)\n"
              "?user   smtp_user: $(user)\n"
              "?user   smtp_pass: $(secret)\n"
              "?starttls   require_transport_security: true\n"
              "?implicit   force_tls: true\n"
              "?none   enable_tls: false\n"
              "?from   notif_from: $(from)\n",
};
