/* SPDX-License-Identifier: ISC */
/* A section [smtp] for Python's configparser, with its interpolation. */
#include "tool/format.h"

const struct format format_configparser = {
    .name = "configparser",
    .title = "INI for Python",
    .file = "smtp.ini",
    .about = "Each % is doubled, as ConfigParser wants it; RawConfigParser and "
             "interpolation=None would keep both. Blanks at the ends cannot be said.",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_configparser,
    .layout = "[smtp]\n"
              "host = $(host)\n"
              "port = $(port)\n"
              "?starttls tls = starttls\n"
              "?implicit tls = implicit\n"
              "?none tls = none\n"
              "?ca ca_file = $(ca)\n"
              "?user username = $(user)\n"
              "?user password = $(secret)\n"
              "?from from = $(from)\n",
};
