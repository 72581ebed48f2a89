/* SPDX-License-Identifier: ISC */
/*
 * mail(1) of GNU mailutils, whose variable sendmail takes an URL. For smtp:// it takes STARTTLS
 * where that is offered, and cannot be told to want it.
 */
#include "tool/layout.h"

const struct format format_mailutils = {
    .name = "mailutils",
    .title = "GNU mailutils mail(1)",
    .file = "~/.mailrc",
    .about = "It cannot be told to insist on STARTTLS: a login by that is refused.",
    .tls = SAYS_IMPLICIT | SAYS_NONE,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .needs_user = true,
    .quoting = &quoting_url,
    .layout =
        "?implicit set sendmail=\"smtps://" LAYOUT_JOIN "?none set sendmail=\"smtp://" LAYOUT_JOIN
        "$(user):$(secret)" LAYOUT_JOIN "?mechanism ;auth=$(mechanism raw)" LAYOUT_JOIN
        "@$(urlhost raw):$(port)" LAYOUT_JOIN "?none ;notls" LAYOUT_JOIN "\"\n",
};
