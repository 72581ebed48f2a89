/* SPDX-License-Identifier: ISC */
/*
 * grant: to whom a profile is given when its owner is not there. A profile without
 * grants is given to whoever may open the vault, but through an agent to no other user than
 * the agent's; one with grants only to those that they name. The conditions of one grant all hold,
 * grants are alternatives.
 *
 * They stand in the profile's card (profile_card.c, tag 32), and so go where it goes:
 * through a rename, into a new epoch, a backup, a token's reach. One list has one encoding:
 *
 *   next number u16 | count u16, 1 .. 32 | then for each grant, in the order of the numbers:
 *   number u16 | made u64 | conditions u16, a set of enum grant_condition | then what
 *   belongs to each that is there, from the lowest bit on:
 *     EXE length u16, path | PIN 32 | UNIT length u16, name | USER u32
 *     | HOURS from u16, to u16 | MAX count u32, seconds u32 | UNTIL u64
 */
#ifndef DOMAIN_GRANT_H
#define DOMAIN_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/caller.h"
#include "base/buf.h"
#include "base/err.h"

#define GRANTS_MAX 32
#define GRANTS_BYTES_MAX 4096 /* encoded, within a card */
#define GRANT_USES_MAX 10000
#define GRANT_DAY_MINUTES 1440
#define GRANT_HOUR_SECONDS 3600
#define GRANT_DAY_SECONDS 86400

enum grant_condition {
    GRANT_EXE = 1,       /* the program that asked is this file */
    GRANT_PIN = 2,       /* and is what it was when the grant was made; with EXE only */
    GRANT_UNIT = 4,      /* it runs in this unit of systemd */
    GRANT_USER = 8,      /* it runs as this user */
    GRANT_HOURS = 16,    /* by the local clock, in minutes of the day; may go over midnight */
    GRANT_MAX = 32,      /* so many times in any hour or day */
    GRANT_UNTIL = 64,    /* before this time */
    GRANT_CONFIRM = 128, /* when somebody says yes to it */
    GRANT_LEARN = 256    /* everybody, to see who they are; with UNTIL, and nothing else */
};

struct grant {
    uint16_t number; /* from 1; not used again while the profile has grants */
    unsigned has;    /* enum grant_condition */
    int64_t made;
    char exe[CALLER_TEXT_MAX]; /* the file itself, not a link to it */
    uint8_t pin[32];           /* program_hash() */
    char unit[CALLER_TEXT_MAX];
    uint32_t uid;
    uint16_t from, to; /* 0 .. 1439, 1 .. 1440; never the same */
    uint32_t max, seconds;
    int64_t until;
};

struct grants {
    struct grant *items;
    size_t count;
    uint16_t next; /* number of the next one */
};
void grants_clear(struct grants *list);
#define GRANTS_OWNED __attribute__((cleanup(grants_clear)))

/* SV_DATA: malformed, or with a condition that this version does not know and so must not
 * pass over. No bytes are no grants. */
enum sv_status grants_decode(struct grants *out, const uint8_t *bytes, size_t len,
                             struct sv_err *err) SV_MUST_USE;
/* No grants are no bytes. SV_USAGE: they do not fit. Replaces what was in *out. */
enum sv_status grants_encode(struct blob *out, const struct grants *list,
                             struct sv_err *err) SV_MUST_USE;
/* A copy of g with the next number; gives it that number too. SV_EXISTS names one that says
 * the same. */
enum sv_status grants_add(struct grants *list, struct grant *g, struct sv_err *err) SV_MUST_USE;
bool grants_drop(struct grants *list, uint16_t number); /* false: there is none */

/* ---- a person's words: SV_USAGE says what is wrong ---- */
/* After grant_set_user. Follows links; a script is refused, since what runs is its interpreter, and
 * so is a program that other users could replace. pin: remember what it is now. */
enum sv_status grant_set_exe(struct grant *g, const char *path, bool pin,
                             struct sv_err *err) SV_MUST_USE;
/* Whether the caller is the program that such a path names, and no other file than lies there. */
bool grant_exe_is(const char *exe, const struct caller *caller);
/* "backup" is backup.service. */
enum sv_status grant_set_unit(struct grant *g, const char *name, struct sv_err *err) SV_MUST_USE;
/* A name or a number. */
enum sv_status grant_set_user(struct grant *g, const char *name, struct sv_err *err) SV_MUST_USE;
/* "08-18", "22:30-06:15". */
enum sv_status grant_set_hours(struct grant *g, const char *text, struct sv_err *err) SV_MUST_USE;
/* "20/h", "100/d". */
enum sv_status grant_set_max(struct grant *g, const char *text, struct sv_err *err) SV_MUST_USE;
/* A time (text_parse_time), or how long from now on: "30d". */
enum sv_status grant_set_until(struct grant *g, const char *text, int64_t now,
                               struct sv_err *err) SV_MUST_USE;
/* What every grant must have: SV_USAGE names the options. */
enum sv_status grant_check(const struct grant *g, struct sv_err *err) SV_MUST_USE;

/* ---- the decision ---- */

/* Why a grant does not hold, the nearest miss last. */
enum grant_missing {
    GRANT_HOLDS,
    GRANT_NONE,   /* there are no grants at all */
    GRANT_LEARNT, /* the time of learning is over */
    GRANT_OTHER_EXE,
    GRANT_OTHER_UNIT,
    GRANT_OTHER_USER,
    GRANT_USERS_UNIT,    /* the unit's name fits, but a user's own systemd runs it */
    GRANT_EXE_GONE,      /* the running program's file was deleted or replaced */
    GRANT_EXE_OPEN,      /* others could replace it */
    GRANT_EXE_ELSEWHERE, /* the path fits, but there is another file than the one that runs */
    GRANT_EXE_CHANGED,   /* pinned, and it is not what it was */
    GRANT_ENDED,
    GRANT_OUT_OF_HOURS,
    GRANT_USED_UP
};

enum grant_answer { GRANT_NO, GRANT_YES, GRANT_ASK };

struct grant_verdict {
    enum grant_answer answer;
    enum grant_missing missing; /* of `grant`, when the answer is GRANT_NO */
    const struct grant *grant;  /* that lets the caller through, or is the nearest miss */
    int64_t again;              /* when one that is used up holds again */
};

/* How often a grant was used. */
struct grant_counts {
    void *context;
    /* When the use was that lies g->max - 1 uses before the last: 0 when there are not so many. */
    int64_t (*used)(void *context, const struct grant *g);
};

/* list: at least one grant. now: of a clock that does not go back. The first grant in the list
 * that holds decides, one without a confirmation before one with it, and learning last. */
void grant_decide(const struct grants *list, const struct caller *caller, int64_t now,
                  const struct grant_counts *counts, struct grant_verdict *out);

/* What stands in the way of a grant already, whoever asks: GRANT_ENDED (or GRANT_LEARNT), or what
 * is wrong with its program as it lies here now; else GRANT_HOLDS. */
enum grant_missing grant_now(const struct grant *g, int64_t now);

/* ---- words for people ---- */

#define GRANT_SHOWN_MAX 2560 /* every byte of two texts quoted */
/* The options of "grant add" that say this grant: "--exe /usr/bin/msmtp --max 20/h". A pin
 * cannot be said twice: it is "--pin", and stands for what the program was then. */
char *grant_options(char dst[GRANT_SHOWN_MAX], const struct grant *g);
/* The grant that would fit this caller: the program (or, where that says nothing, the unit)
 * and the user. False: nothing but the user is known. */
bool grant_of_caller(struct grant *g, const struct caller *caller);
/* Where its program is an interpreter, that it is for more than the script that was meant, and for
 * what: "/usr/bin/python3.11 is an interpreter, so any script ..."; else "". */
char *grant_interpreter_text(char dst[GRANT_SHOWN_MAX], const struct grant *g);
/* "/usr/bin/msmtp (cron > backup.sh > msmtp) of user alice in backup.service" */
char *grant_caller_text(char dst[GRANT_SHOWN_MAX], const struct caller *caller);
/* Why `caller` was refused "name", and what would allow it. Returns SV_DENIED. */
enum sv_status grant_refuse(const char *name, const struct caller *caller,
                            const struct grant_verdict *verdict, struct sv_err *err);
/* The rule in few words, for the log: "grant 2: outside its hours". */
#define GRANT_NOTE_MAX 64
char *grant_note(char dst[GRANT_NOTE_MAX], const struct grant_verdict *verdict);
/* A word as a shell takes it, in quotes when it must be; printable text only. Room for one of
 * `max` bytes, if each of them were a quote: */
#define GRANT_QUOTED_MAX(max) (4 * (max) + 8)
char *grant_quote(char *dst, size_t capacity, const char *word);

#endif
