/* SPDX-License-Identifier: ISC */
/* vault_oauth: access tokens as they are kept and given out. */
#include "domain/vault_oauth.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/defence.h"
#include "base/env.h"
#include "base/text.h"
#include "domain/git_secret.h"
#include "domain/grant.h"
#include "domain/login.h"
#include "domain/vault_oauth_impl.h"

/* ---- what is kept beside the log ---- */

struct audit_keep oauth_kept_end(uint8_t key[KEY_LEN], const struct secret *wrap, int64_t when)
{
    uint8_t which[8];

    le64_put(which, (uint64_t)when);
    return audit_keep_of(key, object_wrap_peek(wrap)->dek, "oauth-end-at", "oauth-end", which,
                         sizeof which);
}

static const char *const login_labels[2] = {"oauth-login-at", "oauth-login"};

struct audit_keep oauth_kept_login(uint8_t key[KEY_LEN], const struct secret *wrap, int64_t when)
{
    uint8_t which[8];

    le64_put(which, (uint64_t)when);
    return audit_keep_of(key, object_wrap_peek(wrap)->dek, login_labels[0], login_labels[1], which,
                         sizeof which);
}

/* Whom its refresh token is for: what decides where that is sent. */
static void client_hash(uint8_t out[HASH_LEN], const struct oauth_client *c)
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "oauth-client");
    hash_field(&h, c->id, strlen(c->id));
    hash_field(&h, c->token_url, strlen(c->token_url));
    hash_field(&h, c->ca_file, strlen(c->ca_file));
    hash_end(&h, out);
}

bool oauth_same_login(const struct oauth_grant *a, const struct oauth_grant *b)
{
    uint8_t of_a[HASH_LEN], of_b[HASH_LEN];

    client_hash(of_a, &a->client);
    client_hash(of_b, &b->client);
    return a->made == b->made && memcmp(of_a, of_b, sizeof of_a) == 0;
}

struct audit_keep oauth_kept_box(uint8_t key[KEY_LEN], const struct secret *wrap,
                                 const struct oauth_grant *g)
{
    uint8_t which[8 + HASH_LEN];

    le64_put(which, (uint64_t)g->made);
    client_hash(which + 8, &g->client);
    return audit_keep_of(key, object_wrap_peek(wrap)->dek, "oauth-tokens-at", "oauth-tokens", which,
                         sizeof which);
}

static uint64_t read_end(struct vault *v, const struct secret *wrap, int64_t authorized)
{
    uint8_t key[KEY_LEN];
    struct audit_keep which = oauth_kept_end(key, wrap, authorized);
    uint64_t end = audit_kept(v->audit, &which);

    sodium_memzero(key, sizeof key);
    return end;
}

void vault_oauth_login_end(struct vault *v, struct vault_row *row)
{
    struct profile *p = &row->profile;
    uint8_t which[8];
    uint64_t kept = 0;

    le64_put(which, (uint64_t)p->authorized);
    if (p->authorized)
        kept = audit_kept_of(v->audit, object_wrap_peek(row->wrap)->dek, login_labels[0],
                             login_labels[1], which, sizeof which);
    if (kept > 0 && kept <= OAUTH_ENDLESS)
        oauth_login_moves(p, (int64_t)kept);
}

/* What is in the box. */
struct tokens {
    int64_t renewed;
    struct secret *access, *refresh;
};

static void tokens_clear(struct tokens *t)
{
    secret_free(t->access);
    secret_free(t->refresh);
    memset(t, 0, sizeof *t);
}
#define TOKENS_OWNED __attribute__((cleanup(tokens_clear)))

enum sv_status oauth_box_make(struct secret **out, int64_t renewed, const struct secret *access,
                              const struct secret *refresh, struct sv_err *err)
{
    size_t first = access ? secret_len(access) : 0, second = refresh ? secret_len(refresh) : 0;
    SECRET_OWNED struct secret *box = NULL;
    enum sv_status st = secret_new(&box, 16 + first + second, err);

    if (st)
        return st;
    struct buf_writer w = buf_writer_over(secret_poke(box), secret_capacity(box));
    buf_put_u64(&w, (uint64_t)renewed);
    buf_put_block(&w, access ? secret_peek(access) : NULL, first);
    buf_put_block(&w, refresh ? secret_peek(refresh) : NULL, second);
    secret_set_len(box, w.len);
    *out = box;
    box = NULL;
    return SV_OK;
}

/* SV_MISSING (err empty): there is none, or none that opens. */
static enum sv_status box_read(struct vault *v, const struct secret *wrap,
                               const struct oauth_grant *grant, struct tokens *out,
                               struct sv_err *err)
{
    uint8_t key[KEY_LEN];
    struct audit_keep which = oauth_kept_box(key, wrap, grant);
    SECRET_OWNED struct secret *box = NULL;
    TOKENS_OWNED struct tokens t = {0};
    size_t first = 0, second = 0;
    enum sv_status st = audit_kept_text(v->audit, &which, &box, err);

    sodium_memzero(key, sizeof key);
    if (st == SV_DATA)
        sv_err_clear(err);
    if (st)
        return st == SV_DATA ? SV_MISSING : st;
    struct buf_reader r = buf_reader_over(secret_peek(box), secret_len(box));
    t.renewed = (int64_t)buf_get_u64(&r);
    const uint8_t *access = buf_get_block(&r, PROFILE_SECRET_MAX, &first);
    const uint8_t *refresh = buf_get_block(&r, OAUTH_TOKEN_MAX, &second);
    if (!buf_reader_done(&r))
        return SV_MISSING;
    if ((first && (st = secret_copy(&t.access, access, first, err))) ||
        (second && (st = secret_copy(&t.refresh, refresh, second, err))))
        return st;
    *out = t;
    memset(&t, 0, sizeof t);
    return SV_OK;
}

enum sv_status oauth_open_grant(struct vault *v, const struct vault_row *row,
                                struct oauth_grant *grant, bool *replaced, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    TOKENS_OWNED struct tokens t = {0};
    enum sv_status st;

    *replaced = false;
    if ((st = vault_row_secret(v, row, &secret, err)) ||
        (st = oauth_grant_decode(grant, secret, err)))
        return st;
    st = box_read(v, row->wrap, grant, &t, err);
    if (st == SV_OK && t.refresh && t.renewed > grant->renewed) {
        secret_free(grant->refresh);
        grant->refresh = t.refresh;
        grant->renewed = t.renewed;
        t.refresh = NULL;
        *replaced = true;
    }
    return st == SV_MISSING ? SV_OK : st;
}

/* ---- before a release ---- */

static enum sv_status ended(const char *name, struct sv_err *err)
{
    char typed[GRANT_QUOTED_MAX(PROFILE_NAME_MAX)];

    return sv_fail(err, SV_DENIED,
                   "the provider ended the login of \"%s\" (it was withdrawn, ran out, or the "
                   "password was changed): agree anew with \"smtpvault login %s\"",
                   SHOWN(name), grant_quote(typed, sizeof typed, name));
}

/* SV_FINDINGS: there is no token that lasts. */
enum sv_status oauth_look(struct vault *v, const struct secret *wrap, int64_t authorized,
                          const char *name, struct sv_err *err)
{
    uint64_t end = read_end(v, wrap, authorized), now = (uint64_t)env_now();

    if (end == OAUTH_ENDED)
        return ended(name, err);
    return end > now + OAUTH_MARGIN && end <= now + OAUTH_TRUSTED_S ? SV_OK : SV_FINDINGS;
}

enum sv_status vault_oauth_ready(struct vault *v, const struct vault_row *current,
                                 int64_t authorized, const struct reveal *why, struct sv_err *err)
{
    const char *name = current->profile.name;
    enum sv_status st = authorized ? oauth_look(v, current->wrap, authorized, name, err) : SV_OK;

    if (st != SV_FINDINGS)
        return st;
    if (authorized != current->profile.authorized)
        return sv_fail(err, SV_DENIED,
                       "the access token of this version of \"%s\" has run out, and only the login "
                       "of the current one is renewed: \"smtpvault rollback\" goes back to it",
                       SHOWN(name));
    if (why->unrenewed)
        return sv_fail(err, why->unrenewed->status, "%s", why->unrenewed->err.text);
    if (why->stale) {
        *why->stale = true;
        return SV_FINDINGS;
    }
    return sv_fail(err, SV_LOCKED,
                   "the access token of \"%s\" has run out, and nothing here can renew it",
                   SHOWN(name));
}

/* What is kept does not open: damaged, or not for these keys. The next release renews. */
static enum sv_status forget(struct vault *v, const struct vault_row *current, int64_t authorized,
                             struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_RENEW, .result = AUDIT_FAILED};
    uint8_t key[KEY_LEN];
    struct audit_keep end = oauth_kept_end(key, current->wrap, authorized);

    (void)snprintf(event.profile, sizeof event.profile, "%s", current->profile.name);
    (void)snprintf(event.note, sizeof event.note, "the token that was kept does not open");
    vault_event_by(v, &event);
    enum sv_status st = audit_append(v->audit, &event, &end, NULL, err);
    sodium_memzero(key, sizeof key);
    return st ? st
              : sv_fail(err, SV_LOCKED,
                        "the access token of \"%s\" that was kept here does not open, and is "
                        "forgotten: try again",
                        SHOWN(current->profile.name));
}

/* For git: with when it ends, so that it asks again and does not take the login for rejected. */
static enum sv_status add_end(struct vault *v, const struct secret *wrap, int64_t authorized,
                              struct secret **access, struct sv_err *err)
{
    GIT_SECRET_OWNED struct git_secret g = {.password = *access};

    *access = NULL;
    g.expires = (int64_t)read_end(v, wrap, authorized);
    return git_secret_join(access, &g, err);
}

enum sv_status vault_row_given(struct vault *v, const struct vault_row *current,
                               struct vault_row *row, bool whole, struct secret **out,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    OAUTH_GRANT_OWNED struct oauth_grant grant = {0};
    TOKENS_OWNED struct tokens t = {0};
    enum sv_status st = vault_row_secret(v, row, &secret, err);

    if (st)
        return st;
    if (oauth_grant_is(secret) && DEFENDED(OAUTH_ACCESS)) {
        if ((st = oauth_grant_decode(&grant, secret, err)))
            return st;
        st = box_read(v, current->wrap, &grant, &t, err);
        if (st == SV_MISSING || (st == SV_OK && !t.access))
            return forget(v, current, row->profile.authorized, err);
        secret_free(secret);
        secret = t.access;
        t.access = NULL;
        if (whole)
            st = add_end(v, current->wrap, row->profile.authorized, &secret, err);
    } else if (!whole)
        st = git_secret_strip(&secret, err);
    if (st || (st = login_shown(&row->profile, &secret, err)))
        return st;
    *out = secret;
    secret = NULL;
    return SV_OK;
}

/* ---- into the next epoch ---- */

enum sv_status vault_oauth_fold(struct vault *v, struct vault_row *row, struct secret **secret,
                                struct sv_err *err)
{
    OAUTH_GRANT_OWNED struct oauth_grant grant = {0};
    SECRET_OWNED struct secret *folded = NULL;
    bool replaced;
    enum sv_status st;

    if (!oauth_grant_is(*secret))
        return SV_OK;
    vault_oauth_login_end(v, row);
    if ((st = oauth_open_grant(v, row, &grant, &replaced, err)) || !replaced ||
        (st = oauth_grant_encode(&folded, &grant, err)))
        return st;
    secret_free(*secret);
    *secret = folded;
    folded = NULL;
    return SV_OK;
}
