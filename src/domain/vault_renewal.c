/* SPDX-License-Identifier: ISC */
/* vault_renewal: a new access token, and a new login. The order is in vault_oauth.h. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/vault_oauth_impl.h"

/* How long a token that ends at once is good for whoever waits for it, in seconds. */
#define ONCE_S 5
#define HELD_MAX 256
#define DAY INT64_C(86400)

void vault_renew_by(struct vault *v, const struct vault_renewer *how)
{
    v->renewer = *how;
}

/* ---- a renewal ---- */

void vault_renewal_clear(struct vault_renewal *r)
{
    oauth_grant_clear(&r->grant);
    secret_free(r->keys);
    file_close_cleanup(&r->lock_fd);
    memset(r, 0, sizeof *r);
    r->lock_fd = -1;
}

/* Where and under which keys the answer is kept. */
struct places {
    int64_t end_row, box_row, login_row;
    uint8_t end_key[KEY_LEN], box_key[KEY_LEN], login_key[KEY_LEN];
};

static enum sv_status places_find(struct secret **out, const struct secret *wrap,
                                  const struct oauth_grant *g, struct sv_err *err)
{
    enum sv_status st = secret_new(out, sizeof(struct places), err);

    if (st)
        return st;
    struct places *p = (struct places *)(void *)secret_poke(*out);
    secret_set_len(*out, sizeof *p);
    p->end_row = oauth_kept_end(p->end_key, wrap, g->made).row;
    p->box_row = oauth_kept_box(p->box_key, wrap, g).row;
    p->login_row = oauth_kept_login(p->login_key, wrap, g->made).row;
    return SV_OK;
}

static enum sv_status login_read(struct vault *v, const char *name, struct vault_row *row,
                                 struct sv_err *err)
{
    enum sv_status st = vault_row_read(v, name, row, err);

    if (st == SV_OK && !row->profile.authorized)
        return sv_fail(err, SV_DATA, "\"%s\" has no login by OAuth2", SHOWN(name));
    return st;
}

int64_t vault_oauth_place(const struct secret *wrap, int64_t authorized)
{
    uint8_t key[KEY_LEN];
    struct audit_keep which = oauth_kept_end(key, wrap, authorized);

    sodium_memzero(key, sizeof key);
    return which.row;
}

static enum sv_status lock_place(struct vault *v, int64_t place, int patience_ms, int *fd,
                                 struct sv_err *err)
{
    char file[40];

    (void)snprintf(file, sizeof file, "oauth-%016" PRIx64 ".lock", (uint64_t)place);
    SV_AUTOFREE char *path = path_join(v->state_dir, file);
    return path ? file_lock(path, patience_ms, fd, err) : sv_fail_nomem(err);
}

enum sv_status vault_oauth_hold(struct vault_change *c, int64_t place, struct sv_err *err)
{
    int patience = c->v->patience_ms ? c->v->patience_ms : OAUTH_PATIENCE_MS;
    FD_OWNED int fd = -1;
    enum sv_status st = lock_place(c->v, place, patience, &fd, err);

    if (st == SV_LOCKED)
        return sv_fail(err, st,
                       "an access token is being renewed, and what comes of it would be lost: try "
                       "again");
    /* So many that their locks could be more than the files that a process may open: those that
     * are being renewed were waited for all the same. */
    if (st || c->logins.len >= HELD_MAX * sizeof fd)
        return st;
    if (!blob_append(&c->logins, &fd, sizeof fd))
        return sv_fail_nomem(err);
    fd = -1;
    return SV_OK;
}

void vault_oauth_let_go(struct vault_change *c)
{
    for (size_t at = 0; at < c->logins.len; at += sizeof(int)) {
        int fd;
        memcpy(&fd, c->logins.bytes + at, sizeof fd);
        file_close_cleanup(&fd);
    }
    blob_clear(&c->logins);
}

static enum sv_status record_begun(struct vault *v, struct vault_renewal *r,
                                   const struct vault_row *row, struct sv_err *err)
{
    struct audit_event event = {
        .op = AUDIT_RENEW, .result = AUDIT_BEGUN, .version = row->profile.version};
    enum sv_status st;

    (void)snprintf(event.profile, sizeof event.profile, "%s", row->profile.name);
    vault_event_by(v, &event);
    if ((st = audit_append(v->audit, &event, NULL, NULL, err)))
        return st;
    (void)snprintf(r->name, sizeof r->name, "%s", row->profile.name);
    r->version = row->profile.version;
    r->begun = 1 + event.seq;
    return SV_OK;
}

static enum sv_status begin(struct vault *v, const char *name, int patience_ms,
                            struct vault_renewal *r, bool *fresh, struct sv_err *err)
{
    ROW_OWNED struct vault_row row = {0};
    enum sv_status st;

    if ((st = login_read(v, name, &row, err)))
        return st;
    int64_t authorized = row.profile.authorized, place = vault_oauth_place(row.wrap, authorized);
    if ((st = lock_place(v, place, patience_ms, &r->lock_fd, err)) ||
        (st = login_read(v, name, &row, err)))
        return st;
    if (vault_oauth_place(row.wrap, row.profile.authorized) != place)
        return sv_fail(err, SV_LOCKED,
                       "\"%s\" was logged in anew just now, or given another key: "
                       "try again",
                       SHOWN(name));
    st = oauth_look(v, row.wrap, authorized, name, err);
    *fresh = st == SV_OK;
    if (st != SV_FINDINGS)
        return st;
    r->ended = row.profile.login_ends;
    if ((st = record_begun(v, r, &row, err)) ||
        (st = oauth_open_grant(v, &row, &r->grant, &r->replaced, err)))
        return st;
    return places_find(&r->keys, row.wrap, &r->grant, err);
}

enum sv_status vault_renewal_begin(struct vault *v, const char *name, int patience_ms,
                                   struct vault_renewal *r, bool *fresh, struct sv_err *err)
{
    *fresh = false;
    enum sv_status st = begin(v, name, patience_ms, r, fresh, err);

    if (st || *fresh)
        vault_renewal_clear(r);
    return st;
}

/* ---- what came of it ---- */

static const struct {
    enum sv_status status;
    const char *note;
} ends[] = {
    [OAUTH_GRANTED] = {SV_OK, ""},
    [OAUTH_PENDING] = {SV_DATA, "answered as if somebody had to agree yet"},
    [OAUTH_SLOW_DOWN] = {SV_LOCKED, "asked to slow down"},
    [OAUTH_DENIED] = {SV_DENIED, "denied"},
    [OAUTH_EXPIRED] = {SV_DATA, "answered that a device code expired"},
    [OAUTH_INVALID_GRANT] = {SV_DENIED, "invalid_grant: the login is ended"},
    [OAUTH_CLIENT_WRONG] = {SV_CONFIG, "does not accept the client"},
    [OAUTH_UNREACHABLE] = {SV_UNREACHABLE, "not reached"},
    [OAUTH_ANSWER_WRONG] = {SV_DATA, "answered what is no token"},
};

static enum sv_status record_end(struct vault *v, const struct vault_renewal *r, enum oauth_end end,
                                 const struct audit_keep *keeps, size_t count, const char *note,
                                 struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_RENEW,
                                .result = end == OAUTH_GRANTED ? AUDIT_OK : AUDIT_FAILED,
                                .version = r->version,
                                .begun = r->begun};
    struct audit_item item = {.event = &event, .keeps = keeps, .keep_count = count};

    (void)snprintf(event.profile, sizeof event.profile, "%s", r->name);
    (void)snprintf(event.note, sizeof event.note, "%s", note);
    vault_event_by(v, &event);
    return audit_append_many(v->audit, &item, 1, NULL, err);
}

static uint64_t trusted(int64_t expires)
{
    int64_t most = env_now() + OAUTH_TRUSTED_S;

    return (uint64_t)(expires < most ? expires : most);
}

/* Numbers and box in one transaction with the entry; r->ends 0: that number stays. */
static enum sv_status keep(struct vault *v, const struct vault_renewal *r, enum oauth_end end,
                           uint64_t until, const struct secret *box, const char *note,
                           struct sv_err *err)
{
    const struct places *p = (const struct places *)(const void *)secret_peek(r->keys);
    const struct audit_keep keeps[] = {
        {.row = p->end_row, .key = p->end_key, .value = until},
        {.row = p->box_row, .key = p->box_key, .text = box},
        {.row = p->login_row, .key = p->login_key, .value = (uint64_t)r->ends},
    };

    return record_end(v, r, end, keeps, r->ends ? 3 : 2, note, err);
}

/* Into the vault as well, where this session may change it. What is kept beside the log is
 * enough here, so a fault is no fault of the renewal; the log has it. */
static void store_refresh(struct vault *v, struct vault_renewal *r)
{
    CHANGE_OWNED struct vault_change c = {0};
    ROW_OWNED struct vault_row row = {0};
    SECRET_OWNED struct secret *secret = NULL, *before = NULL;
    OAUTH_GRANT_OWNED struct oauth_grant there = {0};
    struct sv_err err;

    if (vault_need_admin(v, &err) || oauth_grant_encode(&secret, &r->grant, &err) ||
        vault_change_begin(&c, v, AUDIT_RENEW, r->name, "its refresh token", &err) ||
        vault_row_find(v, c.root, r->name, &row, &err) ||
        vault_row_secret(v, &row, &before, &err) || oauth_grant_decode(&there, before, &err) ||
        !oauth_same_login(&there, &r->grant))
        return;
    if (r->ends)
        oauth_login_moves(&row.profile, r->ends);
    if (vault_row_put_again(&c, &row, &row.profile, secret, &err))
        return;
    enum sv_status st = vault_change_commit(&c, row.profile.version, &err);
    (void)st;
}

/* Is the login's end another than the vault has, by more than a day? For less it is not written:
 * what is beside the log is newer. */
static bool is_news(const struct vault_renewal *r)
{
    int64_t known = r->ended ? r->ended : OAUTH_ENDLESS, now = r->ends ? r->ends : known;

    return now > known ? now - known > DAY : known - now > DAY;
}

static enum sv_status granted(struct vault *v, struct vault_renewal *r,
                              const struct oauth_tokens *tokens, struct sv_err *err)
{
    SECRET_OWNED struct secret *box = NULL;
    bool rotated = tokens->refresh && !secret_equal(tokens->refresh, r->grant.refresh);
    const struct secret *newest = rotated ? tokens->refresh : r->replaced ? r->grant.refresh : NULL;
    int64_t now = env_now(), renewed = rotated ? now : r->grant.renewed;
    int64_t until = now + OAUTH_MARGIN + ONCE_S;
    enum sv_status st = profile_check_secret(tokens->access, err);

    /* Of another refresh token than before nothing is known but what is told of it. */
    r->ends = tokens->refresh_ends > 0 ? tokens->refresh_ends : rotated ? OAUTH_ENDLESS : 0;

    /* Within the second of the one before it is newer all the same. */
    if (rotated && renewed <= r->grant.renewed)
        renewed = r->grant.renewed + 1;
    if (tokens->expires > until)
        until = tokens->expires;
    if (st || (st = oauth_box_make(&box, renewed, tokens->access, newest, err)) ||
        (st = keep(v, r, OAUTH_GRANTED, trusted(until), box,
                   rotated ? "with a new refresh token" : "", err)))
        return st;
    if (!newest && !is_news(r))
        return SV_OK;
    if (rotated) {
        secret_free(r->grant.refresh);
        r->grant.refresh = NULL;
        r->grant.renewed = renewed;
        if ((st = secret_copy(&r->grant.refresh, secret_peek(newest), secret_len(newest), err)))
            return SV_OK;
    }
    store_refresh(v, r);
    return SV_OK;
}

static enum sv_status not_granted(struct vault *v, struct vault_renewal *r, enum oauth_end end,
                                  const struct sv_err *why, struct sv_err *err)
{
    SECRET_OWNED struct secret *box = NULL;
    char note[AUDIT_NOTE_MAX];
    enum sv_status st;

    if (end == OAUTH_INVALID_GRANT) {
        r->ends = env_now();
        if ((st = oauth_box_make(&box, 0, NULL, NULL, err)) ||
            (st = keep(v, r, end, OAUTH_ENDED, box, ends[end].note, err)))
            return st;
        return sv_fail(err, SV_DENIED,
                       "the provider ended the login of \"%s\"%s%s: agree anew with \"smtpvault "
                       "login %s\"",
                       SHOWN(r->name), why->text[0] ? ": " : "", why->text, SHOWN(r->name));
    }
    (void)snprintf(note, sizeof note, "token endpoint %s", ends[end].note);
    if ((st = record_end(v, r, end, NULL, 0, note, err)))
        return st;
    return sv_fail(err, ends[end].status,
                   "the access token of \"%s\" has run out and was not renewed: %s", SHOWN(r->name),
                   why->text[0] ? why->text : note);
}

enum sv_status vault_renewal_end(struct vault *v, struct vault_renewal *r, enum oauth_end end,
                                 const struct oauth_tokens *tokens, const struct sv_err *why,
                                 struct sv_err *err)
{
    enum sv_status st;

    if (end == OAUTH_GRANTED && (!tokens->access || !r->keys))
        end = OAUTH_ANSWER_WRONG;
    st = end == OAUTH_GRANTED ? granted(v, r, tokens, err) : not_granted(v, r, end, why, err);
    vault_renewal_clear(r);
    return st;
}

/* ---- all of it, here ---- */

bool vault_oauth_wants_renewal(struct vault *v, const struct vault_row *current, int64_t authorized)
{
    struct sv_err aside;

    return v->renewer.ask && authorized && authorized == current->profile.authorized &&
           oauth_look(v, current->wrap, authorized, current->profile.name, &aside) == SV_FINDINGS;
}

enum sv_status vault_oauth_renew(struct vault *v, const char *name, struct sv_err *err)
{
    VAULT_RENEWAL_OWNED struct vault_renewal r = VAULT_RENEWAL_NONE;
    OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {0};
    enum oauth_end end = OAUTH_UNREACHABLE;
    struct sv_err why = {""};
    bool fresh = false;
    enum sv_status st = vault_renewal_begin(v, name, OAUTH_PATIENCE_MS, &r, &fresh, err);

    if (st || fresh)
        return st;
    if (v->renewer.ask(v->renewer.context, &r.grant, &tokens, &end, &why) && end == OAUTH_GRANTED)
        end = OAUTH_UNREACHABLE;
    return vault_renewal_end(v, &r, end, &tokens, &why, err);
}

/* ---- a new login ---- */

static int64_t told_end(const struct oauth_tokens *tokens)
{
    return tokens->refresh_ends > 0 ? tokens->refresh_ends : OAUTH_ENDLESS;
}

/* Beside the log; without it the first release renews. */
static enum sv_status keep_first(struct vault *v, const struct profile *p,
                                 const struct oauth_grant *grant, const struct oauth_tokens *tokens,
                                 struct sv_err *err)
{
    VAULT_RENEWAL_OWNED struct vault_renewal r = VAULT_RENEWAL_NONE;
    ROW_OWNED struct vault_row row = {0};
    SECRET_OWNED struct secret *box = NULL;
    enum sv_status st;

    (void)snprintf(r.name, sizeof r.name, "%s", p->name);
    r.version = p->version;
    r.ends = told_end(tokens);
    if ((st = login_read(v, p->name, &row, err)) ||
        (st = places_find(&r.keys, row.wrap, grant, err)) ||
        (st = oauth_box_make(&box, 0, tokens->access, NULL, err)))
        return st;
    return keep(v, &r, OAUTH_GRANTED, trusted(tokens->expires), box, "by a new login", err);
}

enum sv_status vault_login(struct vault *v, struct profile *p, const struct oauth_grant *grant,
                           const struct oauth_tokens *tokens, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    struct sv_err aside;
    enum sv_status st = oauth_grant_encode(&secret, grant, err);

    if (st)
        return st;
    p->login_ends = p->login_told = 0;
    p->authorized = grant->made;
    oauth_login_moves(p, told_end(tokens));
    st =
        p->version == 0 ? vault_add(v, p, secret, err) : vault_edit(v, p, secret, AUDIT_LOGIN, err);
    if (st || v->remote || profile_check_secret(tokens->access, &aside))
        return st;
    return keep_first(v, p, grant, tokens, err);
}

enum sv_status vault_login_client(struct vault *v, const char *name, struct oauth_grant *out,
                                  struct sv_err *err)
{
    struct audit_event event = {.op = AUDIT_LOGIN, .result = AUDIT_OK};
    ROW_OWNED struct vault_row row = {0};
    SECRET_OWNED struct secret *secret = NULL;
    PROFILE_OWNED struct profile p = {0};
    enum sv_status st = vault_find(v, name, &p, err);

    if (st || !p.authorized || v->remote)
        return st ? st : SV_MISSING;
    (void)snprintf(event.profile, sizeof event.profile, "%s", p.name);
    (void)snprintf(event.note, sizeof event.note, "begun; with the client of the login before");
    event.version = p.version;
    if ((st = vault_need_admin(v, err)) || (st = vault_record(v, &event, err)) ||
        (st = login_read(v, name, &row, err)) || (st = vault_row_secret(v, &row, &secret, err)) ||
        (st = oauth_grant_decode(out, secret, err)))
        return st;
    secret_free(out->refresh);
    out->refresh = NULL;
    return SV_OK;
}
