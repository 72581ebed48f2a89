/* SPDX-License-Identifier: ISC */
/*
 * confine: what a helper program gives up first thing: core dumps, being traced, new
 * privileges, many descriptors, its place in the file system.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include "base/err.h"

/* who: in messages, "smtpvault-net"; files: how many it may have open. SIGPIPE is ignored: a
 * closed connection is an answer, not an end. */
enum sv_status confine(const char *who, unsigned files, struct sv_err *err) SV_MUST_USE;

#endif
