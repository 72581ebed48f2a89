/* SPDX-License-Identifier: ISC */
/* vault_near: the name that was probably meant, and into which messages it goes. */
#include "vault_fixture.h"

#include "domain/vault_near.h"

static const char *near(const char *word)
{
    static char names[][24] = {"private/gmail", "shop/sendgrid", "work", "one/relay", "two/relay"};
    struct profile items[5];
    memset(items, 0, sizeof items);
    for (size_t i = 0; i < 5; i++)
        items[i].name = names[i];
    const struct profile_list list = {.items = items, .count = 5};
    return near_name(&list, word);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(near("wrok"), "work");
    assert_string_equal(near("Work"), "work");
    assert_string_equal(near("private/gmial"), "private/gmail");
    assert_string_equal(near("gmail"), "private/gmail");
    assert_string_equal(near("SendGrid"), "shop/sendgrid");
    assert_null(near("relay")); /* two have it */
    assert_null(near("nothing like it"));
    assert_null(near(""));
}

static const char *said(struct fixture *f, const char *text)
{
    snprintf(f->err.text, sizeof f->err.text, "%s", text);
    vault_say_near(f->v, &f->err);
    return f->err.text;
}

static void messages(void **state)
{
    struct fixture fixture, *f = &fixture;
    struct profile p = {.name = NULL};
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "value for tests");
    must_fail(SV_MISSING, vault_find(f->v, "wrok", &p, &f->err));
    vault_say_near(f->v, &f->err);
    assert_string_equal(f->err.text, "there is no profile \"wrok\" (did you mean \"work\"?): "
                                     "\"smtpvault list\" shows the names");
    vault_say_near(f->v, &f->err); /* once */
    assert_null(strstr(strstr(f->err.text, "mean") + 1, "mean"));
    assert_string_equal(said(f, "text, line 2: there is no profile \"wok\""),
                        "text, line 2: there is no profile \"wok\" (did you mean \"work\"?)");
    assert_string_equal(said(f, "there is no profile \"shop\": see"),
                        "there is no profile \"shop\": see");
    assert_string_equal(said(f, "there is no profile \"wrok"), "there is no profile \"wrok");
    assert_string_equal(said(f, "there is no vault \"wrok\""), "there is no vault \"wrok\"");
    fixture_end(f);
}

/* Without memory the message is what it was. */
static void no_memory(void **state)
{
    struct fixture fixture, *f = &fixture;
    (void)state;
    fixture_begin(f);
    fixture_add(f, "work", "value for tests");
    for (size_t n = 1;; n++) {
        sv_alloc_fail_at(n);
        bool with = strstr(said(f, "there is no profile \"wrok\""), "work") != NULL;
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_true(with);
            break;
        }
        assert_string_equal(f->err.text, "there is no profile \"wrok\"");
    }
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(messages),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
