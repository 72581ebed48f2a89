/* SPDX-License-Identifier: ISC */
/* The environment of the container, in containers/app.yml. */
#include "tool/format.h"

const struct format format_discourse = {
    .name = "discourse",
    .title = "Discourse settings",
    .file = "/var/discourse/containers/app.yml",
    .owner = "root:root",
    .about = "The lines go under env: of the file; then ./launcher rebuild app. A backslash, "
             "# and blanks at the ends are refused: the launcher passes values on through a "
             "shell that takes them away, and its sample warns of #. It takes STARTTLS where "
             "the server offers it and cannot be held to it: where the server has port 465, "
             "take that.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .quoting = &quoting_discourse,
    .layout = "env:\n"
              "  DISCOURSE_SMTP_ADDRESS: $(host)\n"
              "  DISCOURSE_SMTP_PORT: $(port)\n"
              "?user   DISCOURSE_SMTP_USER_NAME: $(user)\n"
              "?user   DISCOURSE_SMTP_PASSWORD: $(secret)\n"
              "?user ?login   DISCOURSE_SMTP_AUTHENTICATION: login\n"
              "?user ?cram-md5   DISCOURSE_SMTP_AUTHENTICATION: cram_md5\n"
              "?user ?!login ?!cram-md5   DISCOURSE_SMTP_AUTHENTICATION: plain\n"
              "?starttls   DISCOURSE_SMTP_ENABLE_START_TLS: true\n"
              "?!starttls   DISCOURSE_SMTP_ENABLE_START_TLS: false\n"
              "?implicit   DISCOURSE_SMTP_FORCE_TLS: true\n"
              "?!none   DISCOURSE_SMTP_OPENSSL_VERIFY_MODE: peer\n"
              "?domain   DISCOURSE_SMTP_DOMAIN: $(domain)\n"
              "?from   DISCOURSE_NOTIFICATION_EMAIL: $(from)\n",
};
