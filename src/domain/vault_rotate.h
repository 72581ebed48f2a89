/* SPDX-License-Identifier: ISC */
/*
 * vault_rotate: the steps of a rotation as the vault keeps them. The record stands in the
 * profile's card (rotation_record.h). The pending secret is a row of its own, as an older
 * version's: kind OBJECT_VERSION, the profile's uid, version PROFILE_VERSION_PENDING, with a key
 * of its own, so that no token opens it. It is there from ROTATE_PENDING on, until it is promoted
 * or given up, and goes with its profile. vault_reveal gives it out for that version number, with
 * the card that the profile has now.
 */
#ifndef DOMAIN_VAULT_ROTATE_H
#define DOMAIN_VAULT_ROTATE_H

#include "domain/rotation_record.h"
#include "domain/rotation_steps.h"
#include "domain/vault.h"

/*
 * One step, in one transaction with one entry in the log (AUDIT_ROTATE; its note says the step).
 *
 * p: the profile as it was read; its name finds it, and afterwards it is as it stands now.
 * record: what it shall say. The vault takes of it the stage, which rotation_may has to allow,
 *   flags, rejections, overlap_until, the words verified, proof and fault; with ROTATE_BEGIN
 *   method, hook and due; with ROTATE_PENDING method, hook and username too. It sets the rest:
 *   run, turn, times, machine, host, who, versions, the past.
 * secret: with ROTATE_PENDING; else NULL.
 *
 *   BEGIN    the one before is remembered if it was promoted
 *   PROMOTE  the pending secret becomes a new version, as by vault_edit, of its user name if it
 *            has one; what it replaces stays in history. Who proved it with a login, or would
 *            not, need not say so before: the record says it now
 *   BACK     the secret and user name of version_from become a new version, as old and as
 *            exposed as they were
 *   ABANDON  the pending row goes
 *
 * *p is the card as it stands then, also where the change was made and a fault told of its end.
 * SV_LOCKED: the record that was read is not the one that is there: another process rotates it;
 * or the secret was changed meanwhile by other means. SV_USAGE: no such step now. SV_DENIED: this
 * session changes nothing.
 */
enum sv_status vault_rotate(struct vault *v, enum rotation_step step, struct profile *p,
                            const struct rotation_record *record, const struct secret *secret,
                            struct sv_err *err) SV_MUST_USE;

/*
 * Steps of several profiles as one change, with an entry for each: all that can be made are made
 * in one transaction, and each has its own outcome. A fault of the disk is all of theirs.
 *
 * told: what happened before the step and has an entry of its own (AUDIT_ROTATE), or NULL: it
 * goes into the log in the same write, before it, and is NULL afterwards. Where the step failed
 * before anything could be written it is still there.
 */
struct rotate_one {
    enum rotation_step step;
    struct profile *p;
    const struct rotation_record *record;
    const struct secret *secret;
    struct audit_event *told;
    enum sv_status status;
    struct sv_err err;
};
void vault_rotate_many(struct vault *v, struct rotate_one *items, size_t count);

#endif
