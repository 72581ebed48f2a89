/* SPDX-License-Identifier: ISC */
/*
 * s-nail(1). The hook is a netrc that a command prints, read when a login needs it; the words of
 * "wysh set" are quoted as in a shell, those of "set" alone have a backslash in their quotes. A
 * plain smtp:// would send in clear.
 */
#include "tool/layout.h"

const struct format format_s_nail = {
    .name = "s-nail",
    .title = "s-nail configuration",
    .file = "~/.mailrc",
    .about = "A netrc knows no control characters: a password with one needs --inline.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5) |
            SAYS_AUTH(AUTH_XOAUTH2) | SAYS_AUTH(AUTH_OAUTHBEARER),
    .has_hook = true,
    .oauth = true,
    .needs_user = true,
    .quoting = &quoting_shell,
    .layout =
        "set v15-compat\n"
        "?implicit set mta=smtps://" LAYOUT_JOIN "?!implicit set mta=smtp://" LAYOUT_JOIN
        "$(user url)" LAYOUT_JOIN "?inline :$(secret url)" LAYOUT_JOIN "@$(urlhost raw):$(port)\n"
        "?starttls set smtp-use-starttls\n"
        "?hook wysh set netrc-lookup netrc-pipe=$(netrc)\n"
        "?mechanism set smtp-auth=$(auth raw)\n"
        "?!none set tls-verify=strict\n"
        "?ca wysh set tls-ca-file=$(ca) tls-ca-no-defaults\n"
        "?from wysh set from=$(from)\n",
};
