/* SPDX-License-Identifier: ISC */
/*
 * shape_pattern: a small language for the look of a secret. regcomp(3) is not
 * used because its engine copies what it is given to the ordinary heap; this
 * one reads the bytes where they are and keeps nothing.
 *
 *   pattern = sequence ('|' sequence)*    one of them must match the whole text
 *   sequence = (item quantifier?)*
 *   item = a byte | '\' byte | '.' (any byte) | '[' ranges ']' ("[A-Za-z0-9_-]")
 *   quantifier = '+' | '*' | '{n}' | '{n,}' | '{n,m}'
 */
#ifndef DOMAIN_SHAPE_PATTERN_H
#define DOMAIN_SHAPE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SHAPE_ANY_CASE: the pattern's letters are lower case and stand for both. */
enum shape_case { SHAPE_EXACT, SHAPE_ANY_CASE };

/* pattern is ours and well formed. */
bool shape_matches(const char *pattern, const uint8_t *bytes, size_t len, enum shape_case letters);

#endif
