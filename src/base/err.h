/* SPDX-License-Identifier: ISC */
/*
 * err: how a fault travels. A function that can fail returns enum sv_status
 * and takes a struct sv_err as its last argument. The message is written once,
 * where the fault is found, and printed once, in cmd/main.c.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "smtpvault.h"

#define SV_ERR_TEXT_MAX 768
#define SV_MUST_USE __attribute__((warn_unused_result))
#define SV_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* text: what happened, to what, and what to do next; one sentence or two,
 * without a trailing newline; never a secret. Empty when nothing failed. */
struct sv_err {
    char text[SV_ERR_TEXT_MAX];
};

/* Writes the message (cut at SV_ERR_TEXT_MAX - 1 bytes, at a character) and
 * returns `status`, so that a caller can `return sv_fail(...)`. `err` may be
 * NULL when the caller wants the status only. */
enum sv_status sv_fail(struct sv_err *err, enum sv_status status, const char *fmt, ...)
    SV_PRINTF(3, 4);

/* As sv_fail, with ": " and strerror(errno_value) behind the message. ENOSPC,
 * EDQUOT, EIO, EROFS and the like give SV_IO; the caller names the status for
 * the rest. */
enum sv_status sv_fail_errno(struct sv_err *err, enum sv_status status, int errno_value,
                             const char *fmt, ...) SV_PRINTF(4, 5);

/* For a fault that was dealt with: nothing of it is left to be said. NULL is allowed. */
void sv_err_clear(struct sv_err *err);

/* The fixed status for "no memory". */
enum sv_status sv_fail_nomem(struct sv_err *err);

/* The meaning of a status, from the list in smtpvault.h. */
const char *sv_status_text(enum sv_status status);

#endif
