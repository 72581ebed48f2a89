/* SPDX-License-Identifier: ISC */
/*
 * import_after: what becomes of a file when its logins are in the vault. Its secrets are put out
 * of it, what asks the vault in their place (adopt_file.h), or it is destroyed (shred_file.h).
 * It is looked at before anything is stored, so that what cannot be done to it is told then; and
 * changed behind that, when the vault was found to have each of the secrets.
 */
#ifndef ADOPT_IMPORT_AFTER_H
#define ADOPT_IMPORT_AFTER_H

#include <stdbool.h>
#include <stddef.h>

#include "adopt/adopt_file.h"
#include "adopt/import_file.h"
#include "adopt/shred_file.h"
#include "cli/cli.h"
#include "format/json.h"
#include "import/plan.h"

enum after_what { AFTER_NOTHING, AFTER_ADOPT, AFTER_SHRED };
/* A login of the file that keeps its secret there. */
struct after_left {
    char *name;
    const char *why; /* a word for programs: not-mail, conflict ... */
};

/* Zeroed: nothing; owner: import_after_clear. */
struct import_after {
    enum after_what what;
    const struct import_source *source;
    char *shown;  /* the file, in messages */
    char **names; /* by which the vault has it, for each login of the file; NULL: it has not */
    size_t count, named;
    struct after_left *left;
    size_t left_count;
    struct adopt_file adopt;
    struct shred_file shred;
    bool done;
};
void import_after_clear(struct import_after *a);
#define IMPORT_AFTER_OWNED __attribute__((cleanup(import_after_clear)))

/* Before the file is read; what is read then is what is here. SV_USAGE, SV_DATA, SV_DENIED: it
 * cannot be, and why. */
enum sv_status import_after_open(struct import_after *a, enum after_what what,
                                 struct import_file *file, struct sv_err *err) SV_MUST_USE;
/* Before the plan is carried out. SV_DATA: a secret cannot be said in the tool's syntax. */
enum sv_status import_after_plan(struct cli *cli, struct import_after *a, const struct plan *plan,
                                 struct sv_err *err) SV_MUST_USE;
/* Is there something to do? */
bool import_after_has_work(const struct import_after *a);
/* What would be done, on stdout for a dry run, else on stderr. */
enum sv_status import_after_show(struct cli *cli, const struct import_after *a, bool dry,
                                 struct sv_err *err) SV_MUST_USE;
/* Compares with the vault, does it, records it and tells it. SV_LOCKED: the vault or the file is
 * not any more what it was, and nothing was done. */
enum sv_status import_after_do(struct cli *cli, struct import_after *a,
                               struct sv_err *err) SV_MUST_USE;
/* "work, home and 3 others". */
#define IMPORT_AFTER_NAMES_MAX 600
char *import_after_left(char dst[IMPORT_AFTER_NAMES_MAX], const struct import_after *a);
/* The value of a key that is there already. */
void import_after_json(struct json *j, const struct import_after *a);

#endif
