/* SPDX-License-Identifier: ISC */
/* Tokens in daily use: made, listed, used, kept right through every change, revoked. */
#include "members.h"
#include "token_fixture.h"

#include "base/env.h"

static void begin(struct fixture *f)
{
    fixture_begin(f);
    fixture_add(f, "home", "one");
    fixture_add(f, "shop", "two");
    fixture_add(f, "work", "three");
}

static void a_token_opens_its_profiles(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *some = token_for(f, "ci", "work home");
    SECRET_OWNED struct secret *one = token_for(f, "cron", "shop");
    token_expect(f, some, "home=one;work=three;");
    token_expect(f, one, "shop=two;");
    token_verify(f);
    fixture_expect(f, "home", 0, "one");
    fixture_end(f);
}

/* What a session of a token may not do, and how it is told. */
static void a_token_does_nothing_else(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    token_edit(f, "work", "four");
    SECRET_OWNED struct secret *text = token_for(f, "ci", "work");
    {
        const struct reveal old = {.op = AUDIT_GET, .version = 1};
        const struct token_new want = {.label = "x", .names = (const char *[]){"work"}, .count = 1};
        const struct audit_filter all = {0};
        PROFILE_LIST_OWNED struct profile_list list = {0};
        TOKEN_LIST_OWNED struct token_list tokens = {0};
        PROFILE_OWNED struct profile p = {0};
        SECRET_OWNED struct secret *s = NULL, *made = NULL;
        VAULT_OWNED struct vault *v = NULL;
        struct audit_report report;
        uint64_t n;
        uint32_t number;

        must(token_enter(f, &v, text));
        assert_true(vault_is_unlocked(v));
        must_fail(SV_DENIED, token_get(f, v, "home", &s));
        assert_non_null(strstr(f->err.text, "\"ci\" opens no profile \"home\""));
        must_fail(SV_DENIED, vault_find(v, "home", &p, &f->err));
        must_fail(SV_DENIED, vault_reveal(v, "work", &old, NULL, &s, &f->err));
        must_fail(SV_DENIED, vault_history(v, "work", &list, &f->err));
        must_fail(SV_DENIED, vault_rename(v, "work", "other", &f->err));
        must_fail(SV_DENIED, vault_remove(v, "work", &f->err));
        must_fail(SV_DENIED, vault_rollback(v, "work", 1, &n, &f->err));
        must_fail(SV_DENIED, vault_change_credentials(v, &f->cred, NULL, &f->err));
        must_fail(SV_DENIED, vault_token_make(v, &want, &made, &number, &f->err));
        must_fail(SV_DENIED, vault_token_revoke(v, "ci", false, NULL, &f->err));
        must_fail(SV_DENIED, vault_tokens(v, &tokens, &f->err));
        must_fail(SV_DENIED, vault_audit_read(v, &all, NULL, NULL, &f->err));
        must_fail(SV_DENIED, vault_audit_verify(v, &report, &f->err));
        assert_null(s);
        must(vault_find(v, "work", &p, &f->err));
        must_fail(SV_DENIED, vault_edit(v, &p, NULL, AUDIT_EDIT, &f->err));
        vault_lock(v);
        must_fail(SV_LOCKED, token_get(f, v, "work", &s));
    }
    token_verify(f);
    fixture_end(f);
}

/* The session is open all the while, and so is that of the owner. */
static void changes_of_profiles_reach_the_token(void **state)
{
    struct fixture fx, *f = &fx;
    uint64_t version;
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *text = token_for(f, "ci", "home work");
    {
        VAULT_OWNED struct vault *v = NULL;
        SECRET_OWNED struct secret *a = NULL, *b = NULL, *c = NULL;
        must(token_enter(f, &v, text));
        token_edit(f, "work", "four");
        must(token_get(f, v, "work", &a));
        assert_memory_equal(secret_peek(a), "four", 4);
        must(vault_rename(f->v, "work", "office", &f->err));
        must_fail(SV_DENIED, token_get(f, v, "work", &b));
        must(token_get(f, v, "office", &b));
        must(vault_remove(f->v, "home", &f->err));
        must_fail(SV_DENIED, token_get(f, v, "home", &c));
    }
    token_expect(f, text, "office=four;");
    must(vault_rollback(f->v, "office", 1, &version, &f->err));
    token_expect(f, text, "office=three;");
    /* Another profile of the old name is another profile. */
    fixture_add(f, "home", "new");
    token_expect(f, text, "office=three;");
    must(vault_remove(f->v, "office", &f->err));
    token_expect(f, text, "");
    token_verify(f);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    token_verify(f);
    fixture_end(f);
}

static void a_revoked_token_opens_nothing(void **state)
{
    struct fixture fx, *f = &fx;
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "home work");
    SECRET_OWNED struct secret *cron = token_for(f, "cron", "work shop");
    {
        VAULT_OWNED struct vault *v = NULL;
        SECRET_OWNED struct secret *s = NULL;
        must(token_enter(f, &v, ci));
        must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
        must_fail(SV_DENIED, token_get(f, v, "work", &s));
        assert_non_null(strstr(f->err.text, "revoked"));
    }
    token_refused(f, SV_DENIED, ci, "knows no such token");
    token_expect(f, cron, "shop=two;work=three;");
    must_fail(SV_MISSING, vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    assert_non_null(strstr(f->err.text, "there is no token \"ci\""));
    fixture_reopen(f);
    fixture_expect(f, "home", 0, "one");
    fixture_expect(f, "work", 0, "three");
    must(vault_token_revoke(f->v, "65537", false, NULL, &f->err));
    token_refused(f, SV_DENIED, cron, "knows no such token");
    token_verify(f);
    fixture_end(f);
}

static void tokens_are_listed(void **state)
{
    struct fixture fx, *f = &fx;
    int64_t until = env_now() + 86400;
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *a = token_for(f, "ci", "work home"), *b = NULL, *c = NULL;
    assert_non_null(a);
    must(token_try(f, "cron", "shop", until, &b));
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    must(token_try(f, "deploy", "work", 0, &c));
    {
        TOKEN_LIST_OWNED struct token_list list = {0};
        must(vault_tokens(f->v, &list, &f->err));
        assert_int_equal(list.count, 2);
        assert_string_equal(list.items[0].label, "cron");
        assert_int_equal(list.items[0].number, TOKEN_NUMBER_FIRST + 1);
        assert_int_equal(list.items[0].until, until);
        assert_int_equal(list.items[0].count, 1);
        assert_string_equal(list.items[0].names[0], "shop");
        assert_string_equal(list.items[1].label, "deploy");
        assert_int_equal(list.items[1].until, 0);
    }
    fixture_end(f);
}

/* How often and when is kept beside the log, and goes along into a new epoch. */
static void the_list_tells_the_uses(void **state)
{
    struct fixture fx, *f = &fx;
    struct token_session *pass = NULL;
    SECRET_OWNED struct secret *a = NULL, *b = NULL, *c = NULL, *d = NULL;
    PERSON_OWNED struct person ben = {0};
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
    SECRET_OWNED struct secret *limited = token_for_agent(f, "limited", "home work", 5);
    {
        VAULT_OWNED struct vault *v = NULL;
        must(token_enter(f, &v, ci));
        must(token_get(f, v, "work", &a));
        must(token_get(f, v, "work", &b));
        must_fail(SV_DENIED, token_get(f, v, "home", &c));
    }
    must(vault_token_admit(f->v, limited, NULL, &pass, &f->err));
    must(token_get_shown(f, pass, "home", NULL, &d));
    must_fail(SV_DENIED, token_get_shown(f, pass, "shop", NULL, &c));
    token_session_free(pass);
    person_join(f, &ben, "ben", ROLE_READER);
    must(vault_member_remove(f->v, ben.slot, NULL, NULL, &f->err));
    {
        TOKEN_LIST_OWNED struct token_list list = {0};
        struct audit_event last;
        must(vault_tokens(f->v, &list, &f->err));
        assert_int_equal(list.count, 2);
        assert_int_equal(list.items[0].uses, 2);
        assert_int_equal(list.items[0].most_uses, 0);
        assert_false(list.items[0].agent);
        assert_int_equal(list.items[1].uses, 1);
        assert_int_equal(list.items[1].most_uses, 5);
        assert_true(list.items[1].agent);
        must(vault_token_last(f->v, &list.items[0], &last, &f->err));
        assert_string_equal(last.profile, "work");
        assert_int_equal(last.time, list.items[0].last_used);
        must(vault_token_last(f->v, &list.items[1], &last, &f->err));
        assert_string_equal(last.profile, "home");
        assert_int_equal(last.via, VIA_AGENT);
        assert_string_equal(last.token, "limited");
    }
    token_verify(f);
    must(vault_token_admit(f->v, limited, NULL, &pass, &f->err));
    token_session_free(pass);
    fixture_end(f);
}

static void what_no_token_can_be(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *text = NULL;
    struct vault_info before, after;
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *first = token_for(f, "ci", "work");
    assert_non_null(first);
    must(vault_info(f->v, &before, &f->err));
    must_fail(SV_EXISTS, token_try(f, "ci", "home", 0, &text));
    must_fail(SV_MISSING, token_try(f, "x", "home nowhere", 0, &text));
    must_fail(SV_USAGE, token_try(f, "x", "home work home", 0, &text));
    assert_non_null(strstr(f->err.text, "named twice"));
    must_fail(SV_USAGE, token_try(f, "x", "", 0, &text));
    must_fail(SV_USAGE, token_try(f, "x", "home", env_now(), &text));
    must_fail(SV_USAGE, token_try(f, "", "home", 0, &text));
    must_fail(SV_USAGE, token_try(f, "7", "home", 0, &text));
    must_fail(SV_USAGE, token_try(f, "a\nb", "home", 0, &text));
    must_fail(SV_USAGE,
              token_try_as(f, (struct token_new){.label = "x", .most_uses = 3}, "home", &text));
    must_fail(SV_USAGE,
              token_try_as(f, (struct token_new){.label = "x", .exe = "msmtp"}, "home", &text));
    assert_null(text);
    must(vault_info(f->v, &after, &f->err));
    assert_int_equal(before.seq, after.seq);
    token_verify(f);
    fixture_end(f);
}

/* ---- the log ---- */

struct seen {
    char text[2048];
};

static enum sv_status note_event(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct seen *s = context;
    size_t at = strlen(s->text);

    (void)err;
    if (e->via == VIA_TOKEN || e->op == AUDIT_TOKEN)
        snprintf(s->text + at, sizeof s->text - at, "%s %s %s %s [%s] %s;", audit_op_word(e->op),
                 audit_result_word(e->result), audit_via_word(e->via), e->profile, e->token,
                 e->note);
    return SV_OK;
}

static void every_use_is_in_the_log(void **state)
{
    struct fixture fx, *f = &fx;
    const struct audit_filter all = {0};
    struct seen seen = {""};
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
    {
        VAULT_OWNED struct vault *v = NULL;
        SECRET_OWNED struct secret *s = NULL;
        must(token_enter(f, &v, ci));
        must(token_get(f, v, "work", &s));
        must_fail(SV_DENIED, token_get(f, v, "home", &s));
    }
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    token_refused(f, SV_DENIED, ci, "no such token");
    must(vault_audit_read(f->v, &all, note_event, &seen, &f->err));
    assert_string_equal(seen.text, "token ok keyfile  [] made \"ci\";"
                                   "get ok token work [ci] ;"
                                   "get denied token home [ci] ;"
                                   "token ok keyfile  [] revoked \"ci\";"
                                   "unlock denied token  [] no such token;");
    fixture_end(f);
}

/* The log's place is taken by a folder: nothing can be written there. */
static void no_log_no_secret(void **state)
{
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *s = NULL;
    char command[256];
    (void)state;
    begin(f);
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "work");
    {
        VAULT_OWNED struct vault *v = NULL;
        must(token_enter(f, &v, ci));
        snprintf(command, sizeof command, "cd '%.63s'/state/* && mv lock lock.old && mkdir lock",
                 f->dir);
        assert_int_equal(system(command), 0);
        assert_int_not_equal(token_get(f, v, "work", &s), SV_OK);
        assert_null(s);
    }
    fixture_end(f);
}

/* ---- no memory ---- */

static void no_memory_leaves_all_as_it_was(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_info before, after;
    const unsigned long step = getenv("SMTPVAULT_TEST_SLOW") ? 11 : 1; /* under valgrind */
    (void)state;
    begin(f);
    token_edit(f, "work", "four");
    SECRET_OWNED struct secret *ci = token_for(f, "ci", "home work");
    SECRET_OWNED struct secret *cron = token_for(f, "cron", "work");
    for (unsigned long n = 1;; n += step) {
        struct secret *text = NULL;
        must(vault_info(f->v, &before, &f->err));
        sv_alloc_fail_at(n);
        enum sv_status st = token_try(f, "x", "shop work", 0, &text);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        must(vault_info(f->v, &after, &f->err));
        bool text_made = text != NULL;
        secret_free(text);
        if (!failed) {
            assert_int_equal(st, SV_OK);
            break;
        }
        assert_int_equal(st == SV_OK, text_made);
        /* When it was made all the same, its end was not recorded. */
        assert_true(st == SV_OK || after.seq == before.seq ||
                    strstr(f->err.text, "the change was made"));
        if (after.seq != before.seq)
            must(vault_token_revoke(f->v, "x", false, NULL, &f->err));
    }
    must(vault_token_revoke(f->v, "x", false, NULL, &f->err));
    for (unsigned long n = 1;; n += step) {
        char got[128];
        sv_alloc_fail_at(n);
        enum sv_status st = token_read_all(f, ci, got, sizeof got);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(st == SV_OK || failed);
        if (st == SV_OK)
            assert_string_equal(got, "home=one;work=four;");
        if (!failed)
            break;
    }
    for (unsigned long n = 1;; n += step) {
        must(vault_info(f->v, &before, &f->err));
        sv_alloc_fail_at(n);
        enum sv_status st = vault_token_revoke(f->v, "ci", false, NULL, &f->err);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        must(vault_info(f->v, &after, &f->err));
        if (st == SV_OK || after.seq != before.seq)
            break;
        assert_true(failed);
        token_expect(f, ci, "home=one;work=four;");
        token_expect(f, cron, "work=four;");
    }
    token_refused(f, SV_DENIED, ci, "no such token");
    token_expect(f, cron, "work=four;");
    token_verify(f);
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_opens_its_profiles),
        cmocka_unit_test(a_token_does_nothing_else),
        cmocka_unit_test(changes_of_profiles_reach_the_token),
        cmocka_unit_test(a_revoked_token_opens_nothing),
        cmocka_unit_test(tokens_are_listed),
        cmocka_unit_test(the_list_tells_the_uses),
        cmocka_unit_test(what_no_token_can_be),
        cmocka_unit_test(every_use_is_in_the_log),
        cmocka_unit_test(no_log_no_secret),
        cmocka_unit_test(no_memory_leaves_all_as_it_was),
    };
    struct sv_err err;
    int failed;

    if (secret_process_harden(&err) != SV_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
