/* SPDX-License-Identifier: ISC */
/*
 * vault_copies: records where copies of profiles lie (copies.h). A file is written in three
 * steps, so that none is ever unknown whenever the power fails: COPY_BEGIN, the file,
 * COPY_DONE; or COPY_UNDO where the file stayed as it was.
 */
#ifndef DOMAIN_VAULT_COPIES_H
#define DOMAIN_VAULT_COPIES_H

#include "domain/copies.h"
#include "domain/vault.h"

/* BEGIN: the copy's digest is that of what will be written, `before` that of what the file holds
 * now. UNDO: the record says again what it said before. FORGET: the record goes, and the file is
 * nobody's business any more. */
enum copy_step { COPY_BEGIN = 1, COPY_DONE, COPY_UNDO, COPY_FORGET };

/* In one transaction for all profiles that the file holds, with one entry in the log. Cards
 * change in their place: versions and times stay. profiles: as they were read; with BEGIN and
 * DONE the copy is of their versions. SV_DENIED: this session writes nothing (a token, a reader,
 * a file that is read-only). SV_LOCKED: one of them is another profile meanwhile. */
enum sv_status vault_copy(struct vault *v, enum copy_step step, const struct profile *profiles,
                          size_t count, const struct copy *c, struct sv_err *err) SV_MUST_USE;

#endif
