/* SPDX-License-Identifier: ISC */
/* members: people with key files of their own, for tests of roles and epochs. */
#ifndef TESTS_MEMBERS_H
#define TESTS_MEMBERS_H

#include "vault_fixture.h"

#include "domain/vault_members.h"

struct person {
    struct secret *keyfile;
    struct slot_credentials cred;
    uint32_t slot;
};

static inline void person_clear(struct person *p)
{
    secret_free(p->keyfile);
}
#define PERSON_OWNED __attribute__((cleanup(person_clear)))

/* A key that only this name has. */
static inline void person_make(struct fixture *f, struct person *p, const char *name)
{
    uint8_t key[32] = {0};

    memcpy(key, name, strlen(name));
    must(secret_copy(&p->keyfile, key, sizeof key, &f->err));
    p->cred = (struct slot_credentials){.keyfile_hash = p->keyfile};
}

static inline void person_join(struct fixture *f, struct person *p, const char *name,
                               enum role role)
{
    struct member_new who = {.label = name, .role = role};

    person_make(f, p, name);
    who.cred = &p->cred;
    must(vault_member_add(f->v, &who, &p->slot, &f->err));
}

/* The vault as this person opens it, in a session beside the fixture's. */
static inline enum sv_status person_open(struct fixture *f, const struct person *p,
                                         struct vault **out)
{
    VAULT_OWNED struct vault *v = NULL;
    enum sv_status st;

    if ((st = vault_open(&v, &f->place, false, &f->err)) ||
        (st = vault_unlock(v, &p->cred, &f->err)))
        return st;
    *out = v;
    v = NULL;
    return SV_OK;
}

static inline enum sv_status person_get(struct fixture *f, struct vault *v, const char *name)
{
    const struct reveal why = {.op = AUDIT_GET};
    SECRET_OWNED struct secret *s = NULL;

    return vault_reveal(v, name, &why, NULL, &s, &f->err);
}

static inline void expect_words(struct fixture *f, const char *words)
{
    if (!strstr(f->err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", f->err.text, words);
}

#endif
