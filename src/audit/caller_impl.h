/* SPDX-License-Identifier: ISC */
/* caller_impl: what the files caller*.c share. */
#ifndef AUDIT_CALLER_IMPL_H
#define AUDIT_CALLER_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/caller.h"

#define COMM_MAX 32
#define PROC_TEXT_MAX 4096

/* Keeps the end of a text that is too long, "..." before it. */
void caller_keep_end(char out[CALLER_TEXT_MAX], const char *text, size_t len);

/* ---- caller_process.c ---- */
/* A process. Its folder stays its own when its number is given to another. */
struct process {
    int dir;        /* /proc/PID, or -1 */
    uint32_t owner; /* its effective user; 0 also when nobody may look into it */
    long pid, parent, session;
    unsigned terminal; /* 0: none */
    unsigned long long start;
    char comm[COMM_MAX]; /* control characters and '>' as '?' */
    bool args_known;
    size_t args_len;
    char args[PROC_TEXT_MAX]; /* process_args */
};
#define PROCESS_NONE \
    {                \
        .dir = -1    \
    }
/* False: it is not there, or not for us to see. */
bool process_open(struct process *p, long pid);
void process_close(struct process *p);
/* *to becomes *from, which is none then. */
void process_move(struct process *to, struct process *from);
#define PROCESS_OWNED __attribute__((cleanup(process_close)))
/* A file of its folder as text, cut where it does not fit; false when it is not there or not
 * for us. */
bool process_read(const struct process *p, const char *name, char *out, size_t capacity);
/* Where a link of its folder leads; the length, 0 likewise. */
size_t process_link(const struct process *p, const char *name, char out[PROC_TEXT_MAX]);
/* Its arguments, each ended by a NUL, and one more NUL; the length, 0 when they are not
 * for us. They stand in the process's own memory, which it can make wait for ever whoever
 * reads it: only those of our own user's processes are read. */
size_t process_args(struct process *p);
/* It has not ended, and is not waiting to be reaped either. */
bool process_lives(const struct process *p);
/* Bytes of a name as they are shown in a chain. */
void process_name(char out[COMM_MAX], const char *name, size_t len);

/* ---- caller_chain.c ---- */
/* Fills out->parent. asker: who asked, the innermost of the chain, when it is not `self`;
 * itself: `self` is the first of them, and not only their client. */
void chain_look(struct caller *out, struct process *self, bool itself, struct process *asker);

/* ---- caller_script.c ---- */
/* What p, an interpreter of that name, was told to run, in p->args; NULL: nothing, or that
 * cannot be told. */
const char *script_of(struct process *p, const char *name, size_t len);

/* ---- caller_unit.c ---- */
void unit_look(struct caller *out, const struct process *p);

/* ---- caller_exe.c ---- */
/* The file that p runs. closely: read it too, once. */
void exe_look(struct caller *out, const struct process *p, bool closely);

/* ---- caller_place.c ---- */
/* Whether a file there is read without waiting for anybody but a disk. mount: its
 * STATX_MNT_ID, in the view of p. */
bool place_is_prompt(const struct process *p, uint64_t mount);

/* ---- caller_package.c ---- */
/* Changes when dpkg installs or removes something; 0: there is no dpkg. */
uint64_t package_age(void);
/* Whether packages put files there. */
bool package_has_place(const char *path);
/* "msmtp 1.8.23-1", or "" when no package has a file at this path, or two may have. fd: the
 * file, or -1: "(changed)" stands behind it when that is not what the package brought.
 * False: there was no time to find out. */
bool package_of(char out[CALLER_PACKAGE_MAX], const char *path, int fd);

#endif
