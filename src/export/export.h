/* SPDX-License-Identifier: ISC */
/* export: what the parts of the export command have in common. */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "base/file.h"
#include "cli/cli.h"
#include "cli/hook.h"
#include "domain/copies.h"
#include "tool/format.h"

/* Logins on their way into a format. Owner: export_clear. */
struct export
{
    const struct format *format;
    size_t count;
    struct profile *profiles;
    struct secret **secrets;
    struct format_input *inputs;
    struct hook hook;
};
void export_clear(struct export *e);
#define EXPORT_OWNED __attribute__((cleanup(export_clear)))

struct export_wish {
    const struct format *format;
    const char *const *names;
    size_t count;
    bool secrets;  /* the secrets themselves: each release is recorded */
    bool appended; /* the text may go behind others */
};
/* Reads and writes them. */
enum sv_status export_write(struct cli *cli, const struct export_wish *wish, struct export *e,
                            struct sink *out, struct sv_err *err) SV_MUST_USE;
/* The same as a secret. */
enum sv_status export_text(struct cli *cli, const struct export_wish *wish, struct export *e,
                           struct secret **text, struct sv_err *err) SV_MUST_USE;

/* export_file.c: -o FILE. force: replace what is there. record: where a secret comes to lie is
 * recorded in the vault, or nothing is written. */
struct export_goal {
    const char *path;
    bool force, record;
};
enum sv_status export_file(struct cli *cli, const struct export_wish *wish,
                           const struct export_goal *goal, struct sv_err *err) SV_MUST_USE;

/* The two ends of a recorded writing, of the file at c's path; what they say of a fault says
 * whether it was written. */
enum sv_status export_begin(struct cli *cli, const struct export *e, const struct copy *c,
                            struct sv_err *err) SV_MUST_USE;
enum sv_status export_done(struct cli *cli, const struct export *e, const struct copy *c,
                           struct sv_err *err) SV_MUST_USE;
/* After a fault s in between: the record says again what it said, unless the file stands all the
 * same, which err says. *stands: file_put said so; it is asked again, as a disk may have done
 * what it said that it had not. Returns s. */
enum sv_status export_failed(struct cli *cli, const struct export *e, const struct copy *c,
                             enum sv_status s, bool *stands, struct sv_err *err);

/* export_refresh.c, export_forget.c */
/* The files of this machine that hold an older secret of this login; SV_FINDINGS: some are left as
 * they are, which is said of each. */
enum sv_status export_refresh_one(struct cli *cli, const char *name,
                                  struct sv_err *err) SV_MUST_USE;
enum sv_status export_refresh(struct cli *cli, const struct args *args,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status export_forget(struct cli *cli, const struct args *args,
                             struct sv_err *err) SV_MUST_USE;

#endif
