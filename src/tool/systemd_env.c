/* SPDX-License-Identifier: ISC */
/* EnvironmentFile= of a unit, systemd.exec(5). */
#include "tool/vars.h"

const struct format format_systemd_env = {
    .name = "systemd-env",
    .title = "systemd EnvironmentFile",
    .file = "/etc/default/smtp",
    .owner = "root:root",
    .about = "The file is read before the service's user is taken, so that it can stay "
             "root's. What is in a service's environment is passed on to all that it starts: "
             "a credential (systemd-creds) is not.",
    .oauth = true,
    .quoting = &quoting_systemd,
    .layout = VARS_LAYOUT,
};
