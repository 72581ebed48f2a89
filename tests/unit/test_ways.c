/* SPDX-License-Identifier: ISC */
/* The ways into a vault beside passphrase and key file: identities and recovery shares. */
#include "vault_fixture.h"

#include "crypto/identity.h"
#include "crypto/share.h"
#include "domain/vault_members.h"

#define LIVES(f, cred) assert_int_equal(open_with(f, cred), SV_OK)

/* One identity and one recovery secret. */
struct people {
    struct secret *identity, *recovery;
    struct identity_public line;
};

static void people_clear(struct people *p)
{
    secret_free(p->identity);
    secret_free(p->recovery);
}
#define PEOPLE_OWNED __attribute__((cleanup(people_clear)))

static void people_make(struct fixture *f, struct people *p)
{
    uint8_t bytes[SHARE_WHOLE_LEN];
    must(identity_make(&p->identity, &p->line, "rita", &f->err));
    randombytes_buf(bytes, sizeof bytes);
    must(secret_copy(&p->recovery, bytes, sizeof bytes, &f->err));
}

static uint32_t join(struct fixture *f, const char *label, enum role role,
                     const struct slot_credentials *cred)
{
    const struct member_new who = {.label = label, .role = role, .cred = cred};
    uint32_t number = 0;
    must(vault_member_add(f->v, &who, &number, &f->err));
    return number;
}

static enum sv_status open_with(struct fixture *f, const struct slot_credentials *cred)
{
    VAULT_OWNED struct vault *v = NULL;
    must(vault_open(&v, &f->place, false, &f->err));
    return vault_unlock(v, cred, &f->err);
}

static void identity_opens(void **state)
{
    struct fixture fx, *f = &fx;
    PEOPLE_OWNED struct people p = {0}, other = {0};
    struct vault_ways ways;
    (void)state;
    fixture_begin(f);
    people_make(f, &p);
    people_make(f, &other);
    const struct slot_credentials mine = {.identity = p.identity},
                                  theirs = {.identity = other.identity},
                                  made = {.identity_pk = p.line.pk};
    assert_int_equal(open_with(f, &mine), SV_DENIED);
    assert_non_null(strstr(f->err.text, "no key slot of this vault takes"));
    (void)join(f, "rita", ROLE_READER, &made);
    must(vault_ways(f->v, &ways, &f->err));
    assert_true(ways.identity && ways.keyfile && !ways.recovery && !ways.passphrase);
    LIVES(f, &mine);
    assert_int_equal(open_with(f, &theirs), SV_DENIED);
    assert_non_null(strstr(f->err.text, "this identity is no member"));
    /* The same one under another name. */
    const struct member_new again = {.label = "ruth", .role = ROLE_ADMIN, .cred = &made};
    uint32_t number;
    must_fail(SV_EXISTS, vault_member_add(f->v, &again, &number, &f->err));
    assert_non_null(strstr(f->err.text, "rita"));
    fixture_end(f);
}

/* A removal gives everybody else the new epoch without their passphrases. */
static void epochs_do_not_lock_out(void **state)
{
    struct fixture fx, *f = &fx;
    PEOPLE_OWNED struct people p = {0}, leaver = {0};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "secret");
    people_make(f, &p);
    people_make(f, &leaver);
    const struct slot_credentials mine = {.identity = p.identity},
                                  shares = {.recovery = p.recovery},
                                  gone = {.identity = leaver.identity},
                                  mine_pk = {.identity_pk = p.line.pk},
                                  gone_pk = {.identity_pk = leaver.line.pk};
    (void)join(f, "rita", ROLE_READER, &mine_pk);
    (void)join(f, "recovery", ROLE_ADMIN, &shares);
    uint32_t number = join(f, "lena", ROLE_READER, &gone_pk);
    LIVES(f, &gone);
    must(vault_member_remove(f->v, number, NULL, NULL, &f->err));
    LIVES(f, &mine);
    LIVES(f, &shares);
    assert_int_equal(open_with(f, &gone), SV_DENIED);
    /* Whoever was removed may come back. */
    (void)join(f, "lena", ROLE_AUDITOR, &gone_pk);
    LIVES(f, &gone);
    fixture_end(f);
}

static void shares_open(void **state)
{
    struct fixture fx, *f = &fx;
    PEOPLE_OWNED struct people p = {0}, other = {0};
    struct share set[5] = {0};
    SECRET_OWNED struct secret *joined = NULL;
    (void)state;
    fixture_begin(f);
    people_make(f, &p);
    people_make(f, &other);
    const struct slot_credentials made = {.recovery = p.recovery},
                                  wrong = {.recovery = other.recovery};
    (void)join(f, "recovery", ROLE_ADMIN, &made);
    must(share_split(set, 3, 5, p.recovery, &f->err));
    must(share_join(&joined, set + 1, 3, &f->err));
    const struct slot_credentials found = {.recovery = joined};
    LIVES(f, &found);
    assert_int_equal(open_with(f, &wrong), SV_DENIED);
    assert_non_null(strstr(f->err.text, "the shares fit together, but do not open this vault"));
    for (size_t i = 0; i < 5; i++)
        share_clear(&set[i]);
    fixture_end(f);
}

/* What recovery is for: a new way in for whoever lost theirs, and only for administrators. */
static void recovery_resets(void **state)
{
    struct fixture fx, *f = &fx;
    PEOPLE_OWNED struct people p = {0};
    SECRET_OWNED struct secret *fresh = NULL;
    MEMBER_LIST_OWNED struct member_list list = {0};
    const struct member *owner, *rita, *ruth;
    static const uint8_t bytes[KEY_LEN] = "another key file's hash";
    (void)state;
    fixture_begin(f);
    people_make(f, &p);
    must(secret_copy(&fresh, bytes, sizeof bytes, &f->err));
    const struct slot_credentials shares = {.recovery = p.recovery}, next = {.keyfile_hash = fresh},
                                  line = {.identity_pk = p.line.pk};
    (void)join(f, "recovery", ROLE_ADMIN, &shares);
    (void)join(f, "rita", ROLE_READER, &line);
    (void)join(f, "ruth", ROLE_READER, &next);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_unlock(f->v, &shares, &f->err));
    must(vault_members(f->v, &list, &f->err));
    must(member_find(&list, "owner", &owner, &f->err));
    must(member_find(&list, "rita", &rita, &f->err));
    must(member_find(&list, "ruth", &ruth, &f->err));
    must_fail(SV_DENIED, vault_reset_credentials(f->v, rita, &next, NULL, &f->err));
    must_fail(SV_DENIED, vault_reset_credentials(f->v, ruth, &next, NULL, &f->err));
    assert_non_null(strstr(f->err.text, "\"ruth\" is no administrator"));
    must(vault_reset_credentials(f->v, owner, &next, NULL, &f->err));
    LIVES(f, &next);
    LIVES(f, &shares);
    assert_int_equal(open_with(f, &f->cred), SV_DENIED);
    fixture_end(f);
}

/* Shares are no administrator who could be asked, so they do not count as the last. */
static void shares_are_not_the_last_admin(void **state)
{
    struct fixture fx, *f = &fx;
    PEOPLE_OWNED struct people p = {0};
    (void)state;
    fixture_begin(f);
    people_make(f, &p);
    const struct slot_credentials shares = {.recovery = p.recovery},
                                  line = {.identity_pk = p.line.pk};
    (void)join(f, "recovery", ROLE_ADMIN, &shares);
    must_fail(SV_DENIED, vault_member_remove(f->v, 0, NULL, NULL, &f->err));
    (void)join(f, "rita", ROLE_ADMIN, &line);
    must(vault_member_remove(f->v, 0, NULL, NULL, &f->err));
    const struct slot_credentials mine = {.identity = p.identity};
    LIVES(f, &mine);
    fixture_end(f);
}

static enum sv_status count_vias(void *context, const struct audit_event *event, struct sv_err *err)
{
    unsigned *seen = context;
    (void)err;
    seen[event->via]++;
    return SV_OK;
}

static void log_says_how(void **state)
{
    struct fixture fx, *f = &fx;
    PEOPLE_OWNED struct people p = {0};
    unsigned seen[8] = {0};
    const struct audit_filter all = {0};
    (void)state;
    fixture_begin(f);
    people_make(f, &p);
    const struct slot_credentials mine = {.identity = p.identity},
                                  shares = {.recovery = p.recovery},
                                  line = {.identity_pk = p.line.pk};
    (void)join(f, "rita", ROLE_READER, &line);
    assert_int_equal(open_with(f, &shares), SV_DENIED);
    must(vault_member_remove(f->v, 1, NULL, NULL, &f->err));
    assert_int_equal(open_with(f, &mine), SV_DENIED);
    must(vault_audit_read(f->v, &all, count_vias, seen, &f->err));
    assert_int_equal(seen[VIA_IDENTITY], 1);
    assert_int_equal(seen[VIA_RECOVERY], 1);
    assert_string_equal(audit_via_word(VIA_IDENTITY), "identity");
    assert_string_equal(audit_via_word(VIA_RECOVERY), "recovery");
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_opens),
        cmocka_unit_test(epochs_do_not_lock_out),
        cmocka_unit_test(shares_open),
        cmocka_unit_test(recovery_resets),
        cmocka_unit_test(shares_are_not_the_last_admin),
        cmocka_unit_test(log_says_how),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
