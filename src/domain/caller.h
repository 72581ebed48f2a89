/* SPDX-License-Identifier: ISC */
/*
 * caller: who asked. Evidence from /proc, gathered once: the chain of parents of
 * this process up to the leader of its session and whoever opened that session
 * (cron, sshd, a terminal), without init, at most 8. Missing evidence is an empty
 * text, never a fault. The names in it were chosen by the programs themselves:
 * control characters and '>' in them are shown as '?'.
 */
#ifndef DOMAIN_CALLER_H
#define DOMAIN_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CALLER_TEXT_MAX 256

struct caller {
    uint32_t uid;                 /* real user id */
    uint32_t pid;                 /* of the process that asked: our parent, or the first
                                     ancestor that is not a shell merely carrying the call
                                     (`sh -c smtpvault ...`) */
    char exe[CALLER_TEXT_MAX];    /* its executable, absolute; cut at the front with "..." */
    char parent[CALLER_TEXT_MAX]; /* the chain down to it, outermost first:
                                     "cron > backup.sh > msmtp" */
    char unit[CALLER_TEXT_MAX];   /* systemd unit, from the cgroup path; "" when there is none */
    char cwd[CALLER_TEXT_MAX];
    bool users_unit;                /* unit is one of a user's own systemd, who names it */
    uint64_t exe_device, exe_inode; /* of the file that runs; 0: not known. Not in the log */
};

void caller_of_this_process(struct caller *out);

/* The same for another process, the one that sent a request: `pid` of user `uid`, as the
 * socket says. pidfd: a handle of it, or -1. SV_DENIED: it has ended, and whoever has its
 * number now may be another. */
enum sv_status caller_of_peer(struct caller *out, int pidfd, long pid, uint32_t uid,
                              struct sv_err *err) SV_MUST_USE;

/* The same for a process that is itself who asks, as Postfix and systemd do, and no client
 * of this program that somebody started. */
enum sv_status caller_of_asker(struct caller *out, int pidfd, long pid, uint32_t uid,
                               struct sv_err *err) SV_MUST_USE;

#endif
