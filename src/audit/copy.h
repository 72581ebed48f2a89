/* SPDX-License-Identifier: ISC */
/*
 * copy: the copy of a log that stands beside a backup of the vault.
 *
 * It is the audit.db of the machine that made it, in one file, and not its seal: the
 * live key is never copied, since a second place that knows it could forge entries.
 * So nothing can be appended to a copy, and its end is proved by the signed state
 * of the vault it was made with, which names a size and a root.
 */
#ifndef AUDIT_COPY_H
#define AUDIT_COPY_H

#include "audit/audit.h"
#include "base/progress.h"

/* Copies the log as it is now into a new file (0600); see db_backup. */
enum sv_status audit_copy_make(struct audit *a, const char *path, const struct progress *watch,
                               struct sv_err *err) SV_MUST_USE;

/* Opens a copy for audit_read, audit_verify and what is below. SV_MISSING: there is
 * none. SV_DATA: no log, damaged, or another vault's. */
enum sv_status audit_copy_open(struct audit **out, const char *path, const uint8_t vault_id[16],
                               struct sv_err *err) SV_MUST_USE;

/* Proves without a key that the entries are all there and sum up to the head, and, when
 * `signed_mark` is of this log, that they begin with those that it speaks of. SV_DATA
 * says what is wrong. watch (or NULL) is told of entries. */
enum sv_status audit_copy_prove(struct audit *copy, const struct audit_mark *signed_mark,
                                const struct progress *watch, struct sv_err *err) SV_MUST_USE;

#endif
