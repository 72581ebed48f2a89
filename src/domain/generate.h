/* SPDX-License-Identifier: ISC */
/* generate: random secrets from an alphabet that every export can express. */
#ifndef DOMAIN_GENERATE_H
#define DOMAIN_GENERATE_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

#define GENERATE_LENGTH_DEFAULT 32
#define GENERATE_LENGTH_MIN 12
#define GENERATE_LENGTH_MAX 256

enum generate_alphabet { GENERATE_PORTABLE, GENERATE_ALNUM, GENERATE_SYMBOLS };

/* Uniform without modulo bias. PORTABLE (default): letters, digits and "._~!^*()+=:,@-"
 * minus look-alikes; ALNUM: letters and digits; SYMBOLS: all printable ASCII but blank. */
enum sv_status generate_secret(struct secret **out, size_t length, enum generate_alphabet alphabet,
                               struct sv_err *err) SV_MUST_USE;

/* All of its characters, each once. */
const char *generate_characters(enum generate_alphabet alphabet);

#endif
