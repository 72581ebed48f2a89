/* SPDX-License-Identifier: ISC */
/* LoadCredential=: the name of the peer, who may bear it, and which profile is meant. */
#include "support.h"

#include "agent/credential.h"

#define NAME(text) text, sizeof(text) - 1

static void test_names(void **state)
{
    (void)state;
    struct credential_peer peer;
    struct sv_err err = {""};

    assert_int_equal(credential_peer_parse(&peer,
                                           NAME("\0"
                                                "58657bf261a2bd12/unit/mailer.service/work"),
                                           &err),
                     SV_OK);
    assert_string_equal(peer.unit, "mailer.service");
    assert_string_equal(peer.id, "work");
    /* The number is written without zeros in front. */
    assert_int_equal(credential_peer_parse(&peer,
                                           NAME("\0"
                                                "7/unit/a@b.service/my work.1"),
                                           &err),
                     SV_OK);
    assert_string_equal(peer.unit, "a@b.service");
    assert_string_equal(peer.id, "my work.1");
}

static void test_names_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {NULL, 0},
        {NAME("\0")},
        {NAME("58657bf261a2bd12/unit/a.service/work")}, /* in the file system */
        {NAME("\0/unit/a.service/work")},
        {NAME("\0"
              "58657bf261a2bd123/unit/a.service/work")},
        {NAME("\0"
              "58657BF2/unit/a.service/work")},
        {NAME("\0"
              "5x/unit/a.service/work")},
        {NAME("\0"
              "58/units/a.service/work")},
        {NAME("\0"
              "58/unit/a.service")},
        {NAME("\0"
              "58/unit/a.service/")},
        {NAME("\0"
              "58/unit//work")},
        {NAME("\0"
              "58/unit/a.service/work/more")},
        {NAME("\0"
              "58/unit/a.service/wo\0rk")},
        {NAME("\0"
              "58/unit/a.service\0/work")},
        {NAME("\0"
              "58/unit/a.service/wo\nrk")},
        {NAME("\0"
              "58/unit/a\xff.service/work")},
        {NAME("\0"
              "58/unit")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct credential_peer peer = {"kept", "kept"};
        struct sv_err err = {""};
        assert_int_equal(credential_peer_parse(&peer, rows[i].bytes, rows[i].len, &err), SV_DENIED);
        assert_string_equal(peer.unit, "kept");
        assert_true(err.text[0] != '\0');
    }
    char longest[108];
    struct credential_peer peer;
    memset(longest, 'a', sizeof longest);
    memcpy(longest,
           "\0"
           "58/unit/",
           9);
    assert_int_equal(credential_peer_parse(&peer, longest, sizeof longest, NULL), SV_DENIED);
    longest[40] = '/';
    assert_int_equal(credential_peer_parse(&peer, longest, sizeof longest, NULL), SV_OK);
}

static void test_who_may_bear_it(void **state)
{
    (void)state;
    const struct credential_peer peer = {"mailer.service", "work"};
    struct sv_err err = {""};

    assert_int_equal(credential_trust(&peer, 0, 1000, "", &err), SV_OK);
    assert_int_equal(credential_trust(&peer, 0, 0, "init.scope", &err), SV_OK);
    assert_int_equal(credential_trust(&peer, 1000, 1000, "mailer.service", &err), SV_OK);
    assert_int_equal(credential_trust(&peer, 1000, 1000, "session-1.scope", &err), SV_DENIED);
    assert_non_null(strstr(err.text, "session-1.scope"));
    assert_int_equal(credential_trust(&peer, 1000, 1000, "", &err), SV_DENIED);
    assert_int_equal(credential_trust(&peer, 1001, 1000, "mailer.service", &err), SV_DENIED);
}

static void test_aliases(void **state)
{
    (void)state;
    static const char *const good[] = {"smtp=work", "mailer.service/smtp=my work", "a.b=c=d"};
    static const char *const bad[] = {"",           "smtp",       "=work",
                                      "smtp=",      "/smtp=w",    "unit/=work",
                                      "a/b/c=work", "smtp= work", "sm\ntp=work"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_int_equal(credential_alias_check(good[i], NULL), SV_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sv_err err = {""};
        assert_int_equal(credential_alias_check(bad[i], &err), SV_USAGE);
        assert_true(err.text[0] != '\0');
    }
    static const char *const aliases[] = {"smtp=work", "mailer.service/smtp=news", "smtp=never"};
    static const struct {
        struct credential_peer peer;
        const char *want;
    } rows[] = {
        {{"mailer.service", "smtp"}, "news"}, {{"other.service", "smtp"}, "work"},
        {{"mailer.service", "work"}, "work"}, {{"mailer.service", "smt"}, "smt"},
        {{"mailer.servic", "smtp"}, "work"},  {{"mailer.service", "smtp2"}, "smtp2"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(credential_profile(&rows[i].peer, aliases, COUNT(aliases)),
                            rows[i].want);
    assert_string_equal(credential_profile(&rows[0].peer, NULL, 0), "smtp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_of_others),
        cmocka_unit_test(test_who_may_bear_it),
        cmocka_unit_test(test_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
