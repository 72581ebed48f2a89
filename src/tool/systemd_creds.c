/* SPDX-License-Identifier: ISC */
/* The bare secret: no byte is added. */
#include "tool/layout.h"

const struct format format_systemd_creds = {
    .name = "systemd-creds",
    .title = "systemd credential",
    .file = "/etc/credstore/smtp",
    .owner = "root:root",
    .about = "A unit with LoadCredential=smtp finds it there and gives it to the service as "
             "$CREDENTIALS_DIRECTORY/smtp. To keep it encrypted, pipe it: smtpvault get NAME "
             "| systemd-creds encrypt --name=smtp - /etc/credstore.encrypted/smtp, with "
             "LoadCredentialEncrypted=smtp.",
    .oauth = true,
    .quoting = &quoting_bytes,
    .layout = "$(secret)" LAYOUT_JOIN,
};
