/* SPDX-License-Identifier: ISC */
/*
 * defence: the checks that an attack must meet, by name (defences.def).
 *
 *   if (DEFENDED(COMMITMENT) && commitment_differs) refuse;
 *
 * DEFENDED(NAME) is the constant 1: the product has every defence, and the compiler
 * folds the word away. A build with -DSV_WITHOUT=NAME leaves that one out, so that its
 * attack can be seen to succeed: a test that cannot fail proves nothing. Such a build
 * says so in --version and whenever it starts, and `make install` refuses it.
 *
 * The switch stands where the defence is, and nowhere else.
 */
#ifndef BASE_DEFENCE_H
#define BASE_DEFENCE_H

enum defence {
    DEFENCE_NONE,
#define DEFENCE(name, stops) DEFENCE_##name,
#include "base/defences.def"
#undef DEFENCE
};

#ifndef SV_WITHOUT
#define SV_WITHOUT NONE
#endif
#define DEFENCE_PASTE(name) DEFENCE_##name
#define DEFENCE_NAMED(name) DEFENCE_PASTE(name)
#define DEFENCE_QUOTE(name) #name
#define DEFENCE_TEXT(name) DEFENCE_QUOTE(name)

/* A name that defences.def has not is an error of the compiler. */
#define DEFENDED(name) (DEFENCE_##name != DEFENCE_NAMED(SV_WITHOUT))
/* Of this file's build: which defence is missing, if one is. */
#define DEFENCE_IS_MISSING (DEFENCE_NAMED(SV_WITHOUT) != DEFENCE_NONE)
#define DEFENCE_MISSING DEFENCE_TEXT(SV_WITHOUT)

#endif
