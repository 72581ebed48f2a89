/* SPDX-License-Identifier: ISC */
/* rotate_report: rotate --report, the evidence for whoever asks whether everything was changed. */
#ifndef ROTATE_ROTATE_REPORT_H
#define ROTATE_ROTATE_REPORT_H

#include "cli/cli.h"
#include "domain/copies.h"
#include "domain/rotation_report.h"

struct report_totals {
    size_t profiles, changed, fresh, unchanged, on_time, late, overdue, proved, unproved;
};
struct report_row {
    const struct profile *p; /* borrowed */
    struct report r;
    char policy[96]; /* "every 90d (tag prod)"; "none" */
};
struct report_all {
    int64_t since, now;
    struct profile_list list;
    struct report_row *rows;
    size_t count;
    bool log_read; /* else who made changes by other commands is not told */
    struct report_totals totals;
    char host[COPY_HOST_MAX + 1]; /* where it was made, and of which file */
    char *vault;
};

/* The day --since says; 90 days ago without it. SV_USAGE. */
enum sv_status rotate_since(const struct args *args, int64_t now, int64_t *since,
                            struct sv_err *err) SV_MUST_USE;
/* Of name, or of all logins (NULL). */
enum sv_status rotate_report(struct cli *cli, const struct args *args, const char *name,
                             struct sv_err *err) SV_MUST_USE;

/* rotate_report_show.c */
enum sv_status rotate_report_people(struct cli *cli, const struct report_all *all,
                                    struct sv_err *err) SV_MUST_USE;
enum sv_status rotate_report_json(struct cli *cli, const struct report_all *all,
                                  struct sv_err *err) SV_MUST_USE;
void rotate_report_csv(struct cli *cli, const struct report_all *all);

#endif
