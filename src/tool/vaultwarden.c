/* SPDX-License-Identifier: ISC */
/*
 * Read by Vaultwarden itself (dotenvy), by docker compose and by systemd: what all of them agree
 * on.
 */
#include "tool/format.h"

const struct format format_vaultwarden = {
    .name = "vaultwarden",
    .title = "Vaultwarden settings",
    .file = ".env",
    .about = "What was saved on the admin page (data/config.json) takes precedence. docker "
             "run --env-file would take the quotes for part of a value: give that a docker- "
             "env. It has no setting for the server's authorities: a CA of one's own has to "
             "be among the system's.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN),
    .quoting = &quoting_dotenv,
    .layout = "SMTP_HOST=$(host)\n"
              "SMTP_PORT=$(port)\n"
              "?starttls SMTP_SECURITY=starttls\n"
              "?implicit SMTP_SECURITY=force_tls\n"
              "?none SMTP_SECURITY=off\n"
              "?user SMTP_USERNAME=$(user)\n"
              "?user SMTP_PASSWORD=$(secret)\n"
              "?user ?login SMTP_AUTH_MECHANISM=Login\n"
              "?user ?!login SMTP_AUTH_MECHANISM=Plain\n"
              "?from SMTP_FROM=$(from)\n",
};
