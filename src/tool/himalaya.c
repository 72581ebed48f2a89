/* SPDX-License-Identifier: ISC */
/*
 * himalaya's config.toml, an account by name. The command is run by a shell, once for each
 * connection.
 */
#include "tool/format.h"

const struct format format_himalaya = {
    .name = "himalaya",
    .title = "himalaya account",
    .file = "~/.config/himalaya/config.toml",
    .tls = SAYS_ALL,
    .has_hook = true,
    .oauth = true,
    .many = true,
    .needs_user = true,
    .between = "\n",
    .quoting = &quoting_toml,
    .layout = "[accounts.$(name)]\n"
              "?from email = $(from)\n"
              "?implicit smtp.server = \"smtps://$(urlhost raw):$(port)\"\n"
              "?!implicit smtp.server = \"smtp://$(urlhost raw):$(port)\"\n"
              "?starttls smtp.starttls = true\n"
              "?!oauth smtp.sasl.plain.username = $(user)\n"
              "?!oauth ?inline smtp.sasl.plain.password.raw = $(secret)\n"
              "?!oauth ?hook smtp.sasl.plain.password.command = $(command)\n"
              "?oauth smtp.sasl.oauthbearer.username = $(user)\n"
              "?oauth ?inline smtp.sasl.oauthbearer.token.raw = $(secret)\n"
              "?oauth ?hook smtp.sasl.oauthbearer.token.command = $(command)\n",
};
