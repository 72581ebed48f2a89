/* SPDX-License-Identifier: ISC */
/* vault_change: the one path of every mutation. For the files vault_*.c, by vault_impl.h. */
#ifndef DOMAIN_VAULT_CHANGE_H
#define DOMAIN_VAULT_CHANGE_H

#include "audit/audit.h"
#include "base/buf.h"
#include "domain/vault.h"

/* Unlocked by an admin and opened for writing. */
enum sv_status vault_need_admin(const struct vault *v, struct sv_err *err) SV_MUST_USE;
struct vault_change {
    struct vault *v;
    int lock_fd;
    bool begun, in_transaction, made;
    bool unsure;      /* the commit failed, and whether it was made all the same cannot be read */
    uint8_t root[32]; /* of the tree as changed so far */
    struct audit_event *events; /* one for each thing that it does; event, or the caller's */
    size_t event_count;
    struct audit_event event;
    struct secret *next_keys; /* of the epoch that this change begins, else NULL */
    struct audit_moves moves; /* marks of last use that follow their profiles' keys */
    struct blob logins;       /* int: the locks of vault_oauth_hold */
};
/* Lock, BEGUN entry (profile and note may be NULL), write transaction, fresh state. Owner:
 * vault_change_clear, which rolls back and records FAILED unless vault_change_commit succeeded. */
enum sv_status vault_change_begin(struct vault_change *c, struct vault *v, enum audit_op op,
                                  const char *profile, const char *note,
                                  struct sv_err *err) SV_MUST_USE;
/* An entry to begin with. */
void vault_change_event(struct audit_event *event, enum audit_op op, const char *profile,
                        const char *note);
/* Several things as one change. events: the caller's, as vault_change_event makes them, for as
 * long as c lives; whoever is done sets its version, and AUDIT_FAILED in the one whose thing was
 * not done. told: what goes into the log before them, in the same write; or NULL. */
struct vault_change_told {
    struct audit_event *const *events;
    size_t count;
};
enum sv_status vault_change_begin_many(struct vault_change *c, struct vault *v,
                                       struct audit_event *events, size_t count,
                                       const struct vault_change_told *told,
                                       struct sv_err *err) SV_MUST_USE;
/* A part of a change, which can be undone alone; not one within another. */
struct vault_change_part {
    uint8_t root[32];
    size_t moves;
};
enum sv_status vault_change_part(struct vault_change *c, struct vault_change_part *part,
                                 struct sv_err *err) SV_MUST_USE;
/* keep false: the tables are as they were before it. */
enum sv_status vault_change_part_end(struct vault_change *c, const struct vault_change_part *part,
                                     bool keep, struct sv_err *err) SV_MUST_USE;
void vault_change_clear(struct vault_change *c);
#define CHANGE_OWNED __attribute__((cleanup(vault_change_clear)))
enum sv_status vault_change_put(struct vault_change *c, int64_t id, const struct blob *bytes,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status vault_change_delete(struct vault_change *c, int64_t id,
                                   struct sv_err *err) SV_MUST_USE;
/* The times of a profile whose wrap was `from` shall be found under `to` once the change is
 * made (vault_outcome.c). */
enum sv_status vault_kept_move(struct vault_change *c, const struct secret *from,
                               const struct secret *to, struct sv_err *err) SV_MUST_USE;
/* Signs, commits, anchors, records DONE for this version of the profile. With next_keys
 * the epoch ends: the state and its successors are signed with those, and the session
 * goes on with them. */
enum sv_status vault_change_commit(struct vault_change *c, uint64_t version,
                                   struct sv_err *err) SV_MUST_USE;

#endif
