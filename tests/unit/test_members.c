/* SPDX-License-Identifier: ISC */
/* Members: added, listed, and what each role may and may not do. */
#include "members.h"

#include "crypto/argon2id.h"
#include "domain/vault_impl.h"

static void members_are_listed(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person reader = {0}, auditor = {0}, admin = {0};
    MEMBER_LIST_OWNED struct member_list list = {0};
    const struct member *m = NULL;
    (void)state;
    fixture_begin(f);
    person_join(f, &reader, "rita", ROLE_READER);
    person_join(f, &auditor, "otto", ROLE_AUDITOR);
    person_join(f, &admin, "anna", ROLE_ADMIN);
    must(vault_members(f->v, &list, &f->err));
    assert_int_equal(list.count, 4);
    static const struct {
        const char *label;
        enum role role;
        bool own;
    } want[] = {{"owner", ROLE_ADMIN, true},
                {"rita", ROLE_READER, false},
                {"otto", ROLE_AUDITOR, false},
                {"anna", ROLE_ADMIN, false}};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(list.items[i].number, i);
        assert_string_equal(list.items[i].label, want[i].label);
        assert_int_equal(list.items[i].role, want[i].role);
        assert_int_equal(list.items[i].type, SLOT_KEYFILE);
        assert_int_equal(list.items[i].own, want[i].own);
        assert_true(list.items[i].created > 1600000000);
    }
    must(member_find(&list, "otto", &m, &f->err));
    assert_int_equal(m->number, 2);
    must(member_find(&list, "3", &m, &f->err));
    assert_string_equal(m->label, "anna");
    must_fail(SV_MISSING, member_find(&list, "nobody", &m, &f->err));
    expect_words(f, "nobody");
    must_fail(SV_MISSING, member_find(&list, "4", &m, &f->err));
    fixture_end(f);
}

static void nobody_is_added_twice(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person one = {0}, two = {0};
    struct member_new who = {.label = "rita", .role = ROLE_READER};
    static const uint8_t pk[KEY_LEN] = "a public key of an identity";
    const struct slot_credentials named = {.identity_pk = pk};
    uint32_t number = 99;
    (void)state;
    fixture_begin(f);
    person_join(f, &one, "rita", ROLE_READER);
    person_make(f, &two, "two");
    who.cred = &two.cred;
    must_fail(SV_EXISTS, vault_member_add(f->v, &who, &number, &f->err));
    expect_words(f, "rita");
    who.label = "ruth";
    who.cred = &named;
    must(vault_member_add(f->v, &who, &number, &f->err));
    assert_int_equal(number, 2);
    who.label = "rosa";
    must_fail(SV_EXISTS, vault_member_add(f->v, &who, &number, &f->err));
    expect_words(f, "ruth");
    static const char *const bad[] = {"", " x", "x ", "7", "a\nb", "\xff"};
    who.cred = &two.cred;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        who.label = bad[i];
        must_fail(SV_USAGE, vault_member_add(f->v, &who, &number, &f->err));
    }
    who.label = "t";
    who.role = ROLE_TOKEN;
    must_fail(SV_USAGE, vault_member_add(f->v, &who, &number, &f->err));
    fixture_end(f);
}

struct heard {
    unsigned events, gets, refused;
};

static enum sv_status hear(void *context, const struct audit_event *event, struct sv_err *err)
{
    struct heard *h = context;

    (void)err;
    h->events++;
    h->gets += event->op == AUDIT_GET && event->result == AUDIT_OK && event->member == 2;
    h->refused += event->op == AUDIT_GET && event->result == AUDIT_DENIED && event->member == 3;
    return SV_OK;
}

static void each_role_has_its_door(void **state)
{
    struct fixture fx, *f = &fx;
    PERSON_OWNED struct person reader = {0}, auditor = {0};
    struct vault_info info;
    struct audit_report report;
    const struct audit_filter all = {0};
    uint64_t findings = 1;
    struct heard heard = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "secret");
    person_join(f, &reader, "rita", ROLE_READER);
    person_join(f, &auditor, "otto", ROLE_AUDITOR);
    VAULT_OWNED struct vault *r = NULL, *o = NULL;
    must(person_open(f, &reader, &r));
    must(person_open(f, &auditor, &o));

    PROFILE_LIST_OWNED struct profile_list list = {0};
    must(vault_list(r, &list, &f->err));
    assert_int_equal(list.count, 1);
    must(person_get(f, r, "work"));
    must_fail(SV_DENIED, vault_audit_read(r, &all, hear, &heard, &f->err));
    must_fail(SV_DENIED, vault_audit_verify(r, &report, &f->err));

    PROFILE_LIST_OWNED struct profile_list none = {0};
    must_fail(SV_DENIED, vault_list(o, &none, &f->err));
    expect_words(f, "auditor");
    must_fail(SV_DENIED, person_get(f, o, "work"));
    must(vault_audit_read(o, &all, hear, &heard, &f->err));
    assert_true(heard.events >= 5);
    assert_int_equal(heard.gets, 1);
    assert_int_equal(heard.refused, 1);
    must(vault_audit_verify(o, &report, &f->err));
    assert_int_equal(report.findings, 0);
    must(vault_info(o, &info, &f->err));
    assert_int_equal(info.slots, 3);
    must(vault_verify(o, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_verify(r, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    must(vault_verify(f->v, &findings, NULL, NULL, &f->err));
    assert_int_equal(findings, 0);
    fixture_end(f);
}

static void a_reader_and_an_auditor_change_nothing(void **state)
{
    static const enum role roles[] = {ROLE_READER, ROLE_AUDITOR};
    struct fixture fx, *f = &fx;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "secret");
    for (size_t i = 0; i < 2; i++) {
        PERSON_OWNED struct person p = {0}, other = {0};
        person_join(f, &p, role_word(roles[i]), roles[i]);
        VAULT_OWNED struct vault *v = NULL;
        PROFILE_OWNED struct profile work = {0}, made = {.port = 465, .tls = TLS_IMPLICIT};
        MEMBER_LIST_OWNED struct member_list members = {0};
        struct member_new who = {.label = "next", .role = ROLE_READER, .cred = &other.cred};
        SECRET_OWNED struct secret *word = NULL;
        uint64_t version;
        uint32_t number;
        must(person_open(f, &p, &v));
        must(secret_copy(&word, "word", 4, &f->err));
        person_make(f, &other, "next");
        must(vault_find(f->v, "work", &work, &f->err));
        made.name = sv_strdup("made");
        made.host = sv_strdup("mail.example.com");
        must_fail(SV_DENIED, vault_add(v, &made, word, &f->err));
        must_fail(SV_DENIED, vault_add_many(v, &made, &word, 1, &f->err));
        must_fail(SV_DENIED, vault_edit(v, &work, NULL, AUDIT_EDIT, &f->err));
        must_fail(SV_DENIED, vault_rename(v, "work", "play", &f->err));
        must_fail(SV_DENIED, vault_remove(v, "work", &f->err));
        must_fail(SV_DENIED, vault_rollback(v, "work", 1, &version, &f->err));
        must_fail(SV_DENIED, vault_members(v, &members, &f->err));
        must_fail(SV_DENIED, vault_member_add(v, &who, &number, &f->err));
        must_fail(SV_DENIED, vault_change_credentials(v, &other.cred, NULL, &f->err));
        expect_words(f, "ask an administrator");
    }
    fixture_reopen(f);
    fixture_expect(f, "work", 0, "secret");
    fixture_end(f);
}

/* A passphrase slot's cost comes from the code, also beside one of another cost. */
static void a_passphrase_opens_its_own_slot(void **state)
{
    static const struct argon2_cost low = {3, ARGON2_MIN_KIB, 1};
    struct fixture fx, *f = &fx;
    SECRET_OWNED struct secret *word = NULL;
    struct slot_credentials cred = {0};
    struct member_new who = {.label = "paul", .role = ROLE_READER, .cred = &cred, .cost = &low};
    MEMBER_LIST_OWNED struct member_list list = {0};
    VAULT_OWNED struct vault *v = NULL;
    uint32_t number;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "secret");
    must(secret_copy(&word, "correct horse", 13, &f->err));
    cred.passphrase = word;
    must(vault_member_add(f->v, &who, &number, &f->err));
    must(vault_members(f->v, &list, &f->err));
    assert_int_equal(list.items[1].type, SLOT_PASSPHRASE);
    assert_int_equal(list.items[1].cost.memory_kib, ARGON2_MIN_KIB);
    must(vault_open(&v, &f->place, true, &f->err));
    must(vault_unlock(v, &cred, &f->err));
    must(person_get(f, v, "work"));
    fixture_end(f);
}

/* ---- a cost that has become weak ---- */

static void nothing_is_ever_lowered(void **state)
{
    struct argon2_cost cost, better;
    (void)state;
    for (uint32_t passes = 3; passes <= 64; passes++)
        for (uint32_t kib = ARGON2_MIN_KIB; kib <= ARGON2_MAX_KIB / 4; kib += 64 * 1024)
            for (int64_t ms = 1; ms < 4000; ms *= 3) {
                cost = (struct argon2_cost){passes, kib, 4};
                if (!argon2_is_weak(&cost, ms, &better))
                    continue;
                assert_true(better.passes >= passes && better.memory_kib >= kib);
                assert_true((uint64_t)better.passes * better.memory_kib >= 2ull * passes * kib);
                assert_int_equal(argon2_cost_check(&better, NULL), SV_OK);
            }
    cost = argon2_default;
    assert_false(argon2_is_weak(&cost, 1, &better));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_listed),
        cmocka_unit_test(nobody_is_added_twice),
        cmocka_unit_test(each_role_has_its_door),
        cmocka_unit_test(a_reader_and_an_auditor_change_nothing),
        cmocka_unit_test(a_passphrase_opens_its_own_slot),
        cmocka_unit_test(nothing_is_ever_lowered),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
