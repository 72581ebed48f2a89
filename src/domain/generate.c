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

/* Printable ASCII but the blank. */
static const char symbols[] =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
    "{|}~";

const char *generate_characters(enum generate_alphabet alphabet)
{
    return alphabet == GENERATE_ALNUM ? alnum : alphabet == GENERATE_SYMBOLS ? symbols : portable;
}

enum sv_status generate_secret(struct secret **out, size_t length, enum generate_alphabet alphabet,
                               struct sv_err *err)
{
    if (length < GENERATE_LENGTH_MIN || length > GENERATE_LENGTH_MAX) {
        return sv_fail(err, SV_USAGE, "a generated secret has %d to %d characters, not %zu",
                       GENERATE_LENGTH_MIN, GENERATE_LENGTH_MAX, length);
    }
    const char *characters = generate_characters(alphabet);
    size_t count = strlen(characters);
    struct secret *made = NULL;
    enum sv_status status = secret_new(&made, length, err);
    if (status != SV_OK)
        return status;
    uint8_t *bytes = secret_poke(made);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)characters[random_uniform((uint32_t)count)];
    secret_set_len(made, length);
    *out = made;
    return SV_OK;
}
