/* SPDX-License-Identifier: ISC */
/*
 * vault_grant: the grants of the vault's profiles (grant.h), and their enforcement.
 *
 * They are asked for whenever a secret is released and its owner is not known to be here:
 * through the agent, with a token, with a key file or an identity that has no passphrase, or
 * with a passphrase that nobody typed. Whoever types the passphrase into this very process
 * is the owner, and gets everything; the log says so.
 *
 * What this holds against: another program of the same user gets nothing by accident or by
 * being copied somewhere else, and everything is on record. It is this program that keeps it
 * and no cryptography: whoever has the key file reads the vault with a program of their own,
 * and a hostile program of the same user can make a granted one do its will. The strong form
 * is an agent under a user of its own.
 */
#ifndef DOMAIN_VAULT_GRANT_H
#define DOMAIN_VAULT_GRANT_H

#include "domain/grant.h"
#include "domain/vault.h"

/* g->number and ->made are set here (administrators only). SV_EXISTS: one says the same. */
enum sv_status vault_grant_add(struct vault *v, const char *name, struct grant *g,
                               struct sv_err *err) SV_MUST_USE;
/* number 0: all of them, those of learning too. left: how many there are then, so that none
 * can be told: the profile is given to everybody again. SV_MISSING: there is no such grant. */
enum sv_status vault_grant_remove(struct vault *v, const char *name, uint16_t number, size_t *left,
                                  struct sv_err *err) SV_MUST_USE;
/* In the order of their numbers; for whoever may read the profile. *out is the caller's. */
enum sv_status vault_grants(struct vault *v, const char *name, struct grants *out,
                            struct sv_err *err) SV_MUST_USE;

/* ---- learning ---- */
/* Everybody is let through from now on until `until`; a learning that is there goes on until
 * then. */
enum sv_status vault_grant_learn(struct vault *v, const char *name, int64_t until,
                                 struct sv_err *err) SV_MUST_USE;
/* Somebody who asked while everybody was let through. */
struct grant_seen {
    struct caller caller; /* as of the newest time */
    struct grant grant;   /* that fits it: grant_of_caller() */
    uint64_t times;
    int64_t first, last;
    bool covered; /* a grant that stands says at least that */
    bool useless; /* nothing but its user is known of it */
};
struct grant_seen_list {
    struct grant_seen *items;
    size_t count;
    int64_t since, until; /* of the learning; 0: the profile is not learning, and never was */
};
void grant_seen_clear(struct grant_seen_list *list);
#define SEEN_OWNED __attribute__((cleanup(grant_seen_clear)))
/* From this machine's log since the learning began; needs the keys of the log. *out is the
 * caller's. */
enum sv_status vault_grant_seen(struct vault *v, const char *name, struct grant_seen_list *out,
                                struct sv_err *err) SV_MUST_USE;
/* Grants them, and ends the learning, in one transaction. made: how many were new. */
enum sv_status vault_grant_accept(struct vault *v, const char *name,
                                  const struct grant_seen_list *seen, size_t *made,
                                  struct sv_err *err) SV_MUST_USE;

/* ---- enforcement ---- */
/* Said after unlocking, by whoever saw the passphrase typed; locking takes it back. */
void vault_owner_is_here(struct vault *v, bool here);

/* How a person is asked whether somebody may have it (GRANT_CONFIRM). The question is plain
 * text that ends with "?". A status other than SV_OK: there was no way to ask; its message is
 * told. Without this nobody can be asked, and the answer is no. */
struct vault_confirm {
    enum sv_status (*ask)(void *context, const char *question, bool *yes, struct sv_err *err);
    void *context;
};
void vault_confirm_by(struct vault *v, const struct vault_confirm *how);

#endif
