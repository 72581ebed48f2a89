/* SPDX-License-Identifier: ISC */
/*
 * The words of a netrc that every reader takes for the same: curl, s-nail, msmtp, Python and
 * git have each a syntax of their own for others, and msmtp 1.8.23 crashes at a "#".
 */
#include "tool/format.h"

const struct format format_netrc = {
    .name = "netrc",
    .title = "netrc for any reader",
    .file = "~/.netrc",
    .about = "User name and password are of letters, digits and ._~!%^*()+=:,/@-, as all "
             "readers agree on no quotes; curl-netrc and authinfo have theirs. A netrc knows no "
             "port and no TLS.",
    .many = true,
    .needs_user = true,
    .quoting = &quoting_word,
    .layout = "machine $(host raw) login $(user) password $(secret)\n",
};
