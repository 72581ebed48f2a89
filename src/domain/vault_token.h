/* SPDX-License-Identifier: ISC */
/*
 * vault_token: tokens that open some profiles, their current version only, from the file
 * alone. A token's row is a bundle for whoever has its text (domain/token.h); the directory
 * keeps the row's public half, so that an administrator seals it anew without the text:
 *
 *   id of the row = object_id(psk, OBJECT_TOKEN, epoch u64): it moves with the epoch
 *   DEK of the row = KDF(K_dir, "token", id u64), version 1
 *
 * Changes of a profile, and a new epoch, seal the rows of its tokens anew in the same
 * transaction. A token loses a profile that is removed, and stays when it has none left.
 *
 * What is in the file is open to whoever has the file and the token's text: the end of its
 * time, the program it is for, and the log are kept by this program, not by cryptography. So
 * there are tokens for an agent alone. Their bundles name the profiles and hold no key, so that
 * file and text together open nothing; the agent opens the profile with keys of its own when the
 * token allows it. A limit on the number of uses is for these only: of the others a copy of the
 * file would count anew, and a number that does not hold is worse than none. It is counted in the
 * log of the agent's machine, in the transaction that records the use.
 */
#ifndef DOMAIN_VAULT_TOKEN_H
#define DOMAIN_VAULT_TOKEN_H

#include <stdint.h>

#include "domain/token.h"
#include "domain/vault.h"
#include "domain/vault_members.h"

/* Numbers of tokens in the directory; those of slots are far below. */
#define TOKEN_NUMBER_FIRST 65536u
#define TOKEN_USES_MAX 1000000000u

struct token_new {
    const char *label;  /* as a member's, and no other token's */
    int64_t until;      /* seconds since 1970, UTC; 0: until it is revoked */
    const char *exe;    /* the only program that it is given to, its whole path; NULL: any */
    uint64_t most_uses; /* how many secrets it releases; 0: any number. Else agent must be set */
    bool agent;         /* only an agent admits it: the file is open to nobody by it */
    const char *const *names;
    size_t count; /* 1 .. TOKEN_PROFILES_MAX */
};
/* Makes a token (administrators only); text gets what its holder needs, and nothing can show it
 * again. SV_EXISTS: the label is a token's; SV_MISSING: names the profile; SV_USAGE: a time that
 * has passed, no profile, one twice, too many. */
enum sv_status vault_token_make(struct vault *v, const struct token_new *want, struct secret **text,
                                uint32_t *number, struct sv_err *err) SV_MUST_USE;

struct token_info {
    uint32_t number;
    char label[TOKEN_LABEL_MAX + 1];
    int64_t created, until;
    char exe[CALLER_TEXT_MAX]; /* "": any */
    uint64_t most_uses;        /* 0: no limit */
    bool agent;
    uint64_t uses;     /* secrets that it released, on this machine */
    int64_t last_used; /* there; 0: never */
    char **names;      /* in byte order */
    size_t count;
};
struct token_list {
    struct token_info *items;
    size_t count;
};
void token_list_clear(struct token_list *list);
#define TOKEN_LIST_OWNED __attribute__((cleanup(token_list_clear)))
/* All tokens in the order of their numbers (administrators only). *list is the caller's. */
enum sv_status vault_tokens(struct vault *v, struct token_list *list,
                            struct sv_err *err) SV_MUST_USE;

/* The same for whoever wants to know when they end: a session with an agent is told number, label
 * and end, and nothing else of them. */
enum sv_status vault_token_ends(struct vault *v, struct token_list *list,
                                struct sv_err *err) SV_MUST_USE;

/* The entry of a token's last use, from this machine's log; SV_MISSING (err empty): there is none
 * any more, SV_DENIED: this session may not read it. */
enum sv_status vault_token_last(struct vault *v, const struct token_info *info,
                                struct audit_event *event, struct sv_err *err) SV_MUST_USE;

/* who: the label, or the number in decimal; SV_MISSING names it. Deletes the row, gives the
 * profiles that it opened new keys, and seals the other tokens that open them anew, in one
 * transaction. What the token could read its holder may have kept: out (or NULL) lists it, and
 * with `leaked` those secrets count as exposed (struct profile) until they are changed. *out is
 * the caller's. */
enum sv_status vault_token_revoke(struct vault *v, const char *who, bool leaked,
                                  struct offboarding *out, struct sv_err *err) SV_MUST_USE;

/* Unlocks v with a token, for vault_find, vault_list, vault_reveal (version 0) and
 * vault_record. Each use asks again whether the token is there and its time has not passed, by
 * the latest of: this machine's clock, the time of the newest change to the vault, and that of
 * the last writing of the machine's log and anchor. SV_DENIED, recorded in the log: revoked,
 * another vault's, or its time has passed. SV_DATA: no token's text (token_parse), or the state
 * is not one that the token's maker signed, or older than the token. */
enum sv_status vault_unlock_token(struct vault *v, const struct secret *text,
                                  struct sv_err *err) SV_MUST_USE;

/* ---- an agent, which has the vault open with keys of its own ---- */

/* Takes a token of either kind from somebody (caller: who; NULL: as entries of the log name it).
 * What it may is asked anew at each use. Owner: token_session_free, before the vault is closed.
 * Fails as vault_unlock_token does. */
enum sv_status vault_token_admit(struct vault *v, const struct secret *text,
                                 const struct caller *caller, struct token_session **pass,
                                 struct sv_err *err) SV_MUST_USE;
void token_session_free(struct token_session *s);
/* From here on the session reaches no further than that token does for that caller, both
 * borrowed: vault_find, vault_list, vault_history, vault_reveal and vault_record go on, what
 * changes the vault or reads the log is SV_DENIED. NULL: as before. */
void vault_act_with(struct vault *v, struct token_session *pass, const struct caller *caller);

#endif
