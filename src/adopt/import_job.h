/* SPDX-License-Identifier: ISC */
/* import_job: one file, from its bytes to the vault: what `import` does, and `scan --adopt`. */
#ifndef ADOPT_IMPORT_JOB_H
#define ADOPT_IMPORT_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "adopt/import_after.h"
#include "base/err.h"
#include "cli/cli.h"
#include "import/plan.h"

struct import_how {
    const char *from;          /* the name of the source, or NULL to find it out */
    const char *password_from; /* SOURCE of a profile's primary password; NULL: tty */
    struct plan_wishes wishes;
    bool dry_run, yes;
    enum after_what then;
    bool force; /* a file goes although not all of its logins are in the vault */
    bool among; /* one of many: no answer of its own on stdout */
};

/* Zeroed: nothing; owner: import_job_clear. */
struct import_job {
    struct import_file file;
    struct found_list found;
    struct plan plan;
    struct import_after after;
    size_t stored;
};
void import_job_clear(struct import_job *job);
#define IMPORT_JOB_OWNED __attribute__((cleanup(import_job_clear)))

/* Shows what would come of it, asks, stores, and does to the file what is wished. SV_FINDINGS: the
 * answer was no, and nothing was done. */
enum sv_status import_job_run(struct cli *cli, const char *word, const struct import_how *how,
                              struct import_job *job, struct sv_err *err) SV_MUST_USE;

#endif
