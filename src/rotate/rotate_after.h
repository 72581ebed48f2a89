/* SPDX-License-Identifier: ISC */
/*
 * rotate_after: the commands that the policy has run after a promotion (and after one was taken
 * back), so that what keeps a secret in memory fetches the new one. A line is split into words as
 * words.h does it, and no shell reads it: whoever wants one writes sh -c '...'. A command gets no
 * secret, nothing on standard input, no terminal, and AFTER_LIMIT_MS; it runs in "/"
 * (rotator/run.h), and what it prints is told as lines of text. It runs where somebody agreed to
 * it (agreed.h). Each is recorded in this machine's log; one that fails is told and stays on the
 * record, and takes nothing back.
 */
#ifndef ROTATE_ROTATE_AFTER_H
#define ROTATE_ROTATE_AFTER_H

#include "domain/policy.h"
#include "rotate/rotate_run.h"

#define AFTER_LIMIT_MS 60000

/* Those that did not end well on this machine since then (INT64_MAX: all). Sets job->after_fault
 * and a finding where one fails. */
enum sv_status rotate_after_run(struct rotation_job *job, int64_t since,
                                struct sv_err *err) SV_MUST_USE;

/* How each went here since a time, its last run, as the log tells it. */
struct rotate_after {
    int64_t when;
    char note[AUDIT_NOTE_MAX + 1]; /* "ended with 0: systemctl reload postfix" */
    bool failed;
};
struct rotate_after_list {
    struct rotate_after items[POLICY_AFTER_MAX];
    size_t count;
};
enum sv_status rotate_after_read(struct rotate_after_list *out, struct cli *cli, const char *name,
                                 int64_t since, struct sv_err *err) SV_MUST_USE;

#endif
