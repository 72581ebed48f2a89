/* SPDX-License-Identifier: ISC */
/*
 * The authinfo of FEATURE(`authinfo'): in U= I= P= the value is base64, and so needs no quotes.
 */
#include "tool/layout.h"

const struct format format_sendmail = {
    .name = "sendmail",
    .title = "Sendmail authinfo",
    .file = "/etc/mail/authinfo",
    .owner = "root:smmsp",
    .about = "Then \"makemap hash authinfo <authinfo\" in /etc/mail. sendmail.mc has "
             "FEATURE(`authinfo', `hash /etc/mail/authinfo')dnl, the host as SMART_HOST and its "
             "port in RELAY_MAILER_ARGS.",
    .many = true,
    .needs_user = true,
    .quoting = &quoting_base64_text,
    .layout = "AuthInfo:$(host raw) \"U=$(user)\" \"I=$(user)\" \"P=$(secret)\"" LAYOUT_JOIN
              "?mechanism  \"M:$(mechanism raw)\"" LAYOUT_JOIN "\n",
};
