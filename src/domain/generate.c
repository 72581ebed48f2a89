/* SPDX-License-Identifier: ISC */
/* generate: each character drawn on its own, straight into locked memory. */
#include "domain/generate.h"

#include <stdint.h>
#include <string.h>

#include "crypto/random.h"

/* Without 0 O 1 l I: a generated secret is sometimes read aloud or retyped. No
 * quote, backslash, $, #, %, &, <, >, | or blank either: no file format, shell or
 * URL that a secret passes through needs to escape what is left in a way that
 * the others do not understand. */
static const char portable[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
                               "._~!^*()+=:,@-";
static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* Printable ASCII but the blank: '!' (0x21) to '~' (0x7e). */
#define SYMBOL_FIRST 0x21
#define SYMBOL_COUNT 94

static uint8_t draw(enum generate_alphabet alphabet)
{
    switch (alphabet) {
    case GENERATE_ALNUM:
        return (uint8_t)alnum[random_uniform(sizeof(alnum) - 1)];
    case GENERATE_SYMBOLS:
        return (uint8_t)(SYMBOL_FIRST + random_uniform(SYMBOL_COUNT));
    case GENERATE_PORTABLE:
        break;
    }
    return (uint8_t)portable[random_uniform(sizeof(portable) - 1)];
}

enum sv_status generate_secret(struct secret **out, size_t length, enum generate_alphabet alphabet,
                               struct sv_err *err)
{
    if (length < GENERATE_LENGTH_MIN || length > GENERATE_LENGTH_MAX) {
        return sv_fail(err, SV_USAGE, "a generated secret has %d to %d characters, not %zu",
                       GENERATE_LENGTH_MIN, GENERATE_LENGTH_MAX, length);
    }
    struct secret *made = NULL;
    enum sv_status status = secret_new(&made, length, err);
    if (status != SV_OK)
        return status;
    uint8_t *bytes = secret_poke(made);
    for (size_t i = 0; i < length; i++)
        bytes[i] = draw(alphabet);
    secret_set_len(made, length);
    *out = made;
    return SV_OK;
}
