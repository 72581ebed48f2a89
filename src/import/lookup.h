/* SPDX-License-Identifier: ISC */
/* lookup: numbers by words, several by the same word where they are put so. */
#ifndef IMPORT_LOOKUP_H
#define IMPORT_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Zeroed: empty; owner: lookup_clear. */
struct lookup {
    struct lookup_slot *slots;
    size_t count, capacity;
    uint64_t seed; /* so that no file can choose names that collide */
};
void lookup_clear(struct lookup *l);
#define LOOKUP_OWNED __attribute__((cleanup(lookup_clear)))

/* The word is copied. */
enum sv_status lookup_put(struct lookup *l, const char *word, size_t value,
                          struct sv_err *err) SV_MUST_USE;
/* The next value of a word, in the order in which they were put; *cursor 0: the first. False: no
 * more. */
bool lookup_next(const struct lookup *l, const char *word, size_t *cursor, size_t *value);
bool lookup_has(const struct lookup *l, const char *word);

#endif
