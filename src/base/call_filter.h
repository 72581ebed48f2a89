/* SPDX-License-Identifier: ISC */
/*
 * call_filter: a process that gives away system calls for good (seccomp(2)). It lists
 * what it still needs; all else fails with EPERM. Filters add up: what one of them
 * refuses is refused. All threads are held by it, and what they start.
 *
 * Nothing is filtered under a sanitizer, which makes calls of its own; nor on a kernel
 * without seccomp or a processor whose calls are not known here: call_filter_possible().
 */
#ifndef BASE_CALL_FILTER_H
#define BASE_CALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum call_rule_kind {
    CALL_ALLOWED, /* whatever its arguments */
    CALL_WHERE,   /* where the low half of the argument, masked, is `value`, and that of the
                     next one has none of the bits of `without` */
    CALL_NULL,    /* where the argument is a null pointer */
    CALL_MISSING  /* fails with ENOSYS, so that the C library takes the older call */
};

/* Several rules for one call: any of them lets it through. */
struct call_rule {
    uint32_t call; /* SYS_... */
    enum call_rule_kind kind;
    uint8_t argument; /* 0 to 5 */
    uint32_t mask, value, without;
};

/* fcntl(2) but for what has the kernel send a signal, to whichever process: F_SETOWN and
 * its like, F_NOTIFY, leases, O_ASYNC. And not F_SETPIPE_SZ, seals, hints. */
#define CALL_FCNTL_WITH(is, bits)                                                              \
    {                                                                                          \
        .call = SYS_fcntl, .kind = CALL_WHERE, .argument = 1, .mask = UINT32_MAX, .value = is, \
        .without = bits                                                                        \
    }
#define CALLS_OF_FCNTL                                                                           \
    CALL_FCNTL_WITH(F_GETFL, 0), CALL_FCNTL_WITH(F_SETFL, O_ASYNC), CALL_FCNTL_WITH(F_GETFD, 0), \
        CALL_FCNTL_WITH(F_SETFD, 0), CALL_FCNTL_WITH(F_DUPFD, 0),                                \
        CALL_FCNTL_WITH(F_DUPFD_CLOEXEC, 0)

#define CALL_RULES_MAX 192
bool call_filter_possible(void);
enum sv_status call_filter_enter(const struct call_rule *rules, size_t count,
                                 struct sv_err *err) SV_MUST_USE;

#endif
