/* SPDX-License-Identifier: ISC */
/*
 * landlock: a process that gives away files and TCP ports for good (Landlock, Linux 5.13 and
 * later). It names what it still reads and connects to; all else is closed to it and to what
 * it starts. What the kernel does not know yet is left out: landlock_version().
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* 0: this kernel has none. Files from 1 on, ports from 4 on. */
int landlock_version(void);

/* What is still open, gathered. Owner: landlock_clear. */
struct landlock {
    int rules; /* -1: none are needed */
    int version;
    bool failed; /* one could not be added */
};
/* any_port: TCP connects wherever it likes; nothing ever listens. SV_INTERNAL. */
enum sv_status landlock_begin(struct landlock *l, bool any_port, struct sv_err *err) SV_MUST_USE;
/* A file, or all in a folder, for reading. A path that is not there is none that is needed. */
void landlock_read(struct landlock *l, const char *path);
void landlock_connect(struct landlock *l, uint16_t port);
/* From here on. SV_INTERNAL when anything of it failed. */
enum sv_status landlock_enter(struct landlock *l, struct sv_err *err) SV_MUST_USE;
void landlock_clear(struct landlock *l);
#define LANDLOCK_OWNED __attribute__((cleanup(landlock_clear)))

#endif
