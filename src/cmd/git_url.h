/* SPDX-License-Identifier: ISC */
/* git_url: the value of git's special key "url", as the lines that it stands for. */
#ifndef CMD_GIT_URL_H
#define CMD_GIT_URL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/* "protocol=...\nhost=...\n" and, where the URL has them, "path=", "username=", "password=",
 * percent-encodings decoded. SV_DATA: it is no URL, or a part of it holds a line break or a
 * NUL, which would become another line. */
enum sv_status git_url_lines(struct secret **out, const uint8_t *url, size_t len,
                             struct sv_err *err) SV_MUST_USE;

#endif
