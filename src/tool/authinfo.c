/* SPDX-License-Identifier: ISC */
/*
 * What auth-source.el reads for smtpmail.el. It knows two kinds of quotes and no escape in
 * either, and smtpmail 28 sends other bytes for what is not ASCII.
 */
#include "tool/format.h"

const struct format format_authinfo = {
    .name = "authinfo",
    .title = "authinfo of Emacs",
    .file = "~/.authinfo",
    .about = "ASCII only, and not both kinds of quotes in one value. The way to the server is "
             "smtpmail-stream-type in init.el: starttls, ssl or plain.",
    .many = true,
    .needs_user = true,
    .quoting = &quoting_authinfo,
    .layout = "machine $(host raw) port $(port) login $(user) password $(secret)\n",
};
