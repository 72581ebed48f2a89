/* SPDX-License-Identifier: ISC */
/* charset: a foreign text as UTF-8, in guarded memory. */
#ifndef IMPORT_CHARSET_H
#define IMPORT_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/* Takes the byte order mark away. UTF-16 of either order (RFC 2781), known by its mark or by
 * the NULs that plain letters have there, becomes UTF-8; anything else stays as it is, in its
 * place where that has room for the NUL that stands behind it then. SV_DATA: UTF-16 that is
 * none, UTF-32, or a NUL in the text, as binary files have. */
enum sv_status charset_to_utf8(struct secret **text, const char *what,
                               struct sv_err *err) SV_MUST_USE;
/* Whether it would stay as it is but for a byte order mark, of *mark bytes: it is no UTF-16. */
bool charset_keeps(const void *bytes, size_t len, size_t *mark);
/* A character as UTF-8, of one to four bytes; how many. */
size_t charset_put(void *to, uint32_t c);

#endif
