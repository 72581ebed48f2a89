/* SPDX-License-Identifier: ISC */
/* submission is STARTTLS or fail, submissions implicit TLS. */
#include "tool/format.h"

const struct format format_authelia = {
    .name = "authelia",
    .title = "Authelia settings",
    .file = "/etc/authelia/configuration.yml",
    .owner = "root:authelia",
    .mode = 0640,
    .about = "The password can stay out of this file: the environment variable "
             "AUTHELIA_NOTIFIER_SMTP_PASSWORD_FILE names a file with it. With the file "
             "filters template or expand-env it is expanded first. CAs of one's own go into "
             "certificates_directory.",
    .tls = SAYS_STARTTLS | SAYS_IMPLICIT,
    .quoting = &quoting_yaml,
    .layout = "notifier:\n"
              "  smtp:\n"
              "?starttls     address: \"submission://$(urlhost raw):$(port)\"\n"
              "?implicit     address: \"submissions://$(urlhost raw):$(port)\"\n"
              "?user     username: $(user)\n"
              "?user     password: $(secret)\n"
              "?from     sender: $(from)\n",
};
