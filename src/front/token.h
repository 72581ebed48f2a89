/* SPDX-License-Identifier: ISC */
/* token: the text of a token, from a file. */
#ifndef FRONT_TOKEN_H
#define FRONT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_LEN 69u /* crypto/token.h */

/* The one kind of source that is read here: file:PATH. */
bool token_is_file(const char *source);
/* Reads it into dst, which has room for TOKEN_LEN + 2 bytes. 0: the source is no file:PATH, or
 * there is something with the file that the full program shall say: others can read it, it is
 * longer than a token. Else TOKEN_LEN. */
size_t token_read(uint8_t *dst, const char *source);

#endif
