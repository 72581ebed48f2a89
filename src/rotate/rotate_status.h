/* SPDX-License-Identifier: ISC */
/* rotate_status: how far a rotation has come, for people and for programs. */
#ifndef ROTATE_ROTATE_STATUS_H
#define ROTATE_ROTATE_STATUS_H

#include "base/sink.h"
#include "cli/cli.h"
#include "domain/rotation_record.h"
#include "format/json.h"

/* What is to be done next, and the command for it; "": nothing. Returns dst. */
#define ROTATE_NEXT_MAX 1300
char *rotate_next(char dst[ROTATE_NEXT_MAX], const struct profile *p,
                  const struct rotation_record *r);
/* Was the secret changed otherwise since the rotation was begun, so that the pending one becomes
 * the current one no more? What happened in the second of its begin is not seen. */
bool rotate_is_overtaken(const struct profile *p, const struct rotation_record *r);
void rotate_status_people(struct sink *out, const struct profile *p,
                          const struct rotation_record *r);
/* An object's members behind "schema" and "profile". */
void rotate_status_members(struct json *j, const struct profile *p,
                           const struct rotation_record *r);
/* One object and a line feed. */
enum sv_status rotate_status_json(struct sink *out, const struct profile *p,
                                  const struct rotation_record *r, struct sv_err *err) SV_MUST_USE;

/* That it is finished, and what no login has proved: that a person still has to do. */
void rotate_say_finished(const struct cli *cli, const struct profile *p,
                         const struct rotation_record *r);

#endif
