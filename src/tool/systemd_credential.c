/* SPDX-License-Identifier: ISC */
/*
 * A drop-in for a unit. systemd reads the credential from the agent's socket when it starts the
 * unit, and the unit finds it in $CREDENTIALS_DIRECTORY.
 */
#include "tool/format.h"

const struct format format_systemd_credential = {
    .name = "systemd-credential",
    .title = "systemd drop-in, asking the agent",
    .file = "/etc/systemd/system/UNIT.d/smtpvault.conf",
    .owner = "root:root",
    .mode = 0644,
    .about =
        "smtpvault-credentials.socket answers (smtpvault-agent(7)), once \"smtpvault grant add "
        "NAME --unit UNIT\" says so. The unit reads $CREDENTIALS_DIRECTORY/NAME, without a line "
        "end. \"systemctl daemon-reload\" after it.",
    .has_hook = true,
    .oauth = true,
    .secretless = true,
    .quoting = &quoting_id,
    .layout = "[Service]\n"
              "LoadCredential=$(name):/run/smtpvault/credentials\n",
};
