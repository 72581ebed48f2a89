/* SPDX-License-Identifier: ISC */
/* vault_fixture: a throw-away vault that a key file alone opens (no Argon2). */
#ifndef TESTS_VAULT_FIXTURE_H
#define TESTS_VAULT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/env.h"
#include "domain/vault.h"

struct fixture {
    char dir[64];
    char path[128];
    char state[128];
    struct vault_place place;
    struct secret *keyfile;
    struct slot_credentials cred;
    struct vault *v;
    struct sv_err err;
};

#define must(call)                                                  \
    do {                                                            \
        enum sv_status st_ = (call);                                \
        if (st_ != SV_OK)                                           \
            fail_msg("%s: status %d: %s", #call, st_, f->err.text); \
    } while (0)
#define must_fail(status, call) assert_int_equal((status), (call))

#define FIXTURE_KEY "a key file's hash, for tests   "

/* Below `root`, a folder: /tmp, or one in memory where no disk is meant. */
static inline void fixture_begin_at(struct fixture *f, const char *root)
{
    static const uint8_t key[32] = FIXTURE_KEY;

    memset(f, 0, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "%.32s/smtpvault-unit-XXXXXX", root);
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/data/vault.db", f->dir);
    snprintf(f->state, sizeof f->state, "%s/state", f->dir);
    f->place = (struct vault_place){.path = f->path, .state_root = f->state};
    must(secret_copy(&f->keyfile, key, sizeof key, &f->err));
    f->cred.keyfile_hash = f->keyfile;
    must(vault_create(&f->v, &f->place, &f->cred, NULL, &f->err));
}

static inline void fixture_begin(struct fixture *f)
{
    fixture_begin_at(f, "/tmp");
}

static inline void fixture_close(struct fixture *f)
{
    vault_close(f->v);
    f->v = NULL;
}

static inline void fixture_reopen(struct fixture *f)
{
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
}

static inline void fixture_remove(const char *dir)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static inline void fixture_end(struct fixture *f)
{
    fixture_close(f);
    secret_free(f->keyfile);
    fixture_remove(f->dir);
}

/* Times in the vault are whole seconds. */
static inline void next_second(void)
{
    int64_t now = env_now();

    while (env_now() == now)
        usleep(20000);
}

static inline void fixture_add(struct fixture *f, const char *name, const char *password)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    SECRET_OWNED struct secret *s = NULL;

    p.name = sv_strdup(name);
    p.host = sv_strdup("mail.example.com");
    p.username = sv_strdup("ann@example.com");
    must(secret_copy(&s, password, strlen(password), &f->err));
    must(vault_add(f->v, &p, s, &f->err));
}

/* The password of a version (0: the current) must be `want`. */
static inline void fixture_expect(struct fixture *f, const char *name, uint64_t version,
                                  const char *want)
{
    const struct reveal why = {.op = AUDIT_GET, .version = version};
    SECRET_OWNED struct secret *s = NULL;

    must(vault_reveal(f->v, name, &why, NULL, &s, &f->err));
    assert_int_equal(secret_len(s), strlen(want));
    assert_memory_equal(secret_peek(s), want, strlen(want));
}

#endif
