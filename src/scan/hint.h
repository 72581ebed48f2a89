/* SPDX-License-Identifier: ISC */
/* hint: what of a secret may be shown, so that its owner knows which one it is. */
#ifndef SCAN_HINT_H
#define SCAN_HINT_H

#include <stdbool.h>
#include <stddef.h>

/* How many characters, and of a key of a known provider its prefix, which is the same for
 * all of that provider's. Returns dst. */
char *scan_hint(char *dst, size_t capacity, const char *secret, size_t len);

/* What stands where a secret would, and is none: empty, a variable, a reference, "changeme". */
bool scan_is_placeholder(const char *value, size_t len);

#endif
