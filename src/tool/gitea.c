/* SPDX-License-Identifier: ISC */
/* Gitea's and Forgejo's app.ini, an INI file of Go. */
#include "tool/format.h"

const struct format format_gitea = {
    .name = "gitea",
    .title = "Gitea and Forgejo settings",
    .file = "/etc/gitea/app.ini",
    .owner = "root:git",
    .mode = 0640,
    .about = "It takes STARTTLS where the server offers it and cannot be held to it: where "
             "the server has port 465, take that. From the environment variable "
             "GITEA__mailer__PASSWD__FILE it takes the password out of a file. It has no "
             "setting for the server's authorities: a CA of one's own has to be among the "
             "system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_ini_go,
    .layout = "[mailer]\n"
              "ENABLED = true\n"
              "?starttls PROTOCOL = smtp+starttls\n"
              "?implicit PROTOCOL = smtps\n"
              "?none PROTOCOL = smtp\n"
              "SMTP_ADDR = $(host)\n"
              "SMTP_PORT = $(port)\n"
              "?user USER = $(user)\n"
              "?user PASSWD = $(secret)\n"
              "?from FROM = $(from)\n",
};
