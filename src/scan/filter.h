/* SPDX-License-Identifier: ISC */
/*
 * filter: whether one of a few words of four letters is anywhere in a text, in one pass that
 * looks at every third byte of most (Wu and Manber 1994): a search through a home directory
 * is spent here.
 */
#ifndef SCAN_FILTER_H
#define SCAN_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_WORD 4

struct filter {
    const char *const *words; /* of FILTER_WORD letters each, NULL at the end; borrowed */
    uint8_t skip[1 << 16];    /* by the last two bytes of a place: how far no word can end */
};

void filter_make(struct filter *f, const char *const *words);
bool filter_finds(const struct filter *f, const char *text, size_t len);

#endif
