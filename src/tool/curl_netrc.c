/* SPDX-License-Identifier: ISC */
/*
 * curl(1) --netrc-file since 7.84, and s-nail(1): in double quotes a backslash stands before
 * itself and the double quote. curl refuses the whole file for a control character.
 */
#include "tool/format.h"

const struct format format_curl_netrc = {
    .name = "curl-netrc",
    .title = "netrc for curl and s-nail",
    .file = "~/.netrc",
    .about = "Control characters are refused, as curl refuses a file that has one. A netrc knows "
             "no port and no TLS.",
    .oauth = true,
    .many = true,
    .needs_user = true,
    .quoting = &quoting_netrc,
    .layout = "machine $(host raw) login $(user) password $(secret)\n",
};
