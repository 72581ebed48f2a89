/* SPDX-License-Identifier: ISC */
/* Our own reminder: a drop-in of the service that our timer starts, or a line of the crontab. */
#include "setup/tool.h"

static const char *const files[] = {
    "$XDG_CONFIG_HOME/systemd/user/smtpvault-remind.service.d/smtpvault.conf", NULL};

const struct setup_tool setup_reminders = {
    .name = "reminders",
    .title = "reminders of what is due",
    .files = files,
    .reminds = true,
};
