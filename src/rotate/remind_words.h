/* SPDX-License-Identifier: ISC */
/* remind_words: the ways of a reminder as people give them, for "remind" and "setup reminders". */
#ifndef ROTATE_REMIND_WORDS_H
#define ROTATE_REMIND_WORDS_H

#include "cli/args.h"
#include "rotate/remind.h"

/* SV_USAGE: a --by that is none, or a --to that is no address or goes nowhere. */
enum sv_status remind_words_check(const struct args *args, struct sv_err *err) SV_MUST_USE;

struct remind_ways {
    struct remind_way *items;
    char **paths; /* made absolute; to which the places point */
    size_t count;
};
void remind_ways_clear(struct remind_ways *ways);
#define REMIND_WAYS_OWNED __attribute__((cleanup(remind_ways_clear)))
/* Each --by once, stdout as the last; none is stdout. */
enum sv_status remind_words_read(struct remind_ways *ways, const struct args *args,
                                 struct sv_err *err) SV_MUST_USE;

#endif
