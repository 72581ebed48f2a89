/* SPDX-License-Identifier: ISC */
/*
 * swaks(1) splits a line of its configuration at the first blank; the rest is the value, except
 * that one with "-" first is taken for an option.
 */
#include "tool/format.h"

const struct format format_swaks = {
    .name = "swaks",
    .title = "swaks configuration",
    .file = "~/.swaksrc",
    .about = "Add quit-after AUTH, or give --quit-after AUTH, to try the login only.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .needs_user = true,
    .quoting = &quoting_option,
    .layout = "server $(host)\n"
              "port $(port)\n"
              "?starttls tls\n"
              "?implicit tls-on-connect\n"
              "?!none tls-verify\n"
              "?ca tls-ca-path $(ca)\n"
              "?mechanism auth $(mechanism)\n"
              "?!mechanism auth\n"
              "auth-user $(user)\n"
              "auth-password $(secret)\n"
              "auth-hide-password\n"
              "?from from $(from)\n",
};
