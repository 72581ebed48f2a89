/* SPDX-License-Identifier: ISC */
/*
 * caller: who asked. Evidence from /proc, gathered once: the chain of parents of
 * this process up to the leader of its session and whoever opened that session
 * (cron, sshd, a terminal), without init, at most 8. Missing evidence is an empty
 * text, never a fault. The names in it were chosen by the programs themselves:
 * control characters and '>' in them are shown as '?'.
 */
#ifndef AUDIT_CALLER_H
#define AUDIT_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CALLER_TEXT_MAX 256
#define CALLER_TTY_MAX 32
#define CALLER_PACKAGE_MAX 64

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
    bool users_unit;          /* unit is one of a user's own systemd, who names it */
    uint32_t gid;             /* the process's group; with a socket what the socket says */
    char tty[CALLER_TTY_MAX]; /* its terminal, "pts/3"; "" when it has none */
    /* The file that runs. Of another user's process nothing of this can be read. */
    uint64_t exe_device, exe_inode; /* 0: not known. Not in the log */
    bool exe_gone;                  /* it is no more at its path, and exe ends with " (deleted)" */
    bool exe_hashed;
    uint8_t exe_hash[32];             /* BLAKE2b-256, as hash_file() */
    char package[CALLER_PACKAGE_MAX]; /* "msmtp 1.8.23-1": whose file it is, as dpkg says */
    char script[CALLER_TEXT_MAX];     /* what it runs when it is an interpreter, as its arguments
                                         tell: "/home/a/backup.sh". Its own word */
};

void caller_of_this_process(struct caller *out);

/* The same for another process, the one that sent a request: `pid` of user `uid` and group
 * `gid`, as the socket says. pidfd: a handle of it, or -1. SV_DENIED: it has ended, and whoever has
 * its number now may be another. */
enum sv_status caller_of_peer(struct caller *out, int pidfd, long pid, uint32_t uid, uint32_t gid,
                              struct sv_err *err) SV_MUST_USE;

/* The same for a process that is itself who asks, as Postfix and systemd do, and no client
 * of this program that somebody started. */
enum sv_status caller_of_asker(struct caller *out, int pidfd, long pid, uint32_t uid, uint32_t gid,
                               struct sv_err *err) SV_MUST_USE;

/* Whether a program of this name (without its folder) runs scripts. (caller_script.c) */
bool script_is_interpreter(const char *name, size_t len);

/* ---- words for people: printable, cut where they do not fit ---- */
#define CALLER_USER_MAX 40
/* The name of a user, or the number. Returns dst. */
char *caller_user(char dst[CALLER_USER_MAX], uint32_t uid);
#define CALLER_SUMMARY_MAX 2560
/* "msmtp (/usr/bin/msmtp, package msmtp 1.8.23-1), started by cron > backup.sh, user ann".
 * Returns dst. */
char *caller_summary(char *dst, size_t capacity, const struct caller *caller);

#endif
