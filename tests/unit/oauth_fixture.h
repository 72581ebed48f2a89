/* SPDX-License-Identifier: ISC */
/* oauth_fixture: a vault with logins by OAuth2, the endpoint that renews them, and a clock that
 * can be put ahead. It stands in one file of a program only. */
#ifndef TESTS_OAUTH_FIXTURE_H
#define TESTS_OAUTH_FIXTURE_H

#include "members.h"

#include <sys/syscall.h>
#include <time.h>

#include "base/env.h"
#include "domain/vault_oauth.h"

/* What this program's clock is ahead by, in seconds. */
static int64_t ahead;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);

    if (!failed && clock == CLOCK_REALTIME)
        now->tv_sec += ahead;
    return failed;
}

/* An endpoint that gives t1, t2 ... for an hour, and what it shall do otherwise. */
struct endpoint {
    int asked;
    int64_t lasts;
    int64_t refresh_left; /* told of the refresh token: seconds, OAUTH_ENDLESS; 0: nothing */
    bool rotates;
    enum oauth_end end;
    char seen[64]; /* the refresh token that came */
    char url[512]; /* where to */
};

static inline struct secret *text(const char *bytes)
{
    struct secret *s = NULL;
    struct sv_err err;
    assert_int_equal(secret_copy(&s, bytes, strlen(bytes), &err), SV_OK);
    return s;
}

static inline enum sv_status ask(void *context, const struct oauth_grant *g,
                                 struct oauth_tokens *tokens, enum oauth_end *end,
                                 struct sv_err *err)
{
    struct endpoint *e = context;
    char word[32];
    e->asked++;
    memset(e->seen, 0, sizeof e->seen);
    memcpy(e->seen, secret_peek(g->refresh), secret_len(g->refresh));
    strcpy(e->url, g->client.token_url);
    *end = e->end;
    if (e->end != OAUTH_GRANTED)
        return sv_fail(err, SV_DATA, "the endpoint's own words");
    snprintf(word, sizeof word, "t%d", e->asked);
    tokens->access = text(word);
    tokens->expires = env_now() + e->lasts;
    tokens->refresh_ends = e->refresh_left;
    if (e->refresh_left > 0 && e->refresh_left != OAUTH_ENDLESS)
        tokens->refresh_ends += env_now();
    snprintf(word, sizeof word, "r%d", e->asked);
    if (e->rotates)
        tokens->refresh = text(word);
    return SV_OK;
}

static inline void grant_fill(struct oauth_grant *g, int64_t made)
{
    memset(g, 0, sizeof *g);
    g->made = g->renewed = made;
    strcpy(g->client.id, "client");
    strcpy(g->client.token_url, "https://example.com/token");
    g->refresh = text("r0");
}

/* A login whose first access token, t0, has `left` seconds. */
static inline void login(struct fixture *f, const char *name, int64_t made, int64_t left)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT, .kind = KIND_OAUTH2};
    OAUTH_GRANT_OWNED struct oauth_grant g;
    SECRET_OWNED struct secret *access = text("t0");
    const struct oauth_tokens tokens = {.access = access, .expires = env_now() + left};
    struct sv_err aside;
    grant_fill(&g, made);
    if (vault_find(f->v, name, &p, &aside) != SV_OK) {
        p.name = sv_strdup(name);
        p.host = sv_strdup("mail.example.com");
        p.username = sv_strdup("ann@example.com");
    }
    must(vault_login(f->v, &p, &g, &tokens, &f->err));
}

static inline void renews(struct fixture *f, struct endpoint *e)
{
    vault_renew_by(f->v, &(const struct vault_renewer){ask, e});
}

static inline enum sv_status get(struct fixture *f, const char *name)
{
    const struct reveal why = {.op = AUDIT_GET};
    SECRET_OWNED struct secret *s = NULL;
    return vault_reveal(f->v, name, &why, NULL, &s, &f->err);
}

static inline enum sv_status count_one(void *context, const struct audit_event *event,
                                       struct sv_err *err)
{
    (void)err;
    (void)event;
    ++*(size_t *)context;
    return SV_OK;
}

static inline size_t logged(struct fixture *f, enum audit_op op, enum audit_result result)
{
    const struct audit_filter filter = {.op = op, .result = result};
    size_t count = 0;
    must(vault_audit_read(f->v, &filter, count_one, &count, &f->err));
    return count;
}

static inline void reopen(struct fixture *f, struct endpoint *e, bool read_only)
{
    fixture_close(f);
    must(vault_open(&f->v, &f->place, read_only, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
    renews(f, e);
}

static inline void begin(struct fixture *f)
{
    ahead = 0;
    fixture_begin(f);
}

#endif
