/* SPDX-License-Identifier: ISC */
/* What a server offered: its bytes, what falls short of it, and how a vault keeps it. */
#include "members.h"
#include "token_fixture.h"

#include "domain/posture.h"
#include "domain/vault_impl.h"
#include "domain/vault_posture.h"

#define NOW INT64_C(1790000000)

static struct profile card = {
    .host = (char[]){"mail.example.com"}, .port = 465, .tls = TLS_IMPLICIT};

/* An offer whose chain is these letters, nearest first. */
static struct smtp_offer offer(const char *mechanisms, const char *chain)
{
    struct smtp_offer o = {.tls = SMTP_IMPLICIT, .issuer = "CN=Letters"};

    snprintf(o.mechanisms, sizeof o.mechanisms, "%s", mechanisms);
    for (; *chain != '\0'; chain++)
        memset(o.pins[o.pin_count++], *chain, 32);
    return o;
}

static struct posture learnt(const char *mechanisms, const char *chain)
{
    struct smtp_offer o = offer(mechanisms, chain);
    struct posture p = {.port = 0};

    assert_true(posture_learn(&p, &card, &o, NOW));
    return p;
}

static unsigned lacks(const struct posture *known, const char *mechanisms, const char *chain)
{
    struct smtp_offer o = offer(mechanisms, chain);

    return posture_compare(known, &o);
}

static void bytes_come_back(void **state)
{
    struct posture p = learnt("PLAIN LOGIN", "ab"), q;
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};
    (void)state;

    assert_int_equal(posture_encode(&bytes, &p, &err), SV_OK);
    assert_int_equal(posture_decode(&q, bytes.bytes, bytes.len, &err), SV_OK);
    assert_memory_equal(&p, &q, sizeof p);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(posture_decode(&q, bytes.bytes, len, &err), SV_DATA);
    assert_true(blob_append(&bytes, "x", 1));
    assert_int_equal(posture_decode(&q, bytes.bytes, bytes.len, &err), SV_DATA);
    bytes.bytes[2] = '\x1b'; /* the host's first letter */
    assert_int_equal(posture_decode(&q, bytes.bytes, bytes.len - 1, &err), SV_DATA);
}

static void only_less_is_a_lack(void **state)
{
    struct posture p = learnt("PLAIN LOGIN SCRAM-SHA-256", "ab");
    struct posture plain = learnt("LOGIN PLAIN", "ab"), bare = learnt("", "");
    (void)state;

    assert_int_equal(lacks(&p, "PLAIN LOGIN SCRAM-SHA-256", "ab"), 0);
    assert_int_equal(lacks(&p, "SCRAM-SHA-1", "ab"), 0);
    assert_int_equal(lacks(&p, "XOAUTH2", "ab"), 0);
    assert_int_equal(lacks(&p, "PLAIN LOGIN", "ab"), LACK_MECHANISMS);
    assert_int_equal(lacks(&p, "PLAIN CRAM-MD5", "ab"), LACK_MECHANISMS);
    /* SCRAM- alone and words around a known one are no mechanisms. */
    assert_int_equal(lacks(&p, "PLAIN SCRAM- XSCRAM-SHA-256", "ab"), LACK_MECHANISMS);
    assert_int_equal(lacks(&plain, "PLAIN", "ab"), 0);
    assert_int_equal(lacks(&plain, "PLAIN", "cb"), 0);
    assert_int_equal(lacks(&plain, "PLAIN", "bc"), 0);
    assert_int_equal(lacks(&plain, "PLAIN", "cd"), LACK_AUTHORITY);
    assert_int_equal(lacks(&plain, "PLAIN", ""), LACK_AUTHORITY);
    assert_int_equal(lacks(&p, "LOGIN", "c"), LACK_AUTHORITY | LACK_MECHANISMS);
    assert_int_equal(lacks(&bare, "PLAIN", "x"), 0);
    /* No login is possible: there is nothing to protect. */
    assert_int_equal(lacks(&p, "", "ab"), 0);
}

static void the_words_name_both_sides(void **state)
{
    struct posture p = learnt("SCRAM-SHA-256", "a");
    struct smtp_offer o = offer("PLAIN", "z");
    char text[512];
    (void)state;

    snprintf(o.issuer, sizeof o.issuer, "CN=Mallory");
    assert_string_equal(posture_note(text, sizeof text, posture_compare(&p, &o)),
                        "another authority, weaker mechanisms");
    assert_string_equal(
        posture_say(text, sizeof text, &p, &o, LACK_AUTHORITY | LACK_MECHANISMS),
        "On 2026-09-21 it still had a certificate issued by CN=Letters and the mechanisms "
        "SCRAM-SHA-256. Now it has a certificate issued by CN=Mallory and the mechanisms PLAIN.");
    assert_string_equal(posture_say(text, sizeof text, &p, &o, LACK_STARTTLS),
                        "On 2026-09-21 it still had STARTTLS. Now it has no STARTTLS.");
}

static void news_is_learnt_and_old_pins_go(void **state)
{
    struct posture p = learnt("PLAIN", "ab");
    struct smtp_offer o = offer("PLAIN", "b");
    char chain[4] = "x";
    (void)state;

    assert_false(posture_learn(&p, &card, &o, NOW + 1));
    assert_int_equal(p.learnt, NOW);
    o = offer("PLAIN CRAM-MD5", "cb");
    assert_true(posture_learn(&p, &card, &o, NOW + 2));
    assert_int_equal(p.pin_count, 3);
    assert_int_equal(p.pins[0][0], 'c');
    assert_string_equal(p.mechanisms, "PLAIN CRAM-MD5");
    for (char c = 'd'; c < 'd' + POSTURE_PINS_MAX; c++) {
        chain[0] = c;
        chain[1] = (char)(c - 1);
        o = offer("PLAIN CRAM-MD5", chain);
        assert_true(posture_learn(&p, &card, &o, NOW + 3));
    }
    assert_int_equal(p.pin_count, POSTURE_PINS_MAX);
    assert_int_equal(lacks(&p, "CRAM-MD5", "a"), LACK_AUTHORITY);
    /* What is accepted stands alone. */
    o = offer("PLAIN", "z");
    posture_accept(&p, &card, &o, NOW + 4);
    assert_int_equal(lacks(&p, "PLAIN", "z"), 0);
    assert_int_equal(lacks(&p, "PLAIN", "d"), LACK_AUTHORITY);
}

/* Only where the authorities are private: whoever has those renews certificates too. */
static void the_end_of_a_certificate_is_kept(void **state)
{
    struct posture p = learnt("PLAIN", "ab"), back;
    struct smtp_offer o = offer("PLAIN", "b");
    struct profile own = card; /* borrowed */
    char ca[] = "/etc/ca.pem";
    const int64_t day = 86400, now = 20000 * day + 5000;
    BLOB_OWNED struct blob bytes = {0};
    struct sv_err err = {""};
    (void)state;

    o.days_left = 60;
    assert_false(posture_learn(&p, &card, &o, now));
    own.ca_file = ca;
    assert_true(posture_learn(&p, &own, &o, now));
    assert_true(p.ends == 20060 * day);
    o.days_left = 59; /* the same end, told some hours later or earlier */
    assert_false(posture_learn(&p, &own, &o, now));
    o.days_left = INT32_MIN;
    assert_false(posture_learn(&p, &own, &o, now));
    o.days_left = 90;
    assert_true(posture_learn(&p, &own, &o, now));
    assert_true(p.ends == 20090 * day);
    o = offer("PLAIN LOGIN", "b"); /* other news leaves it */
    o.days_left = INT32_MIN;
    assert_true(posture_learn(&p, &own, &o, now));
    assert_true(p.ends == 20090 * day);

    assert_int_equal(posture_encode(&bytes, &p, &err), SV_OK);
    assert_int_equal(posture_decode(&back, bytes.bytes, bytes.len, &err), SV_OK);
    assert_true(back.ends == p.ends);
    bytes.bytes[bytes.len - 8] ^= 1; /* no beginning of a day */
    assert_int_equal(posture_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
    memset(bytes.bytes + bytes.len - 8, 0, 8); /* none has another encoding */
    assert_int_equal(posture_decode(&back, bytes.bytes, bytes.len, &err), SV_DATA);
}

/* ---- in a vault ---- */

static bool known(struct fixture *f, struct vault *v, const char *name, struct posture *p)
{
    PROFILE_OWNED struct profile found = {0};

    must(vault_find(v, name, &found, &f->err));
    return posture_of(p, &found);
}

static void a_vault_keeps_it_with_the_profile(void **state)
{
    struct fixture fx, *f = &fx;
    struct posture p = learnt("PLAIN", "ab"), q;
    PROFILE_OWNED struct profile found = {0};
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    assert_false(known(f, f->v, "work", &q));
    must(vault_learn(f->v, "work", &p, false, &f->err));
    must_fail(SV_MISSING, vault_learn(f->v, "home", &p, false, &f->err));
    fixture_reopen(f);
    assert_true(known(f, f->v, "work", &q));
    assert_memory_equal(&p, &q, sizeof p);
    must(vault_rename(f->v, "work", "shop", &f->err));
    must(vault_find(f->v, "shop", &found, &f->err));
    assert_int_equal(found.version, 1);
    blob_clear(&found.posture); /* who edits says nothing of it */
    must(vault_edit(f->v, &found, NULL, AUDIT_EDIT, &f->err));
    assert_true(known(f, f->v, "shop", &q));
    fixture_expect(f, "shop", 0, "one");
    fixture_expect(f, "shop", 1, "one");
    /* Another server is another matter. */
    found.port = 587;
    must(vault_edit(f->v, &found, NULL, AUDIT_EDIT, &f->err));
    assert_false(known(f, f->v, "shop", &q));
    must_fail(SV_LOCKED, vault_learn(f->v, "shop", &p, false, &f->err));
    fixture_end(f);
}

static void reading_vaults_learn_and_readers_do_not(void **state)
{
    struct fixture fx, *f = &fx;
    struct posture p = learnt("PLAIN", "ab"), q;
    (void)state;

    fixture_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    must(vault_open(&f->v, &f->place, true, &f->err));
    must_fail(SV_LOCKED, vault_learn(f->v, "work", &p, false, &f->err));
    must(vault_unlock(f->v, &f->cred, &f->err));
    must(vault_learn(f->v, "work", &p, false, &f->err));
    assert_true(known(f, f->v, "work", &q));

    PERSON_OWNED struct person ben = {0};
    VAULT_OWNED struct vault *his = NULL, *held = NULL;
    person_join(f, &ben, "ben", ROLE_READER);
    SECRET_OWNED struct secret *token = token_for(f, "ci", "work");
    must(person_open(f, &ben, &his));
    must(token_enter(f, &held, token));
    p.port = 466;
    must_fail(SV_DENIED, vault_learn(his, "work", &p, false, &f->err));
    must_fail(SV_DENIED, vault_learn(held, "work", &p, false, &f->err));
    /* They see it all the same. */
    assert_true(known(f, his, "work", &q));
    assert_true(known(f, held, "work", &q));
    assert_int_equal(q.port, 465);
    vault_close(his);
    vault_close(held);
    his = held = NULL;
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(only_less_is_a_lack),
        cmocka_unit_test(the_words_name_both_sides),
        cmocka_unit_test(news_is_learnt_and_old_pins_go),
        cmocka_unit_test(the_end_of_a_certificate_is_kept),
        cmocka_unit_test(a_vault_keeps_it_with_the_profile),
        cmocka_unit_test(reading_vaults_learn_and_readers_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
