/* SPDX-License-Identifier: ISC */
/*
 * rotation_report: what the vault can prove of the changes of a profile's secret since a day: its
 * age, what the policy wanted, and each rotation that was promoted since. Pure: cards with their
 * terms (policy_apply) and outcomes in, evidence out.
 */
#ifndef DOMAIN_ROTATION_REPORT_H
#define DOMAIN_ROTATION_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/rotation_record.h"

enum report_time { REPORT_NO_DATE, REPORT_ON_TIME, REPORT_LATE };

/* One change. */
struct report_change {
    int64_t when, due; /* due: when it was to be made; 0: at no time */
    enum report_time time;
    const char *method; /* a rotation's; "other": changed by another command, or added */
    bool back;          /* it was taken back since */
    bool new_proved, old_proved;
    char proof[160]; /* "the new one logged in; the old one was refused (535 5.7.8)" or
                        "unproved: ..." */
    char who[ROTATION_WHO_MAX + 1], host[ROTATION_HOST_MAX + 1]; /* "": not known */
};

#define REPORT_WHY_MAX (ROTATION_FAULT_MAX + 160)
#define REPORT_CHANGES_MAX (ROTATION_PAST_MAX + 2)
struct report {
    int64_t secret_since, due; /* due: the next; 0: never */
    int64_t age_days;
    bool changed;             /* the secret is younger than `since` */
    bool is_new;              /* and so is the login: it had none before */
    char why[REPORT_WHY_MAX]; /* not changed: what is known about why not */
    bool overdue;             /* and its days of grace are over, or it is exposed */
    size_t count;             /* of changes since then, the newest first */
    struct report_change changes[REPORT_CHANGES_MAX];
};
void report_of(struct report *out, const struct profile *p, int64_t since, int64_t now);
/* The change that made the present secret, if it was since then; else NULL. */
struct report_change *report_present(struct report *r);
bool report_is_proved(const struct report_change *c);
const char *report_time_word(enum report_time time); /* "no date" "on time" "late" */

#endif
