/* SPDX-License-Identifier: ISC */
/*
 * aerc-smtp(5), in an INI file of Go's ini.v1. The command is run by "sh -c"; what it prints
 * would be kept for as long as aerc runs. STARTTLS is "yes": "true", as the manual has it, is no
 * for aerc 0.14.
 */
#include "tool/layout.h"

const struct format format_aerc = {
    .name = "aerc",
    .title = "aerc account",
    .file = "~/.config/aerc/accounts.conf",
    .about = "The lines of sending: an account of that name has to have a source as well. aerc "
             "takes no file of authorities.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_XOAUTH2) |
            SAYS_AUTH(AUTH_OAUTHBEARER),
    .has_hook = true,
    .oauth = true,
    .many = true,
    .needs_user = true,
    .between = "\n",
    .quoting = &quoting_ini_go,
    .layout = "[$(name id)]\n"
              "?implicit outgoing = smtps+" LAYOUT_JOIN "?!implicit outgoing = smtp+" LAYOUT_JOIN
              "?mechanism $(auth raw)" LAYOUT_JOIN "?!mechanism plain" LAYOUT_JOIN
              "://$(user url)" LAYOUT_JOIN "?inline :$(secret url)" LAYOUT_JOIN
              "@$(urlhost raw):$(port)\n"
              "?starttls smtp-starttls = yes\n"
              "?none smtp-starttls = no\n"
              "?hook outgoing-cred-cmd = $(command)\n"
              "?hook outgoing-cred-cmd-cache = false\n"
              "?from from = $(from)\n",
};
