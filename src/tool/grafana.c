/* SPDX-License-Identifier: ISC */
/* gomail, in it, takes implicit TLS for port 465 and no other. */
#include "tool/format.h"

const struct format format_grafana = {
    .name = "grafana",
    .title = "Grafana settings",
    .file = "/etc/grafana/grafana.ini",
    .owner = "root:grafana",
    .mode = 0640,
    .about = "${ and $__ are refused: Grafana expands them. Implicit TLS works on port 465 "
             "alone. A password can stay in a file of its own: password = "
             "$__file{/run/secrets/smtp}. It has no setting for the server's authorities: a "
             "CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_grafana,
    .layout = "[smtp]\n"
              "enabled = true\n"
              "host = `$(urlhost raw):$(port)`\n"
              "?user user = $(user)\n"
              "?user password = $(secret)\n"
              "?from from_address = $(from)\n"
              "?starttls startTLS_policy = MandatoryStartTLS\n"
              "?none startTLS_policy = NoStartTLS\n",
};
