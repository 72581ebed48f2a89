/* SPDX-License-Identifier: ISC */
/* mask: lines of a configuration that look as if they held a password. */
#ifndef SETUP_MASK_H
#define SETUP_MASK_H

#include <stdbool.h>
#include <stddef.h>

/* Where the secret of the line seems to begin and end: behind "password", "secret", "token"
 * and words like them, but not those of a command ("passwordeval"); or in a URL, between the
 * user and the host. False: there is none. */
bool mask_find(const char *line, size_t len, size_t *from, size_t *to);

#endif
