/* SPDX-License-Identifier: ISC */
/*
 * rotate_many: rotations of several profiles side by side. What is to be done is shown before it
 * is begun; all are begun (planned) before the first goes on, so that whatever is cut short is
 * resumed by "rotate --resume", the ones that had no turn yet included.
 */
#ifndef ROTATE_ROTATE_MANY_H
#define ROTATE_ROTATE_MANY_H

#include "cli/cli.h"
#include "rotate/rotate_run.h"

#define MANY_JOBS_DEFAULT 8
#define MANY_JOBS_MAX 32
#define MANY_PER_PROVIDER_DEFAULT 2

enum many_outcome {
    MANY_WAITS,     /* not begun, or begun and its turn has not come */
    MANY_ROTATED,   /* finished; why: what is left to look at, or "" */
    MANY_LEFT,      /* stopped in the middle, for the time being */
    MANY_REFUSED,   /* stopped there, since a server or rotator says no */
    MANY_NOT_BEGUN, /* nothing was begun, and it cannot be */
    MANY_BY_HAND    /* a person has to do it */
};

struct many_item {
    const struct profile *p; /* as it stood at first; borrowed */
    enum many_outcome outcome;
    enum rotation_stage stage; /* as it stands now */
    enum rotation_method method;
    bool open;      /* it was begun before, and goes on */
    bool overtaken; /* it can only be given up: rotate_is_overtaken */
    bool running;   /* this is its turn */
    size_t group;   /* the first item at the same provider, or server */
    size_t active;  /* of a group's first: how many of it have their turn */
    char hook[ROTATION_HOOK_MAX + 1];
    char why[ROTATION_FAULT_MAX + 1];
};

struct many {
    struct cli *cli;
    struct cli quiet; /* the same, for what has its turn: it says nothing */
    const struct args *args;
    struct rotate_together together;
    bool resume, no_verify;
    size_t jobs, per_provider;
    struct many_item *items;
    size_t count, waiting, active, done;
    size_t planned; /* those before this one */
    size_t first;   /* none before this one waits */
    bool broken;    /* something fails for all of them */
    size_t nth, of; /* the one that a person is at, of those by hand */
};

/* Do the words ask for it: --due, --tag, --provider, several names? */
bool rotate_many_asked(const struct args *args);
/* What is wrong with them. SV_USAGE. */
enum sv_status rotate_many_check(struct cli *cli, const struct args *args,
                                 struct sv_err *err) SV_MUST_USE;
/* All of it. resume: those of list that are open go on, without a question; else list is what
 * the vault has, to choose from. SV_FINDINGS: some are not done. */
enum sv_status rotate_many(struct cli *cli, const struct args *args,
                           const struct profile_list *list, bool resume,
                           struct sv_err *err) SV_MUST_USE;

/* ---- rotate_many_choose.c ---- */

/* Fills items, each with its way or why it has none. */
enum sv_status many_choose(struct many *m, const struct profile_list *list,
                           struct sv_err *err) SV_MUST_USE;

/* ---- rotate_many_show.c ---- */

/* The plan, before anything is done; on standard error. */
enum sv_status many_show_plan(const struct many *m, struct sv_err *err) SV_MUST_USE;
/* What came of it. */
enum sv_status many_show(const struct many *m, struct sv_err *err) SV_MUST_USE;
size_t many_count(const struct many *m, enum many_outcome outcome);

#endif
