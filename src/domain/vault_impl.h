/* SPDX-License-Identifier: ISC */
/* vault_impl: what the files vault_*.c share. No one else includes it. */
#ifndef DOMAIN_VAULT_IMPL_H
#define DOMAIN_VAULT_IMPL_H

#include "base/buf.h"
#include "crypto/keys.h"
#include "domain/anchor.h"
#include "domain/directory.h"
#include "domain/directory_keys.h"
#include "domain/object.h"
#include "domain/state.h"
#include "domain/token.h"
#include "domain/vault.h"
#include "domain/vault_change.h"
#include "domain/vault_grant.h"
#include "domain/vault_oauth.h"
#include "domain/vault_remote.h"
#include "store/db.h"

/* How long a change waits for another one on this machine. */
#define WRITE_LOCK_MS 10000

struct vault {
    char *path;
    char *state_dir; /* this machine's folder for this vault */
    char *anchor_path;
    char *anchor_lock;
    struct anchor met; /* what the anchor said when the state was read last */
    bool anchor_met;   /* and that there was one */
    struct db *db;
    bool read_only;
    bool inspecting; /* vault_open_inspect: the log is only looked at */
    struct vault_header header;
    uint8_t header_hash[32];
    struct vault_state state;       /* the newest that was proved */
    uint8_t state_bytes[STATE_LEN]; /* as it stands in the file */
    struct audit *audit;
    bool log_is_copy;          /* vault_audit_of: of a backup */
    struct secret *keys;       /* struct key_tree, NULL while locked */
    struct secret *audit_keys; /* an auditor's, KEY_LEN bytes each, newest first; else NULL */
    uint32_t slot;             /* that opened this session */
    uint8_t slot_pk[KEY_LEN];  /* its public key, as its own seed gives it */
    enum role role;
    enum audit_via via;
    bool owner_here; /* vault_owner_is_here() */
    struct vault_confirm confirm;
    struct vault_renewer renewer; /* vault_renew_by */
    int patience_ms;              /* with a change that another process makes; 0: WRITE_LOCK_MS */
    enum audit_via acting;        /* vault_act_for; else VIA_NONE */
    const struct vault_remote *remote; /* the keys are elsewhere: vault_remote.h; else NULL */
    void *far;
    struct token_session *token; /* vault_token_open.c; NULL unless role is ROLE_TOKEN */
    struct token_session *pass;  /* vault_act_with; NULL: nobody's terms but the session's own */
    const struct caller *pass_caller;
};

/* ---- vault_open.c ---- */
/* Re-reads state and anchor inside the open transaction. When another process has
 * committed: proves the state anew and that it follows from the one known so far.
 * While the transaction lasts nobody can commit, so an anchor that is ahead of the
 * file is never another process's haste. */
enum sv_status vault_refresh(struct vault *v, struct sv_err *err) SV_MUST_USE;
/* Proves the rows of table slot against the state, inside a transaction. */
enum sv_status vault_slots_prove(struct vault *v, const struct vault_state *s,
                                 struct sv_err *err) SV_MUST_USE;
/* The vault's folder below state_root; owner frees. SV_DENIED when either is there and
 * other users can write to it. */
enum sv_status vault_state_dir(char **out, const char *state_root, const uint8_t vault_id[16],
                               struct sv_err *err) SV_MUST_USE;
/* Opens a vault as a mere file: there is no anchor and no log, nothing is remembered or
 * recorded, and nothing is changed. What is proved is what vault_open proves without
 * them. It can be unlocked and verified. */
enum sv_status vault_file_open(struct vault **out, const char *path,
                               struct sv_err *err) SV_MUST_USE;
/* vault_verify.c: proves the whole file without its boxes; SV_DATA is the first finding. */
enum sv_status vault_file_prove(struct vault *v, const struct progress *progress,
                                struct sv_err *err) SV_MUST_USE;
struct object_space vault_space(const struct vault *v);
/* SV_LOCKED unless the vault is unlocked. */
enum sv_status vault_need_keys(const struct vault *v, struct sv_err *err) SV_MUST_USE;
/* The same, and SV_DENIED for an auditor, who has no key of any profile. A token's holder has
 * those of some: vault_row_find knows which. */
enum sv_status vault_need_read(const struct vault *v, struct sv_err *err) SV_MUST_USE;

/* ---- vault_anchor.c ---- */
enum sv_status vault_older_than_seen(const struct vault_state *s, uint64_t epoch, uint64_t seq,
                                     struct sv_err *err);
/* Inside a transaction: the anchor on file must be the state's past or present. */
enum sv_status vault_anchor_meet(struct vault *v, struct sv_err *err) SV_MUST_USE;
/* Writes the anchor for the present state and log, unless it says that or more; the
 * first one only while unlocked. */
enum sv_status vault_anchor_advance(struct vault *v, struct sv_err *err) SV_MUST_USE;
/* The latest of this machine's clock, the newest change's time and the latest time that the
 * clock had shown here when the state was read last: a clock that is set back gains nothing. */
int64_t vault_clock(const struct vault *v);
/* Gives it the mark of a log that begins anew, and leaves the rest as it is. */
enum sv_status vault_anchor_renew(struct vault *v, struct sv_err *err) SV_MUST_USE;

/* ---- vault_unlock.c ---- */
/* Checks keys against the state and keeps them; at first sight the state is
 * remembered from here on. */
enum sv_status vault_adopt_keys(struct vault *v, struct secret **keys,
                                struct sv_err *err) SV_MUST_USE;
/* What a new slot for these credentials is. */
enum slot_type vault_slot_type(const struct slot_credentials *cred);
/* SV_USAGE when there is nothing in them, or an empty passphrase. */
enum sv_status vault_credentials_check(const struct slot_credentials *cred,
                                       struct sv_err *err) SV_MUST_USE;

/* ---- vault_slots.c ---- */
/* A slot in the making: the row, and what the directory keeps of it. */
struct vault_slot {
    struct blob bytes;
    struct slot_public keys;
    enum slot_type type;
};
void vault_slot_clear(struct vault_slot *slot);
#define SLOT_OWNED __attribute__((cleanup(vault_slot_clear)))
struct vault_slot_wish {
    uint32_t number;
    enum role role;
    const struct slot_credentials *cred;
    const struct argon2_cost *cost;   /* NULL: what this machine can bear, where it counts */
    const struct secret *older_audit; /* for an auditor: directory_keys_audit() */
};
/* For today's epoch. Argon2id costs a second: best before any lock is taken. */
enum sv_status vault_slot_make(struct vault_slot *slot, const struct vault *v,
                               const struct vault_slot_wish *wish, struct sv_err *err) SV_MUST_USE;

/* For the slot that has just opened this session with cred, in took_ms: gives it the cost
 * of today where its own has become weak, unless its owner chose it. */
void vault_slot_raise(struct vault *v, const struct slot_credentials *cred,
                      const struct slot_head *opened, int64_t took_ms);

/* ---- vault_bundle.c ---- */
/* older_audit: for an auditor the keys of the epochs before (directory_keys_audit). */
enum sv_status vault_bundle_make(struct secret **out, enum role role, uint64_t epoch,
                                 const struct key_tree *k, const struct secret *older_audit,
                                 struct sv_err *err) SV_MUST_USE;
/* *audit_keys is made for an auditor only: KEY_LEN bytes each, newest first. */
enum sv_status vault_bundle_open(struct secret **keys, struct secret **audit_keys, enum role *role,
                                 uint64_t epoch, const struct secret *bundle,
                                 struct sv_err *err) SV_MUST_USE;

/* ---- vault_audit.c ---- */
/* The audit secret keys that this session has, KEY_LEN bytes each, newest first: an
 * admin's are of all epochs. SV_DENIED: this role has none. Owner: the caller. */
enum sv_status vault_audit_keys(struct vault *v, struct secret **out,
                                struct sv_err *err) SV_MUST_USE;

/* ---- vault_reveal.c ---- */
/* Says in the event which way and which member this session is. */
void vault_event_by(const struct vault *v, struct audit_event *event);

/* ---- vault_row.c ---- */
/* One object, opened as far as its card. Owner: vault_row_clear. */
struct vault_row {
    int64_t id;
    struct blob bytes;
    struct secret *wrap;
    struct profile profile; /* with uid */
};
void vault_row_clear(struct vault_row *row);
#define ROW_OWNED __attribute__((cleanup(vault_row_clear)))
/* Inside a transaction; proves the row, or that there is none (SV_MISSING with a
 * message). root: against which (the state's, or a change's). With a token, SV_DENIED for what
 * it does not open. */
enum sv_status vault_row_find(struct vault *v, const uint8_t root[32], const char *name,
                              struct vault_row *row, struct sv_err *err) SV_MUST_USE;
/* The same in a transaction of its own, of the vault as it is now; replaces what row has. */
enum sv_status vault_row_read(struct vault *v, const char *name, struct vault_row *row,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status vault_row_version(struct vault *v, const uint8_t root[32],
                                 const struct vault_row *current, uint64_t version,
                                 struct vault_row *row, struct sv_err *err) SV_MUST_USE;
/* Opens wrap and card of bytes that were proved; checks kind, uid and version. */
enum sv_status vault_row_open(struct vault *v, enum object_kind kind, struct vault_row *row,
                              struct sv_err *err) SV_MUST_USE;
/* The same when the wrap is open and in row already. */
enum sv_status vault_row_card(struct vault *v, enum object_kind kind, struct vault_row *row,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status vault_row_secret(struct vault *v, const struct vault_row *row,
                                struct secret **password, struct sv_err *err) SV_MUST_USE;
/* Seals a profile: kind PROFILE under its name or VERSION under uid and version.
 * dek NULL: a new one. */
enum sv_status vault_row_seal(struct vault *v, enum object_kind kind, const struct profile *p,
                              const uint8_t *dek, const struct secret *password, int64_t *id,
                              struct blob *bytes, struct sv_err *err) SV_MUST_USE;

/* ---- vault_outcome.c ---- */
/* The times that the log keeps of each profile. */
enum vault_kept { VAULT_KEPT_USED, VAULT_KEPT_WORKED, VAULT_KEPT_REJECTED, VAULT_KEPT_COUNT };
/* Where the log keeps one of them, and its key. Both come from the DEK, so that the time
 * outlives a rename and can be written with a token. The caller wipes key, to which the
 * answer points. */
struct audit_keep vault_kept(enum vault_kept what, uint8_t key[KEY_LEN], const struct secret *wrap);
/* Sets the profile's last_used, last_worked and last_rejected, as this machine knows them. */
void vault_row_times(struct vault *v, struct vault_row *row);
/* Those of them that vault_list_outcomes tells. */
void vault_row_outcomes(struct vault *v, struct vault_row *row);

/* ---- vault_admit.c ---- */
/* Several that are admitted together: from the first that counts on nobody else counts, until
 * their entries are written and this is cleared. */
struct vault_admitting {
    int lock_fd;
    struct blob counted; /* int64_t: the row that counts, for each use that was admitted */
};
void vault_admitting_clear(struct vault_admitting *batch);
#define VAULT_ADMITTING \
    {                   \
        .lock_fd = -1   \
    }
/* What the entry of one that was admitted has to keep. */
#define ADMISSION_KEEPS 2
struct vault_admission {
    uint8_t *keys; /* room for ADMISSION_KEEPS * KEY_LEN bytes, secret */
    struct audit_keep keeps[ADMISSION_KEEPS];
    size_t count;
    bool confirmed; /* a grant wanted that, and it was */
};
/* May the caller that `event` names, or this process's, have the secret of the profile in `row`
 * (its current version), as the profile's grants say? Outside of any transaction: somebody may
 * be asked. SV_DENIED: no; either way the event's note says by which grant. SV_FINDINGS: it is
 * put off (struct reveal). */
enum sv_status vault_grant_admit(struct vault *v, struct vault_admitting *batch,
                                 const struct vault_row *row, const struct reveal *why,
                                 struct audit_event *event, struct vault_admission *out,
                                 struct sv_err *err) SV_MUST_USE;

/* ---- vault_oauth.c, vault_renewal.c ---- */
struct vault_change;
/* How long a renewal waits for that of another process: longer than the network may take. */
#define OAUTH_PATIENCE_MS 40000
/* May the login of `current` that was agreed to at `authorized` (0: it is none) be released? Its
 * access token has to last: SV_FINDINGS: it is put off (struct reveal). */
enum sv_status vault_oauth_ready(struct vault *v, const struct vault_row *current,
                                 int64_t authorized, const struct reveal *why,
                                 struct sv_err *err) SV_MUST_USE;
/* Has it to be renewed first, and can this session? */
bool vault_oauth_wants_renewal(struct vault *v, const struct vault_row *current,
                               int64_t authorized);
/* Renews it here: outside of any transaction. */
enum sv_status vault_oauth_renew(struct vault *v, const char *name, struct sv_err *err) SV_MUST_USE;
/* What is given out for a row, which is `current` or an older version of it: its secret, or of a
 * grant the access token, as a server is shown it (login.h), the profile with it. whole: with
 * what belongs to it, for git (git_secret.h). */
enum sv_status vault_row_given(struct vault *v, const struct vault_row *current,
                               struct vault_row *row, bool whole, struct secret **out,
                               struct sv_err *err) SV_MUST_USE;
/* Whoever renews the login of a row holds the lock of this place. */
int64_t vault_oauth_place(const struct secret *wrap, int64_t authorized);
/* A change that gives the row another key holds it too, until it is made or given up: what a
 * provider answers meanwhile would be kept under the key that goes. SV_LOCKED: it is being
 * renewed, for longer than the session's patience. */
enum sv_status vault_oauth_hold(struct vault_change *c, int64_t place,
                                struct sv_err *err) SV_MUST_USE;
void vault_oauth_let_go(struct vault_change *c);
/* The card gets the login's end as this machine knows it. */
void vault_oauth_login_end(struct vault *v, struct vault_row *row);
/* That, and a grant gets the newest refresh token that this machine knows; other secrets stay. */
enum sv_status vault_oauth_fold(struct vault *v, struct vault_row *row, struct secret **secret,
                                struct sv_err *err) SV_MUST_USE;

/* ---- vault_profiles.c ---- */
/* The row becomes p, under the key that it has, and the tokens of the profile know. */
enum sv_status vault_row_put_again(struct vault_change *c, const struct vault_row *row,
                                   const struct profile *p, const struct secret *secret,
                                   struct sv_err *err) SV_MUST_USE;

/* ---- vault_policy.c ---- */
/* Where the policy's row stands under the vault's keys. */
int64_t vault_policy_id(const struct vault *v);
/* Opens one that was proved, to see whether it is sound. */
enum sv_status vault_policy_check(struct vault *v, const uint8_t *bytes, size_t len,
                                  struct sv_err *err) SV_MUST_USE;
/* The row of `before` as it stands under the keys of `next`. */
enum sv_status vault_policy_move(struct vault *before, struct vault *next, const struct blob *row,
                                 struct blob *out, struct sv_err *err) SV_MUST_USE;
/* A profile goes, and so does its rule. */
enum sv_status vault_policy_forget(struct vault_change *c, const uint8_t uid[16],
                                   struct sv_err *err) SV_MUST_USE;

/* Of an older version that becomes the current one again: a token that leaked while another secret
 * was current may have opened it too, and marks no older version. */
static inline int64_t exposed_before(const struct profile *old, const struct profile *now)
{
    return old->exposed ? old->exposed : now->exposed;
}
/* p: the new card of the profile in `row`, whose version stays in history; uid, times and version
 * are set here, grants, posture, copies and rotation come of row. secret NULL: as before; since:
 * when another secret than before became one, exposed: since when that one is. */
enum sv_status vault_row_put_next(struct vault_change *c, const struct vault_row *row,
                                  struct profile *p, const struct secret *secret, int64_t since,
                                  int64_t exposed, struct sv_err *err) SV_MUST_USE;

/* ---- vault_pending.c: the row of a secret that waits ---- */
/* Inside a transaction; its card becomes that of `current`, of the pending one's user name. */
enum sv_status vault_pending_find(struct vault *v, const uint8_t root[32],
                                  const struct vault_row *current, struct vault_row *row,
                                  struct sv_err *err) SV_MUST_USE;
/* In place of the one that waits now, if any. */
enum sv_status vault_pending_put(struct vault_change *c, const struct vault_row *current,
                                 const char *username, const struct secret *secret,
                                 struct sv_err *err) SV_MUST_USE;
/* Deletes it, where the profile's record says that there is one. */
enum sv_status vault_pending_drop(struct vault_change *c, const struct vault_row *current,
                                  struct sv_err *err) SV_MUST_USE;

struct vault_directory;

/* ---- vault_token_row.c: tokens as an administrator sees them ---- */
struct vault_token {
    uint32_t number;
    struct slot_public keys;
    struct token_policy policy;
    struct secret *bundle;
};
void vault_token_clear(struct vault_token *t);
#define TOKEN_OWNED __attribute__((cleanup(vault_token_clear)))
/* Where a token's row stands in the vault's epoch. */
int64_t vault_token_id(const struct vault *v, const uint8_t psk[KEY_LEN]);
/* What stands in the row, proved or taken from a table that was. */
enum sv_status vault_token_read(struct vault *v, const struct directory_entry *entry,
                                const struct blob *row, struct vault_token *t,
                                struct sv_err *err) SV_MUST_USE;
/* The row of t under the vault's keys and epoch. */
enum sv_status vault_token_seal(struct vault *v, const struct vault_token *t, struct blob *row,
                                struct sv_err *err) SV_MUST_USE;
/* Reads the row inside a transaction; root: the state's, or a change's. */
enum sv_status vault_token_load(struct vault *v, const uint8_t root[32],
                                const struct directory_entry *entry, struct vault_token *t,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status vault_token_store(struct vault_change *c, struct vault_token *t,
                                 struct sv_err *err) SV_MUST_USE;

/* ---- vault_token_follow.c: tokens go along with what they open ---- */
/* The profile whose row was `id` stands now where `now` says, or nowhere (NULL): the rows of all
 * tokens that open it are sealed anew. */
enum sv_status vault_tokens_follow(struct vault_change *c, int64_t id,
                                   const struct token_holding *now, struct sv_err *err) SV_MUST_USE;
/* Into a new epoch: for each token in dir the row of `before` goes and one under the keys and
 * the state of `after` (whose seq is the one to be signed) comes. The profiles stand under the
 * new keys already. Works on the table, within a transaction in which it was proved; the tree
 * is the caller's. */
enum sv_status vault_tokens_renew(struct vault *before, struct vault *after,
                                  const struct vault_directory *dir,
                                  struct sv_err *err) SV_MUST_USE;

/* ---- vault_token_verify.c ---- */
/* Appends the ids of the rows of all tokens, int64_t each. */
enum sv_status vault_token_rows(struct vault *v, struct blob *ids, struct sv_err *err) SV_MUST_USE;
/* Holds what stands at a place of the directory, if it is a token, against its row and the
 * profiles; SV_DATA says what differs, SV_MISSING (err empty): beyond the last. */
enum sv_status vault_token_check(struct vault *v, uint32_t place, struct sv_err *err) SV_MUST_USE;

/* ---- vault_token_open.c: the session of a token's holder ---- */
const char *token_session_label(const struct token_session *s);
const struct secret *token_session_bundle(const struct token_session *s);
const struct token_policy *token_session_policy(const struct token_session *s);
const uint8_t *token_session_psk(const struct token_session *s);
/* Whose terms hold now: the session's token, or the one of vault_act_with; else NULL. */
struct token_session *vault_holder(const struct vault *v);
/* Inside a transaction with a fresh state: reads the bundle again when the state is another, and
 * SV_DENIED when the token is gone, its time has passed or its terms are others'. caller NULL: as
 * entries of the log name it. */
enum sv_status token_session_renew(struct vault *v, struct token_session *s,
                                   const struct caller *caller, struct sv_err *err) SV_MUST_USE;
/* The holding of that name; SV_DENIED: there is none. */
enum sv_status token_session_find(const struct token_session *s, const char *name,
                                  struct token_holding *held, struct sv_err *err) SV_MUST_USE;

/* ---- vault_token_use.c: what the log keeps of a token ---- */
#define TOKEN_KEEPS 2
/* keys: TOKEN_KEEPS * KEY_LEN bytes, to which the answers point; the caller wipes them. How often
 * it was used, then when last. most: 0 for any number. */
void token_keeps(struct audit_keep keeps[TOKEN_KEEPS], uint8_t *keys, const uint8_t psk[KEY_LEN],
                 uint64_t most);
void token_session_keeps(struct audit_keep keeps[TOKEN_KEEPS], uint8_t *keys,
                         const struct token_session *s);
/* Of a release that the log did not take because no use is left. Returns SV_DENIED. */
enum sv_status token_session_used_up(const struct token_session *s, struct sv_err *err);

/* ---- vault_members.c ---- */
/* What a label may be; whose: "member", "token". */
enum sv_status vault_label_check(const char *whose, const char *label,
                                 struct sv_err *err) SV_MUST_USE;

/* ---- vault_directory.c: administrators only ---- */
struct vault_directory {
    struct secret *wrap;
    struct secret *card; /* directory.h */
    struct secret *keys; /* directory_keys.h */
};
void vault_directory_clear(struct vault_directory *d);
#define DIRECTORY_OWNED __attribute__((cleanup(vault_directory_clear)))
int64_t vault_directory_id(const struct vault *v);
/* Inside a transaction; root: the state's, or a change's. */
enum sv_status vault_directory_load(struct vault *v, const uint8_t root[32],
                                    struct vault_directory *d, struct sv_err *err) SV_MUST_USE;
/* The same in a transaction of its own, of the vault as it is now. */
enum sv_status vault_directory_read(struct vault *v, struct vault_directory *d,
                                    struct sv_err *err) SV_MUST_USE;
/* The same from a row that was proved. */
enum sv_status vault_directory_open(struct vault *v, const uint8_t *bytes, size_t len,
                                    struct vault_directory *d, struct sv_err *err) SV_MUST_USE;
/* The slot that an entry of the directory speaks of. SV_DATA: it is none, or another. */
enum sv_status vault_slot_row(struct vault *v, const struct directory_entry *entry,
                              struct blob *row, struct sv_err *err) SV_MUST_USE;
/* Its next version under the vault's keys; dek NULL: a new one. */
enum sv_status vault_directory_seal(struct vault *v, const struct vault_directory *d,
                                    const uint8_t *dek, struct blob *row,
                                    struct sv_err *err) SV_MUST_USE;
enum sv_status vault_directory_store(struct vault_change *c, const struct vault_directory *d,
                                     struct sv_err *err) SV_MUST_USE;
/* Changes in memory; vault_directory_store writes them. */
enum sv_status vault_directory_put(struct vault_directory *d, const struct directory_entry *entry,
                                   struct sv_err *err) SV_MUST_USE;
enum sv_status vault_directory_drop(struct vault_directory *d, uint32_t number,
                                    struct sv_err *err) SV_MUST_USE;
enum sv_status vault_directory_add_former(struct vault_directory *d,
                                          const struct directory_former *former,
                                          struct sv_err *err) SV_MUST_USE;
enum sv_status vault_directory_add_identity(struct vault_directory *d, uint32_t number,
                                            const uint8_t pk[KEY_LEN],
                                            struct sv_err *err) SV_MUST_USE;
enum sv_status vault_directory_add_audit(struct vault_directory *d, uint64_t epoch,
                                         const uint8_t sk[KEY_LEN], struct sv_err *err) SV_MUST_USE;
enum sv_status vault_directory_set_next(struct vault_directory *d, uint32_t number,
                                        struct sv_err *err) SV_MUST_USE;

/* ---- vault_removal.c ---- */
struct leaving;
struct offboarding;
/* What the log tells of a leaver's fetches since then, into l; o says whether it could be read. */
void vault_listen(struct vault *v, int64_t since, struct leaving *l, struct offboarding *o);

/* ---- vault_epoch.c ---- */
struct vault_epoch_wish {
    int64_t exposed;                 /* since when the secrets count as exposed; 0: they do not */
    const struct progress *progress; /* or NULL */
    /* Sees each profile and older version as it was, with last_used; or NULL. */
    enum sv_status (*seen)(void *context, const struct profile *p, bool current,
                           struct sv_err *err);
    void *seen_context;
};
/* Inside a change: new keys, every row sealed anew under them and every slot that dir
 * lists; what it does not list is gone. dir: the directory as it shall be. The change
 * has next_keys then, and is to be committed. */
enum sv_status vault_epoch_renew(struct vault_change *c, struct vault_directory *dir,
                                 const struct vault_epoch_wish *wish,
                                 struct sv_err *err) SV_MUST_USE;

#endif
