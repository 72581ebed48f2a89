/* SPDX-License-Identifier: ISC */
/* copy_words: what is said of a profile's copies. */
#ifndef EXPORT_COPY_WORDS_H
#define EXPORT_COPY_WORDS_H

#include "cli/cli.h"
#include "cli/doctor.h"
#include "export/copy_look.h"
#include "format/json.h"

#define COPY_SHOWN_MAX 1600
/* A path for a message; a compound literal, so for one statement only. */
#define COPY_PATH_SHOWN(path) \
    text_printable((char[COPY_SHOWN_MAX]){0}, COPY_SHOWN_MAX, (path), strlen(path))

/* "/home/ann/rc (msmtp): version 2, old; the file is as it was written" */
char *copy_say(char dst[COPY_SHOWN_MAX], const struct copy *c, const struct copy_view *v);
/* A member "copies". */
enum sv_status copies_json(struct json *j, const struct profile *p, struct sv_err *err) SV_MUST_USE;
/* After a change: how many copies hold what was before. what: "the old password". */
void copies_note_old(const struct cli *cli, const struct profile *p, const char *what);
/* After a removal: where its secret still lies. */
void copies_warn_left(const struct cli *cli, const struct profile *p);
/* What doctor looks at. */
void doctor_copies(struct doctor *d, const struct profile_list *list);

#endif
