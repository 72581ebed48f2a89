/* SPDX-License-Identifier: ISC */
/*
 * vault_oauth_impl: what vault_oauth.c and vault_renewal.c share: what is kept beside the log
 * of a login by OAuth2 that was agreed to at `authorized`. Its rows and keys come of that time
 * too, so that a new login finds nothing of the one before it.
 */
#ifndef DOMAIN_VAULT_OAUTH_IMPL_H
#define DOMAIN_VAULT_OAUTH_IMPL_H

#include <string.h>

#include "base/text.h"
#include "domain/vault_impl.h"

/* A name for a message; a compound literal, so for one statement only. */
#define SHOWN(name) \
    text_printable((char[4 *PROFILE_NAME_MAX + 1]){0}, 4 * PROFILE_NAME_MAX + 1, name, strlen(name))

/* The number kept: when the access token ends, seconds since 1970; or that the provider ended
 * the login. */
#define OAUTH_ENDED 1
/* Seconds for which a token is trusted to last, whatever its provider says: one that was
 * withdrawn, or an end that a wrong clock made, is found out within a day. */
#define OAUTH_TRUSTED_S 86400
struct audit_keep oauth_kept_end(uint8_t key[KEY_LEN], const struct secret *wrap,
                                 int64_t authorized);
/* The number kept: when the login ends, since its refresh token does; OAUTH_ENDLESS: that is not
 * known, or never. Whoever renews keeps it, a reader too; the card follows when it can. */
struct audit_keep oauth_kept_login(uint8_t key[KEY_LEN], const struct secret *wrap,
                                   int64_t authorized);
/* The text kept: when the refresh token was given out u64 | access token, refresh token: u32
 * length, bytes; the latter empty where the grant's own is the newest. It is the client's too:
 * whoever may give a profile another grant must not have the refresh token of this one sent to an
 * endpoint of theirs. */
struct audit_keep oauth_kept_box(uint8_t key[KEY_LEN], const struct secret *wrap,
                                 const struct oauth_grant *g);
/* Are they the same login: agreed to at one time, and one client's at one endpoint? */
bool oauth_same_login(const struct oauth_grant *a, const struct oauth_grant *b);
/* Tokens may be NULL. */
enum sv_status oauth_box_make(struct secret **out, int64_t renewed, const struct secret *access,
                              const struct secret *refresh, struct sv_err *err) SV_MUST_USE;

/* Does its access token last? SV_FINDINGS: no; SV_DENIED: the provider ended the login. */
enum sv_status oauth_look(struct vault *v, const struct secret *wrap, int64_t authorized,
                          const char *name, struct sv_err *err) SV_MUST_USE;
/* The grant in a row, with the newest refresh token that this machine knows; *replaced: that
 * one is not the vault's own. */
enum sv_status oauth_open_grant(struct vault *v, const struct vault_row *row,
                                struct oauth_grant *grant, bool *replaced,
                                struct sv_err *err) SV_MUST_USE;

#endif
