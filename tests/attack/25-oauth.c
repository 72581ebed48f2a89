/* SPDX-License-Identifier: ISC */
/*
 * Attack 25, a program that is given a login by OAuth2 and wants it for ever.
 * Without OAUTH_ACCESS: a refresh token was given out
 *
 * Whatever it asks for, whichever version, and however the card was edited before: it gets an
 * access token, or nothing.
 */
#include "vault.h"

#include "../unit/members.h"
#include "base/env.h"
#include "domain/vault_oauth.h"

#define REFRESH "the-refresh-token-itself"
#define CLIENT "the-secret-of-the-client"

static struct secret *text(struct fixture *f, const char *bytes)
{
    struct secret *s = NULL;

    must(secret_copy(&s, bytes, strlen(bytes), &f->err));
    return s;
}

static void log_in(struct fixture *f, int64_t made)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT, .kind = KIND_OAUTH2};
    OAUTH_GRANT_OWNED struct oauth_grant g = {.made = made, .renewed = made};
    SECRET_OWNED struct secret *access = text(f, "an-access-token");
    const struct oauth_tokens tokens = {.access = access, .expires = env_now() + 3600};
    struct sv_err none;

    strcpy(g.client.id, "client");
    strcpy(g.client.token_url, "https://example.com/token");
    g.refresh = text(f, REFRESH);
    g.client_secret = text(f, CLIENT);
    if (vault_find(f->v, "work", &p, &none) != SV_OK) {
        p.name = sv_strdup("work");
        p.host = sv_strdup("mail.example.com");
        p.username = sv_strdup("ann@example.com");
    }
    must(vault_login(f->v, &p, &g, &tokens, &f->err));
}

static bool holds(const struct secret *s, const char *word)
{
    return memmem(secret_peek(s), secret_len(s), word, strlen(word)) != NULL;
}

/* How many times something was given. */
static size_t ask(struct fixture *f, struct vault *v, uint64_t version, bool kept)
{
    static const enum audit_op ops[] = {AUDIT_GET,  AUDIT_SHOW,   AUDIT_EXEC,  AUDIT_EXPORT,
                                        AUDIT_TEST, AUDIT_HELPER, AUDIT_RENDER};
    size_t given = 0;

    for (size_t i = 0; i < COUNT(ops); i++) {
        const struct reveal why = {.op = ops[i], .version = version, .kept = kept};
        SECRET_OWNED struct secret *s = NULL;
        if (vault_reveal(v, "work", &why, NULL, &s, &f->err) != SV_OK)
            continue;
        given++;
        if (holds(s, REFRESH) || holds(s, CLIENT))
            broken("a refresh token was given out");
    }
    return given;
}

static void edit(struct fixture *f, enum profile_kind kind, enum profile_auth auth)
{
    PROFILE_OWNED struct profile p = {0};

    must(vault_find(f->v, "work", &p, &f->err));
    p.kind = kind;
    p.auth = auth;
    p.authorized = 0;
    must(vault_edit(f->v, &p, NULL, AUDIT_EDIT, &f->err));
}

static void nobody_is_given_the_refresh_token(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person rita = {0};
    VAULT_OWNED struct vault *v = NULL;
    (void)state;
    attack_begin(f);
    log_in(f, 1000);
    person_join(f, &rita, "rita", ROLE_READER);
    must(person_open(f, &rita, &v));
    assert_int_equal(ask(f, f->v, 0, false), 7);
    assert_int_equal(ask(f, v, 0, false), 7);
    log_in(f, 2000);
    assert_int_equal(ask(f, v, 1, false), 7);
    edit(f, KIND_PASSWORD, AUTH_PLAIN);
    assert_int_equal(ask(f, v, 0, false), 7);
    assert_int_equal(ask(f, v, 0, true), 0);
    edit(f, KIND_IAM_SECRET, AUTH_AUTO);
    (void)ask(f, v, 0, false);
    (void)ask(f, f->v, 0, true);
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(nobody_is_given_the_refresh_token))
