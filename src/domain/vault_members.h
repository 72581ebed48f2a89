/* SPDX-License-Identifier: ISC */
/*
 * vault_members: who may open the vault. A member is a key slot and its entry in the
 * directory: an administrator (everything), a reader (lists and gets, changes nothing)
 * or an auditor (reads and verifies the log, sees no profile). Every call needs an
 * unlocked administrator's session; changes are one transaction each and logged (op
 * member, the label in the note).
 */
#ifndef DOMAIN_VAULT_MEMBERS_H
#define DOMAIN_VAULT_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "crypto/keys.h"
#include "domain/directory.h"
#include "domain/vault.h"

#define MEMBER_LABEL_MAX DIRECTORY_LABEL_MAX

struct member {
    uint32_t number; /* of the slot */
    enum slot_type type;
    enum role role;
    int64_t created; /* when it joined; seconds since 1970, UTC */
    char label[MEMBER_LABEL_MAX + 1];
    struct argon2_cost cost; /* zero where no Argon2id is used */
    bool own;                /* opened this session */
    int64_t left;            /* when it was removed; 0: it is a member. Of who was, the rest
                              * but number and label is not known */
};
struct member_list {
    struct member *items;
    size_t count;
};
void member_list_clear(struct member_list *list);
#define MEMBER_LIST_OWNED __attribute__((cleanup(member_list_clear)))

/* All members in the order of their slot numbers. *list is the caller's. */
enum sv_status vault_members(struct vault *v, struct member_list *list,
                             struct sv_err *err) SV_MUST_USE;
/* Those who were removed as well, behind them, the first to leave first. */
enum sv_status vault_members_ever(struct vault *v, struct member_list *list,
                                  struct sv_err *err) SV_MUST_USE;
/* Who had that slot then, or (by clocks that disagree) nearly then; NULL: nobody known. */
const struct member *member_then(const struct member_list *ever, uint32_t number, int64_t when);
/* The member of that label, or of that slot number in decimal; SV_MISSING names it. */
enum sv_status member_find(const struct member_list *list, const char *who,
                           const struct member **out, struct sv_err *err) SV_MUST_USE;

const char *role_word(enum role role);             /* "admin" "reader" "auditor" "token" */
bool role_parse(const char *word, enum role *out); /* the first three */

/* 1 .. MEMBER_LABEL_MAX bytes of UTF-8, no control characters, no blank at an end, and
 * not a number alone (that is how a slot is named). SV_USAGE otherwise. */
enum sv_status member_check_label(const char *label, struct sv_err *err) SV_MUST_USE;

struct member_new {
    const char *label;
    enum role role; /* admin, reader or auditor */
    const struct slot_credentials *cred;
    const struct argon2_cost *cost; /* NULL: fitted to this machine, and raised later where it
                                     * has become weak */
};
/* An identity is remembered, so that nobody is added twice. */
/* SV_EXISTS when the label or the identity is there already, or all slot numbers are
 * taken. */
enum sv_status vault_member_add(struct vault *v, const struct member_new *who, uint32_t *number,
                                struct sv_err *err) SV_MUST_USE;

/* Gives another administrator a new passphrase or key file in the place of one that is
 * lost: what recovery is for. SV_DENIED for other roles, identities and shares. */
enum sv_status vault_reset_credentials(struct vault *v, const struct member *of,
                                       const struct slot_credentials *cred,
                                       const struct argon2_cost *cost,
                                       struct sv_err *err) SV_MUST_USE;

/* ---- removing ---- */

/* One version of a profile that the leaver's slot could read. */
struct offboarding_item {
    char *name, *username, *host; /* username and host may be NULL */
    uint64_t version;
    bool current;       /* the present version: its secret is what must be changed */
    int64_t secret_set; /* when this version's secret was set */
    int64_t last_used;  /* by anybody on this machine; 0 for older versions */
    int64_t read;       /* when the leaver last fetched it, as this machine's log shows: for the
                         * present version also an older one whose secret was set in the same
                         * second, so is taken for the same; 0: not */
    uint64_t reads;     /* how often */
};

/* What a leaver takes along. The items are sorted by risk: secrets in use that the
 * leaver fetched, the newest fetch first; secrets in use, those last used first; then
 * older versions, which are mostly changed at the server already, in the same way. */
struct offboarding {
    char label[MEMBER_LABEL_MAX + 1];
    enum role role;
    uint32_t number;
    uint64_t epoch; /* that began */
    struct offboarding_item *items;
    size_t count;
    uint64_t marked; /* profiles that are due for rotation from now on */
    uint64_t tokens; /* that go on working: whoever has the text of one still has access */
    bool log_read;   /* false: the log could not be read, log_fault says why */
    char log_fault[200];
};
void offboarding_clear(struct offboarding *o);
#define OFFBOARDING_OWNED __attribute__((cleanup(offboarding_clear)))

/* Takes a member away and begins a new epoch in one transaction: every key is new, every
 * row and every other member's slot is sealed anew, and what the leaver could read counts
 * as exposed (struct profile) until it has a new secret. Argon2id is not asked for.
 * SV_MISSING: no such slot. SV_DENIED: it is the last administrator's (recovery shares
 * do not count as one). Whoever removes their own slot finds the session locked
 * afterwards. progress may be NULL, and may
 * stop it, whereupon nothing has changed; *out (or NULL) is the caller's. */
enum sv_status vault_member_remove(struct vault *v, uint32_t number,
                                   const struct progress *progress, struct offboarding *out,
                                   struct sv_err *err) SV_MUST_USE;

#endif
