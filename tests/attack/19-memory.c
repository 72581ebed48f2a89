/* SPDX-License-Identifier: ISC */
/*
 * Attack 19, the memory of the process.
 * Without WIPE: a secret is in memory
 *
 * While the vault is unlocked secrets are in locked memory only, and once it is locked
 * they are nowhere: passwords, passphrases and the keys behind them.
 */
#include "vault.h"

#include "memory.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "domain/vault_rotate.h"
#include "rotator/run.h"
#include "tool/format.h"

static void know_keys(struct fixture *f)
{
    const struct key_tree *k = keys_peek(f->v->keys);
    SECRET_OWNED struct secret *seal = NULL;
    ROW_OWNED struct vault_row row = {0};
    char path[300];

    needle_add("the root key", k->root, KEY_LEN);
    needle_add("the reading key", k->read, KEY_LEN);
    needle_add("the wrapping key", k->wrap, KEY_LEN);
    needle_add("the index key", k->index, KEY_LEN);
    needle_add("the directory key", k->directory, KEY_LEN);
    needle_add("the signing key", k->sign_sk, KEY_LEN);
    needle_add("the audit key", k->audit_sk, KEY_LEN);
    must(db_begin_read(f->v->db, &f->err));
    must(vault_row_find(f->v, f->v->state.root, "work", &row, &f->err));
    db_rollback(f->v->db);
    needle_add("a profile's key", object_wrap_peek(row.wrap)->dek, KEY_LEN);
    snprintf(path, sizeof path, "%s/seal", f->v->state_dir);
    must(file_read_secret(path, 1000, &seal, &f->err));
    needle_add("the log's live key", secret_peek(seal) + 41, KEY_LEN);
}

/* A bit of everything that handles secrets, with one in the place of another. */
static void live(struct fixture *f, const struct secret *password)
{
    const struct reveal why = {.op = AUDIT_GET};
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT}, got = {0};
    SECRET_OWNED struct secret *s = NULL;
    struct audit_report report;
    uint64_t findings, version;

    p.name = sv_strdup("work");
    p.host = sv_strdup("mail.example.com");
    must(vault_add(f->v, &p, password, &f->err));
    must(vault_reveal(f->v, "work", &why, &got, &s, &f->err));
    assert_true(secret_equal(s, password));
    p.port = 587;
    must(vault_edit(f->v, &p, password, AUDIT_EDIT, &f->err));
    must(vault_rollback(f->v, "work", 1, &version, &f->err));
    must(vault_rename(f->v, "work", "other", &f->err));
    must(vault_rename(f->v, "other", "work", &f->err));
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    must(vault_audit_verify(f->v, &report, &f->err));
}

static void step_of(struct fixture *f, enum rotation_step step, enum rotation_stage stage,
                    const struct secret *secret)
{
    PROFILE_OWNED struct profile p = {0};
    struct rotation_record r;

    must(vault_find(f->v, "work", &p, &f->err));
    (void)rotation_of_card(&r, &p);
    r.stage = stage;
    r.method = METHOD_HAND;
    must(vault_rotate(f->v, step, &p, &r, secret, &f->err));
}

/* A rotation that is promoted and taken back, and one that is given up. */
static void rotate(struct fixture *f, const struct secret *next)
{
    const struct reveal why = {.op = AUDIT_ROTATE, .version = PROFILE_VERSION_PENDING};
    SECRET_OWNED struct secret *s = NULL;

    step_of(f, ROTATE_BEGIN, STAGE_PLANNED, NULL);
    step_of(f, ROTATE_PENDING, STAGE_PENDING, next);
    must(vault_reveal(f->v, "work", &why, NULL, &s, &f->err));
    step_of(f, ROTATE_PROMOTE, STAGE_PROMOTED, NULL);
    step_of(f, ROTATE_BACK, STAGE_ROLLED_BACK, NULL);
    step_of(f, ROTATE_BEGIN, STAGE_PLANNED, NULL);
    step_of(f, ROTATE_PENDING, STAGE_PENDING, next);
    step_of(f, ROTATE_ABANDON, STAGE_ABANDONED, NULL);
}

static void secrets_are_in_locked_memory_and_then_nowhere(void **state)
{
    static const struct argon2_cost cost = {.passes = 3, .memory_kib = ARGON2_MIN_KIB, .lanes = 4};
    struct fixture fx, *f = &fx;
    struct slot_credentials cred = {0};
    struct secret *password, *passphrase, *next;
    (void)state;
    forget_needles();
    fixture_begin(f);
    password = random_text("a password", 64);
    passphrase = random_text("the passphrase", 64);
    next = random_text("a pending secret", 64);
    live(f, password);
    rotate(f, next);
    cred.passphrase = passphrase;
    must(vault_change_credentials(f->v, &cred, &cost, &f->err));
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_unlock(f->v, &cred, &f->err));
    know_keys(f);
    expect_nowhere(false, "unlocked");
    vault_lock(f->v);
    secret_free(password);
    secret_free(passphrase);
    secret_free(next);
    expect_nowhere(true, "locked");
    fixture_close(f);
    expect_nowhere(true, "closed");
    fixture_end(f);
}

/* Byte by byte: a compiler that copies 16 at once may keep them on the stack. */
static void put(uint8_t *to, const uint8_t *from)
{
    for (volatile size_t i = 0; i < PIECE; i++)
        to[i] = from[i];
}

/* The search must find what is there. */
static void the_search_finds(void **state)
{
    SECRET_OWNED struct secret *s = NULL;
    uint8_t *heap = malloc(100), stack[32] = {0};
    (void)state;
    assert_non_null(heap);
    forget_needles();
    s = random_text("it", 32);
    put(heap + 3, secret_peek(s) + PIECE);
    assert_non_null(search_all(false));
    sodium_memzero(heap, 100);
    expect_nowhere(false, "wiped from the heap");
    put(stack + 1, secret_peek(s));
    assert_non_null(search_all(false));
    sodium_memzero(stack, sizeof stack);
    expect_nowhere(false, "wiped from the stack");
    assert_non_null(search_all(true));
    free(heap);
    forget_needles();
}

/* Every format with the secret itself in it, and what programs write it with. */
static void formats_leave_nothing(void **state)
{
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    SECRET_OWNED struct secret *s = NULL;
    struct sv_err err = {""};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)state;
    forget_needles();
    assert_true(null >= 0);
    s = random_text("a password", 64);
    p.name = sv_strdup("work");
    p.host = sv_strdup("mail.example.com");
    p.username = sv_strdup("ann@example.com");
    for (size_t i = 0; i < format_count; i++) {
        if (formats[i]->secretless || (formats[i]->tls && !(formats[i]->tls & SAYS_IMPLICIT)))
            continue;
        struct format_input in = {.profile = &p, .secret = s, .program = "/usr/bin/smtpvault"};
        SINK_OWNED struct sink *out = sink_new(true);
        SECRET_OWNED struct secret *whole = NULL;
        assert_non_null(out);
        if (format_write(formats[i], out, &in, 1, &err) != SV_OK)
            fail_msg("%s: %s", formats[i]->name, err.text);
        assert_int_equal(sink_to_secret(out, &whole, &err), SV_OK);
        assert_int_equal(sink_release(out, null, "nowhere", &err), SV_OK);
        expect_nowhere(false, formats[i]->name);
    }
    close(null);
}

/* A rotator that tells all that it was given, wherever it can. */
static void rotators_leave_nothing(void **state)
{
    static const char program[] = "#!/bin/sh\nread -r new <&3; read -r old <&5\n"
                                  "echo \"now $new, before $old\" >&2\n"
                                  "[ $1 = create ] && echo \"$old\" >&4\n"
                                  "printf '{\"schema\":1,\"result\":\"ok\",\"message\":\"%s %s\"}'"
                                  " \"$new\" \"$old\"\n";
    static const enum rotator_step steps[] = {ROTATOR_CREATE, ROTATOR_SET};
    PROFILE_OWNED struct profile p = {.port = 465, .tls = TLS_IMPLICIT};
    SECRET_OWNED struct secret *new = NULL, *old = NULL;
    struct sv_err err = {""};
    char folder[] = "/tmp/svmemXXXXXX", path[64];
    (void)state;
    forget_needles();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/teller", folder);
    assert_int_equal(file_replace(path, program, sizeof program - 1, 0700, &err), SV_OK);
    p.name = sv_strdup("work");
    p.host = sv_strdup("mail.example.com");
    new = random_text("a new secret", 64);
    old = random_text("an old secret", 64);
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct rotator_ask ask = {
            .step = steps[i], .profile = &p, .new_secret = new, .old_secret = old};
        ROTATOR_ANSWER_OWNED struct rotator_answer answer = {.made = NULL};
        assert_int_equal(rotator_do(path, &ask, 30000, &answer, &err), SV_OK);
        assert_int_equal(answer.result, ROTATOR_OK);
        assert_int_equal(answer.made != NULL, steps[i] == ROTATOR_CREATE);
        assert_true(answer.said.len > 10);
        expect_nowhere(false, rotator_step_word(steps[i]));
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

ATTACK_MAIN(cmocka_unit_test(the_search_finds), cmocka_unit_test(formats_leave_nothing),
            cmocka_unit_test(rotators_leave_nothing),
            cmocka_unit_test(secrets_are_in_locked_memory_and_then_nowhere))
