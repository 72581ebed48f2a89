/* SPDX-License-Identifier: ISC */
/*
 * harden: gives away what a running agent never needs. Memory is guarded by base/secret.h
 * already (not dumpable, no core, locked, wiped on fork).
 *
 * No new privileges, and a filter of system calls (seccomp(2)): no program is started, no
 * process is made, traced or signalled, no socket is opened, no module, mount or key of the
 * kernel is touched. Files stay reachable: Landlock would also take away the sight of other
 * processes' /proc entries, and who asks is worth more here.
 *
 * On a processor whose calls are not listed, and under a sanitizer, there is no filter.
 */
#ifndef AGENT_HARDEN_H
#define AGENT_HARDEN_H

#include "base/err.h"

/* Once, when the socket is there and nothing has been asked yet. */
enum sv_status agent_harden(struct sv_err *err) SV_MUST_USE;

#endif
