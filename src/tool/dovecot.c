/* SPDX-License-Identifier: ISC */
/*
 * The relay of Dovecot 2.3's submission service. In double quotes a backslash stands before
 * itself and both quotes.
 */
#include "tool/format.h"

const struct format format_dovecot = {
    .name = "dovecot",
    .title = "Dovecot submission relay",
    .file = "/etc/dovecot/conf.d/99-submission-relay.conf",
    .owner = "root:root",
    .about = "\"doveadm reload\" after it. ssl_client_ca_file is for all that Dovecot connects to.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN),
    .needs_user = true,
    .quoting = &quoting_dovecot,
    .layout = "submission_relay_host = $(host raw)\n"
              "submission_relay_port = $(port)\n"
              "?starttls submission_relay_ssl = starttls\n"
              "?implicit submission_relay_ssl = smtps\n"
              "?none submission_relay_ssl = no\n"
              "?!none submission_relay_ssl_verify = yes\n"
              "?ca ssl_client_ca_file = $(ca)\n"
              "submission_relay_user = $(user)\n"
              "submission_relay_password = $(secret)\n",
};
