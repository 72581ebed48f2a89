/* SPDX-License-Identifier: ISC */
/*
 * A line of apprise's text configuration. With smtp= its templates for well-known hosts stay
 * away, and the address that it makes of user and host is replaced by from=.
 */
#include "tool/layout.h"

const struct format format_apprise = {
    .name = "apprise",
    .title = "apprise URL",
    .file = "~/.config/apprise",
    .about = "Without a sender's address apprise takes USER@HOST for it. The message goes to the "
             "sender: append &to=ADDRESS for others. It logs in with ASCII only.",
    .tls = SAYS_ALL,
    .many = true,
    .needs_user = true,
    .quoting = &quoting_ascii_url,
    .layout = "?none mailto://" LAYOUT_JOIN "?!none mailtos://" LAYOUT_JOIN
              "$(user):$(secret)@$(host raw):$(port)?smtp=$(host)" LAYOUT_JOIN
              "?starttls &mode=starttls" LAYOUT_JOIN "?implicit &mode=ssl" LAYOUT_JOIN
              "?from &from=$(from)" LAYOUT_JOIN "\n",
};
