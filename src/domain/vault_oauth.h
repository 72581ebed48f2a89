/* SPDX-License-Identifier: ISC */
/*
 * vault_oauth: logins by OAuth2, and the access tokens that are given out for them.
 *
 * The vault keeps the grant (oauth_grant.h). What changes by the hour is kept beside this
 * machine's log, sealed under keys of the profile's DEK, in the same transaction as the log's
 * entry about it: the access token, when it ends, and a refresh token that replaced the
 * grant's. So whoever may use the login can renew it, a reader and a token's holder too, and
 * a vault that nobody changes stays as it is. A newer refresh token also goes into the vault
 * when a session that may change it comes by, for its backups and for other machines.
 *
 * vault_reveal gives the access token. One that ends within a minute is renewed first: here,
 * where a renewer was named; or the release is put off (struct reveal) and somebody else
 * renews: begin, ask, end. Who renews holds the login's lock, and looks again once it has it,
 * so that of two callers one asks and both are given what came.
 *
 * The order: an entry that says that it is about to be asked; the grant leaves; the answer is
 * durable; and then it is used. Only the answer invalid_grant ends a login.
 */
#ifndef DOMAIN_VAULT_OAUTH_H
#define DOMAIN_VAULT_OAUTH_H

#include "domain/oauth_grant.h"
#include "domain/vault.h"

/* Seconds before its end from which on an access token is not given out any more. */
#define OAUTH_MARGIN 60

/* Asks the token endpoint of g with its refresh token. *end is set in every case; a status
 * other than SV_OK says in words what *end says. */
struct vault_renewer {
    enum sv_status (*ask)(void *context, const struct oauth_grant *g, struct oauth_tokens *tokens,
                          enum oauth_end *end, struct sv_err *err);
    void *context;
};
/* For a process that may wait for the network. */
void vault_renew_by(struct vault *v, const struct vault_renewer *how);

/* One renewal on its way. Begin it all zero but for lock_fd, OAUTH_RENEWAL_NONE. */
struct vault_renewal {
    char name[PROFILE_NAME_MAX + 1];
    uint64_t version;
    uint64_t begun; /* its entry in the log: 1 + seq */
    int lock_fd;
    struct oauth_grant grant; /* with the newest refresh token */
    bool replaced;            /* that one is not the vault's own */
    int64_t ended, ends; /* the login: as the card has it, as was told now; 0: no, OAUTH_ENDLESS */
    struct secret *keys; /* where the answer is kept */
};
#define VAULT_RENEWAL_NONE \
    {                      \
        .lock_fd = -1      \
    }
void vault_renewal_clear(struct vault_renewal *r);
#define VAULT_RENEWAL_OWNED __attribute__((cleanup(vault_renewal_clear)))

/* Takes the login's lock, at most patience_ms long (SV_LOCKED: somebody else renews it), and
 * opens its grant. *fresh: there is a good token already, and nothing else was done.
 * SV_DENIED: the provider ended this login. */
enum sv_status vault_renewal_begin(struct vault *v, const char *name, int patience_ms,
                                   struct vault_renewal *r, bool *fresh,
                                   struct sv_err *err) SV_MUST_USE;
/* Keeps what came, durably, and gives back the lock. tokens: of OAUTH_GRANTED. The status is
 * that of the renewal: for any other end it says why there is no token, `why` (may be empty)
 * in words. */
enum sv_status vault_renewal_end(struct vault *v, struct vault_renewal *r, enum oauth_end end,
                                 const struct oauth_tokens *tokens, const struct sv_err *why,
                                 struct sv_err *err) SV_MUST_USE;

/* A new login: the grant becomes the secret of p, which is added when its version is 0 and
 * else a new version, and the access token is kept (administrators only). */
enum sv_status vault_login(struct vault *v, struct profile *p, const struct oauth_grant *grant,
                           const struct oauth_tokens *tokens, struct sv_err *err) SV_MUST_USE;
/* The client of a profile's grant, so that a new login need not ask for it: all but the
 * refresh token. SV_MISSING (err empty): the profile has no grant. In the log like a release. */
enum sv_status vault_login_client(struct vault *v, const char *name, struct oauth_grant *out,
                                  struct sv_err *err) SV_MUST_USE;

#endif
