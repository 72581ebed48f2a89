/* SPDX-License-Identifier: ISC */
/* token_fixture: a vault, its owner's session, and holders of tokens. */
#ifndef TESTS_TOKEN_FIXTURE_H
#define TESTS_TOKEN_FIXTURE_H

#include "vault_attack.h"

#include "domain/vault_token.h"

/* names: profiles with a blank between each. */
static inline enum sv_status token_try_as(struct fixture *f, struct token_new want,
                                          const char *names, struct secret **text)
{
    const char *list[8];
    char copy[256], *rest = copy;
    uint32_t number;

    want.names = list;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name; (name = strtok_r(rest, " ", &rest)) != NULL;)
        list[want.count++] = name;
    return vault_token_make(f->v, &want, text, &number, &f->err);
}

static inline enum sv_status token_try(struct fixture *f, const char *label, const char *names,
                                       int64_t until, struct secret **text)
{
    return token_try_as(f, (struct token_new){.label = label, .until = until}, names, text);
}

/* One that is for the agent. */
static inline struct secret *token_for_agent(struct fixture *f, const char *label,
                                             const char *names, uint64_t most)
{
    const struct token_new want = {.label = label, .agent = true, .most_uses = most};
    struct secret *text = NULL;

    must(token_try_as(f, want, names, &text));
    return text;
}

/* The owner's session gives a profile to whoever has shown a token, as an agent does. */
static inline enum sv_status token_get_shown(struct fixture *f, struct token_session *pass,
                                             const char *name, const struct caller *caller,
                                             struct secret **secret)
{
    const struct reveal why = {.op = AUDIT_GET, .via = VIA_AGENT, .token = pass, .caller = caller};

    return vault_reveal(f->v, name, &why, NULL, secret, &f->err);
}

static inline struct secret *token_for(struct fixture *f, const char *label, const char *names)
{
    struct secret *text = NULL;

    must(token_try(f, label, names, 0, &text));
    return text;
}

/* The holder's session; SV_OK or the refusal. */
static inline enum sv_status token_enter(struct fixture *f, struct vault **v,
                                         const struct secret *text)
{
    enum sv_status st = vault_open(v, &f->place, true, &f->err);

    return st ? st : vault_unlock_token(*v, text, &f->err);
}

static inline enum sv_status token_get(struct fixture *f, struct vault *v, const char *name,
                                       struct secret **secret)
{
    const struct reveal why = {.op = AUDIT_GET};

    return vault_reveal(v, name, &why, NULL, secret, &f->err);
}

/* What the token opens: "name=secret;" each, or the refusal. */
static inline enum sv_status token_read_all(struct fixture *f, const struct secret *text, char *got,
                                            size_t size)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    got[0] = 0;
    if ((st = token_enter(f, &v, text)) || (st = vault_list(v, &list, &f->err)))
        return st;
    for (size_t i = 0; i < list.count; i++) {
        SECRET_OWNED struct secret *s = NULL;
        if ((st = token_get(f, v, list.items[i].name, &s)))
            return st;
        size_t at = strlen(got);
        snprintf(got + at, size - at, "%s=%.*s;", list.items[i].name, (int)secret_len(s),
                 (const char *)secret_peek(s));
    }
    return SV_OK;
}

static inline void token_expect(struct fixture *f, const struct secret *text, const char *want)
{
    char got[512];

    must(token_read_all(f, text, got, sizeof got));
    assert_string_equal(got, want);
}

static inline void token_refused(struct fixture *f, enum sv_status status,
                                 const struct secret *text, const char *words)
{
    char got[512];

    must_fail(status, token_read_all(f, text, got, sizeof got));
    assert_string_equal(got, "");
    if (!strstr(f->err.text, words))
        fail_msg("\"%s\" in place of \"%s\"", f->err.text, words);
}

/* A new secret for a profile. */
static inline void token_edit(struct fixture *f, const char *name, const char *password)
{
    PROFILE_OWNED struct profile p = {0};
    SECRET_OWNED struct secret *s = NULL;

    must(vault_find(f->v, name, &p, &f->err));
    must(secret_copy(&s, password, strlen(password), &f->err));
    must(vault_edit(f->v, &p, s, AUDIT_EDIT, &f->err));
}

static inline void token_verify(struct fixture *f)
{
    struct audit_report report;
    uint64_t findings;

    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_audit_verify(f->v, &report, &f->err));
    assert_string_equal(report.first, "");
}

#endif
