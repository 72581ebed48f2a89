/* SPDX-License-Identifier: ISC */
/*
 * smtpvault.h: what smtpvault promises to other programs.
 *
 * Every smtpvault command ends with one of these statuses. The numbers are
 * those of sysexits.h, the dialect mailers already speak; 0 and 1 follow the
 * custom of diff(1): 1 means "done, and there is something to look at", or that a person
 * was asked whether to go on and said no, which is no fault.
 * `exec` is the exception: it answers with its child's status, 126 and 127 as
 * the shell does.
 */
#ifndef SMTPVAULT_H
#define SMTPVAULT_H

/* X(name, exit status, meaning) */
#define SMTPVAULT_STATUS_LIST(X)                                                              \
    X(OK, 0, "done")                                                                          \
    X(FINDINGS, 1, "done, and there are findings, or the answer was no")                      \
    X(USAGE, 64, "usage")                                                                     \
    X(DATA, 65, "bad data: it cannot be parsed or expressed, or the vault or log is damaged") \
    X(MISSING, 66, "no such vault, profile, field or token")                                  \
    X(UNREACHABLE, 69, "the mail server or agent could not be reached")                       \
    X(INTERNAL, 70, "internal error")                                                         \
    X(EXISTS, 73, "it exists already, or the output cannot be created")                       \
    X(IO, 74, "input/output error")                                                           \
    X(LOCKED, 75, "locked or busy: retry later")                                              \
    X(DENIED, 77, "wrong passphrase or key, or denied by policy")                             \
    X(CONFIG, 78, "configuration error")

enum sv_status {
#define SMTPVAULT_STATUS_ENUM(name, exit, meaning) SV_##name = (exit),
    SMTPVAULT_STATUS_LIST(SMTPVAULT_STATUS_ENUM)
#undef SMTPVAULT_STATUS_ENUM
};

#endif
