/* SPDX-License-Identifier: ISC */
/*
 * Debian's own file, of shell variables; two colons before the port.
 */
#include "tool/format.h"

const struct format format_exim4_conf = {
    .name = "exim4-conf",
    .title = "exim4 smarthost (Debian)",
    .file = "/etc/exim4/update-exim4.conf.conf",
    .owner = "root:root",
    .mode = 0644,
    .about = "These two lines in place of those in the file, then update-exim4.conf and "
             "\"systemctl reload exim4\". The way to the server is in exim4-macros, the password "
             "in exim4.",
    .secretless = true,
    .quoting = &quoting_field,
    .layout = "dc_eximconfig_configtype='satellite'\n"
              "dc_smarthost='$(host)::$(port)'\n",
};
