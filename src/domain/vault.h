/* SPDX-License-Identifier: ISC */
/*
 * vault: the sealed store as a whole: file, state, anchor, keys, log. See
 * smtpvault-store(5) for the format and its promises.
 *
 * A vault is opened locked (nothing secret is needed: the signed state, the
 * anchor and the log are checked), then unlocked by credentials. Every mutation
 * is one call: lock, BEGUN entry, transaction, signed state, anchor, DONE entry.
 * What a machine sees for the first time it remembers once it was unlocked.
 */
#ifndef DOMAIN_VAULT_H
#define DOMAIN_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/err.h"
#include "base/progress.h"
#include "base/secret.h"
#include "crypto/argon2id.h"
#include "crypto/slot.h"
#include "domain/profile.h"

struct vault;
struct token_session; /* vault_token.h */

/* path: the vault file. state_root: this machine's state folder (env_state_dir);
 * the vault's own folder below it is named by the vault id in hex. */
struct vault_place {
    const char *path;
    const char *state_root;
};

/* Makes a vault with one admin slot and opens it, unlocked. cost: NULL for
 * calibration. credentials decide the slot's type. SV_EXISTS when a vault is
 * there. Nothing is left behind on failure. */
enum sv_status vault_create(struct vault **out, const struct vault_place *place,
                            const struct slot_credentials *cred, const struct argon2_cost *cost,
                            struct sv_err *err) SV_MUST_USE;

/* Opens locked. SV_MISSING: no file ("run smtpvault init"). SV_DATA: not a vault,
 * damaged, altered, or older than this machine has seen. read_only: no wish to
 * change the vault (the log is still written). */
enum sv_status vault_open(struct vault **out, const struct vault_place *place, bool read_only,
                          struct sv_err *err) SV_MUST_USE;
/* Opens locked, with the log as it is, whatever its state: to look at a log for which
 * vault_open refuses the vault. It can be unlocked, read and verified; nothing is
 * released, changed, recorded or remembered. Without any log it is vault_open. */
enum sv_status vault_open_inspect(struct vault **out, const struct vault_place *place,
                                  struct sv_err *err) SV_MUST_USE;
void vault_close(struct vault *v);
void vault_close_cleanup(struct vault **slot);
#define VAULT_OWNED __attribute__((cleanup(vault_close_cleanup)))

/* Which kinds of credentials could open this vault. */
struct vault_ways {
    bool passphrase, keyfile, passphrase_keyfile, identity, recovery;
};
enum sv_status vault_ways(struct vault *v, struct vault_ways *ways, struct sv_err *err) SV_MUST_USE;

/* Tries every slot that accepts the credentials. SV_DENIED: none opened, recorded
 * in the log (result denied) while locked. */
enum sv_status vault_unlock(struct vault *v, const struct slot_credentials *cred,
                            struct sv_err *err) SV_MUST_USE;
bool vault_is_unlocked(const struct vault *v);
/* Wipes the keys; the vault stays open. */
void vault_lock(struct vault *v);

struct vault_info {
    char id_hex[33];
    uint64_t epoch, seq;
    uint32_t slots;
    int64_t created;
    struct audit_mark log; /* this machine's log */
    const char *path;
    const char *state_dir;
};
enum sv_status vault_info(struct vault *v, struct vault_info *info, struct sv_err *err) SV_MUST_USE;
/* Its path alone, borrowed. That it is found does not take a look at each profile. */
const char *vault_path(const struct vault *v);

/* ---- profiles (unlocked) ---- */

/* The card only; SV_MISSING naming the profile. *out is the caller's. */
enum sv_status vault_find(struct vault *v, const char *name, struct profile *out,
                          struct sv_err *err) SV_MUST_USE;

/* All cards in name order (byte order). The whole tree is proved in the same
 * snapshot. vault_list leaves the times of last use and outcomes at 0; vault_list_used
 * asks the log for them, six keys and three rows a profile. *list is the caller's:
 * profile_list_clear. */
struct profile_list {
    struct profile *items;
    size_t count;
};
void profile_list_clear(struct profile_list *list);
#define PROFILE_LIST_OWNED __attribute__((cleanup(profile_list_clear)))
enum sv_status vault_list(struct vault *v, struct profile_list *list,
                          struct sv_err *err) SV_MUST_USE;
enum sv_status vault_list_used(struct vault *v, struct profile_list *list,
                               struct sv_err *err) SV_MUST_USE;
/* With those times that what is due depends on (due.h), for a third of the price: last_rejected;
 * last_worked of a login that was rejected, whose secret is not its first or whose provider's
 * deadline has passed; last_used of one by OAuth2 whose end its provider did not tell. */
enum sv_status vault_list_outcomes(struct vault *v, struct profile_list *list,
                                   struct sv_err *err) SV_MUST_USE;

/* The same cards one by one, in no order, without keeping any: a list of a hundred thousand
 * takes tens of megabytes. *seq: the vault's state that they are of (vault_seq). Not where
 * the keys are elsewhere: SV_INTERNAL. */
typedef enum sv_status vault_visit_card(void *context, const struct profile *card,
                                        struct sv_err *err);
enum sv_status vault_each(struct vault *v, vault_visit_card *visit, void *context, uint64_t *seq,
                          struct sv_err *err) SV_MUST_USE;
/* Counts the changes of the vault, whoever makes them. */
enum sv_status vault_seq(struct vault *v, uint64_t *seq, struct sv_err *err) SV_MUST_USE;

/* The only door to a plaintext. Writes the audit entry (op, note) durably, then
 * opens the secret. version 0: the current one. A profile that does not exist is
 * recorded as failed. profile_out may be NULL. */
/* What is known of a grant's confirmation before it is asked for. LATER: it cannot be asked
 * here; the release is put off. */
enum reveal_confirm { CONFIRM_ASK, CONFIRM_LATER, CONFIRM_YES, CONFIRM_NO };
struct reveal {
    enum audit_op op;
    const char *note; /* or NULL */
    uint64_t version;
    enum audit_via via;          /* VIA_NONE: the session's own */
    const struct caller *caller; /* who asked; NULL: this process's own caller */
    enum reveal_confirm confirm;
    char **question;    /* CONFIRM_LATER: gets what is to be asked (sv_free), where the status
                         * is SV_FINDINGS: nothing was released and nothing recorded */
    const char *nobody; /* CONFIRM_NO: why nobody could be asked; NULL: somebody said no */
    struct token_session *token; /* whose terms hold (vault_token_admit); NULL: the session's own */
    bool kept; /* the secret as it is kept, where a login gets one that is derived from it; neither
                * with a token nor where the keys are elsewhere: SV_DENIED */
    /* Of a login by OAuth2 whose access token has run out (vault_oauth.h). stale: it is not
     * renewed here; this becomes true where the status is SV_FINDINGS, as with question.
     * unrenewed: that was tried, and why it failed. Both may be NULL. */
    bool *stale;
    const struct reveal_unrenewed *unrenewed;
};
struct reveal_unrenewed {
    enum sv_status status;
    struct sv_err err;
};
enum sv_status vault_reveal(struct vault *v, const char *name, const struct reveal *why,
                            struct profile *profile_out, struct secret **secret_out,
                            struct sv_err *err) SV_MUST_USE;

/* Many at once: one look at the vault, one durable transaction in the log for releases
 * and refusals together, and only then the secrets. When that one fails nobody gets
 * anything; else each item has its own outcome. name and why are the caller's to fill in;
 * profile and secret, where status is SV_OK, are the caller's to free. */
struct reveal_one {
    const char *name;
    struct reveal why;
    struct profile profile;
    struct secret *secret;
    enum sv_status status;
    struct sv_err err;
};
void vault_reveal_many(struct vault *v, struct reveal_one *items, size_t count);

/* For a process that serves others, while nobody waits: makes the next releases cheaper by
 * what can be computed beforehand, for up to `count` of them. False: nothing is left to do. */
bool vault_prepare(struct vault *v, size_t count);
/* For such a process: keeps little of the files in memory. */
enum sv_status vault_stay_small(struct vault *v, struct sv_err *err) SV_MUST_USE;

/* Records something about a profile that is not a release (a test's verdict, an
 * exec's status). event->via VIA_NONE: the session's own. */
enum sv_status vault_record(struct vault *v, struct audit_event *event,
                            struct sv_err *err) SV_MUST_USE;

/* From here on the log says that this caller (copied) did, in this way, what the session does:
 * for an agent, which acts for its clients. NULL: this process again. */
void vault_act_for(struct vault *v, const struct caller *caller, enum audit_via via);

/* How a login with a profile's secret went at its server, as far as it can be told: neither
 * a server that could not be reached nor a temporary fault says anything of the secret. */
enum outcome { OUTCOME_UNKNOWN = 0, OUTCOME_WORKED = 1, OUTCOME_REJECTED = 2 };
/* As vault_record, and the entry's time is kept as the profile's last_worked or
 * last_rejected, if event->version is still the current one. */
enum sv_status vault_outcome(struct vault *v, struct audit_event *event, enum outcome outcome,
                             struct sv_err *err) SV_MUST_USE;

/* What a program says of a secret that it used: `claimed` is compared with the current one
 * where the keys are, nothing is released, and the entry is written in every case, so that
 * nobody guesses unseen; without a claim it is vault_outcome. A claim that is a git_secret is
 * compared with the whole one. The outcome counts if they are the same, which *same (or NULL)
 * tells; event->note, "git store", is completed by what came of it, and event->version set. */
enum sv_status vault_outcome_claim(struct vault *v, struct audit_event *event, enum outcome outcome,
                                   const struct secret *claimed, bool *same,
                                   struct sv_err *err) SV_MUST_USE;

/* The same as vault_outcome in two steps, for a process that holds no keys while a program runs:
 * find while the vault is unlocked, `at` with the vault opened anew, locked or not. The keys in
 * between open these two times and nothing else. */
struct vault_outcome_place {
    uint64_t version;
    int64_t worked_row, rejected_row; /* 0: not known, an entry is written without */
    uint8_t worked_key[32], rejected_key[32];
};
enum sv_status vault_outcome_find(struct vault *v, const char *name,
                                  struct vault_outcome_place *place,
                                  struct sv_err *err) SV_MUST_USE;
enum sv_status vault_outcome_at(struct vault *v, const struct vault_outcome_place *place,
                                struct audit_event *event, enum outcome outcome,
                                struct sv_err *err) SV_MUST_USE;
void vault_outcome_place_clear(struct vault_outcome_place *place);
#define VAULT_OUTCOME_PLACE_OWNED __attribute__((cleanup(vault_outcome_place_clear)))

/* SV_EXISTS when the name is taken. p: uid, created, updated, rotated, version
 * are set here. */
enum sv_status vault_add(struct vault *v, struct profile *p, const struct secret *secret,
                         struct sv_err *err) SV_MUST_USE;
/* Many at once in one transaction, with one entry in the log; secrets[i] belongs to
 * profiles[i]. All or nothing. Where replace[i] (replace may be NULL) it is a new version as
 * of vault_edit, and SV_MISSING without one before; else it is a new profile. A profile's
 * `rotated` stays where it is set and in the past: since when its secret is what it is.
 * Neither is where the keys are elsewhere. */
enum sv_status vault_import(struct vault *v, struct profile *profiles,
                            struct secret *const *secrets, const bool *replace, size_t count,
                            const struct progress *watch, struct sv_err *err) SV_MUST_USE;
enum sv_status vault_add_many(struct vault *v, struct profile *profiles,
                              struct secret *const *secrets, size_t count,
                              struct sv_err *err) SV_MUST_USE;
/* Whether these profiles have these secrets: sames[i] tells. Nothing is released, and one entry
 * in the log says how many were compared, so that nobody guesses unseen. SV_MISSING: a profile
 * is not there. Not where the keys are elsewhere. */
enum sv_status vault_compare(struct vault *v, const char *const *names,
                             const struct secret *const *secrets, bool *sames, size_t count,
                             struct sv_err *err) SV_MUST_USE;
/* A new version: the card of p (its name finds the profile; times and version are
 * set here), and a new secret or, when NULL, the old one. The replaced version
 * stays in history. op is AUDIT_EDIT, AUDIT_POLICY ... A p that was read and is no
 * more the current version is SV_LOCKED: somebody else's change would be undone. */
enum sv_status vault_edit(struct vault *v, struct profile *p, const struct secret *secret_or_null,
                          enum audit_op op, struct sv_err *err) SV_MUST_USE;
/* Makes one that was opened for reading one that may be changed. SV_DENIED where this session
 * changes nothing: a token, a reader, a file that is read-only. Whether an agent's may, it says
 * when it is asked to. */
enum sv_status vault_allow_changes(struct vault *v, struct sv_err *err) SV_MUST_USE;
enum sv_status vault_rename(struct vault *v, const char *from, const char *to,
                            struct sv_err *err) SV_MUST_USE;
/* Removes the profile and its whole history. */
enum sv_status vault_remove(struct vault *v, const char *name, struct sv_err *err) SV_MUST_USE;
/* Cards of all versions, oldest first, the current one last. */
enum sv_status vault_history(struct vault *v, const char *name, struct profile_list *list,
                             struct sv_err *err) SV_MUST_USE;
/* Makes a new version with card and secret of an older one (0: the one before
 * the current). The name stays as it is now. */
enum sv_status vault_rollback(struct vault *v, const char *name, uint64_t version,
                              uint64_t *new_version, struct sv_err *err) SV_MUST_USE;

/* ---- the vault itself ---- */

/* How long a change waits for one of another process (10 s, unless it was said): an agent
 * has others waiting meanwhile. */
void vault_set_patience(struct vault *v, int ms);

/* Replaces the slot that opened this session by one for the new credentials. */
enum sv_status vault_change_credentials(struct vault *v, const struct slot_credentials *cred,
                                        const struct argon2_cost *cost,
                                        struct sv_err *err) SV_MUST_USE;

/* Proves the file: pages, header, signed state, history from its beginning, slots, and
 * every row by the tree; nothing secret is needed. With `boxes`, and unlocked by an
 * administrator, every card and secret is opened as well (nothing is released).
 * Findings are told one by one to `tell`. */
typedef void vault_tell(void *context, const char *finding);
struct vault_verifying {
    bool boxes;
    vault_tell *tell; /* or NULL */
    void *context;
    const struct progress *progress; /* or NULL */
};
enum sv_status vault_verify_as(struct vault *v, const struct vault_verifying *how,
                               uint64_t *findings, struct sv_err *err) SV_MUST_USE;
/* Are boxes opened: is this an administrator's session, with its keys here? */
bool vault_opens_boxes(const struct vault *v);
/* With boxes, unwatched. */
enum sv_status vault_verify(struct vault *v, uint64_t *findings, vault_tell *tell, void *context,
                            struct sv_err *err) SV_MUST_USE;

/* The log, with keys where needed (unlocked). */
enum sv_status vault_audit_read(struct vault *v, const struct audit_filter *filter,
                                audit_visit *visit, void *context, struct sv_err *err) SV_MUST_USE;
enum sv_status vault_audit_verify(struct vault *v, struct audit_report *report,
                                  struct sv_err *err) SV_MUST_USE;
/* From where a long log was verified before: audit_verify without `full`. */
enum sv_status vault_audit_verify_new(struct vault *v, struct audit_report *report,
                                      struct sv_err *err) SV_MUST_USE;
/* After a loss of the log on this machine that its owner accepts. */
enum sv_status vault_audit_resume(const struct vault_place *place, struct sv_err *err) SV_MUST_USE;

#endif
