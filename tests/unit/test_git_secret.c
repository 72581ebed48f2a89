/* SPDX-License-Identifier: ISC */
/* What git gives to keep, as bytes: a bare password where that is all, and one encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "domain/git_secret.h"
#include "domain/profile.h"

static struct sv_err err;

static struct secret *bytes(const char *text, size_t len)
{
    struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, text, len, &err), SV_OK);
    return s;
}

static struct secret *text(const char *line)
{
    return bytes(line, strlen(line));
}

static void is(const struct secret *s, const char *line)
{
    assert_int_equal(secret_len(s), strlen(line));
    assert_memory_equal(secret_peek(s), line, strlen(line));
}

static struct secret *joined(const char *password, const char *refresh, const char *authtype,
                             int64_t expires)
{
    GIT_SECRET_OWNED struct git_secret g = {.expires = expires};
    struct secret *s = NULL;
    g.password = text(password);
    g.refresh = refresh != NULL ? text(refresh) : NULL;
    (void)snprintf(g.authtype, sizeof g.authtype, "%s", authtype);
    assert_int_equal(git_secret_join(&s, &g, &err), SV_OK);
    return s;
}

static void a_password_alone_is_kept_as_it_is(void **state)
{
    SECRET_OWNED struct secret *s = joined("s3cret", NULL, "", 0);
    GIT_SECRET_OWNED struct git_secret g = {.expires = 7};
    (void)state;
    is(s, "s3cret");
    assert_false(git_secret_is(s));
    assert_int_equal(git_secret_split(&g, s, &err), SV_OK);
    is(g.password, "s3cret");
    assert_true(g.refresh == NULL && g.authtype[0] == '\0' && g.expires == 0);
    assert_int_equal(kept_check_secret(s, &err), SV_OK);
}

static void what_goes_in_comes_out(void **state)
{
    static const struct {
        const char *password, *refresh, *authtype;
        int64_t expires;
    } cases[] = {{"", NULL, "", 0},        {"p", "r", "", 0}, {"p", NULL, "Bearer", 0},
                 {"p", NULL, "", 9999999}, {"", "r", "", 1},  {"p", "r", "Bearer", INT64_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SECRET_OWNED struct secret *s =
            joined(cases[i].password, cases[i].refresh, cases[i].authtype, cases[i].expires);
        GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
        assert_true(git_secret_is(s));
        assert_int_equal(kept_check_secret(s, &err), SV_OK);
        assert_int_equal(git_secret_split(&g, s, &err), SV_OK);
        is(g.password, cases[i].password);
        if (cases[i].refresh != NULL)
            is(g.refresh, cases[i].refresh);
        else
            assert_null(g.refresh);
        assert_string_equal(g.authtype, cases[i].authtype);
        assert_int_equal(g.expires, cases[i].expires);
        assert_int_equal(git_secret_strip(&s, &err), SV_OK);
        is(s, cases[i].password);
    }
}

/* Every prefix, every byte more, every byte changed: refused, or one with this encoding. */
static void every_other_encoding_is_refused(void **state)
{
    SECRET_OWNED struct secret *s = joined("pass", "refresh", "Bearer", 1234567);
    char copy[256];
    size_t len = secret_len(s);
    (void)state;
    assert_true(len < sizeof copy);
    memcpy(copy, secret_peek(s), len);
    copy[len] = 1;
    for (size_t n = 13; n <= len + 1; n++) {
        SECRET_OWNED struct secret *part = bytes(copy, n), *again = NULL;
        GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
        enum sv_status st = git_secret_split(&g, part, &err);
        if (st == SV_OK)
            assert_int_equal(git_secret_join(&again, &g, &err), SV_OK);
        assert_true(st == SV_OK ? secret_equal(part, again) : st == SV_DATA);
        assert_int_equal(kept_check_secret(part, &err), st);
    }
    for (size_t i = 5; i < len; i++) {
        copy[i] ^= 0x40;
        SECRET_OWNED struct secret *other = bytes(copy, len), *again = NULL;
        GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
        enum sv_status st = git_secret_split(&g, other, &err);
        if (st == SV_OK)
            assert_int_equal(git_secret_join(&again, &g, &err), SV_OK);
        assert_true(st == SV_OK ? secret_equal(other, again) : st == SV_DATA);
        copy[i] ^= 0x40;
    }
}

/* Packed although it need not be: that would be a second form of the same. */
static void a_bare_password_has_one_form(void **state)
{
    static const char packed[] = "\0git\0\0\0\0\0\0\0\0\0\1\1\0\0\0p";
    SECRET_OWNED struct secret *s = bytes(packed, sizeof packed - 1);
    GIT_SECRET_OWNED struct git_secret g = {.expires = 0};
    (void)state;
    assert_true(git_secret_is(s));
    assert_int_equal(git_secret_split(&g, s, &err), SV_DATA);
}

static void a_part_is_one_line(void **state)
{
    static const char *const wrong[] = {"a\nb", "a\rb"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        GIT_SECRET_OWNED struct git_secret g = {.expires = 1};
        SECRET_OWNED struct secret *s = NULL;
        g.password = text("p");
        g.refresh = text(wrong[i]);
        assert_int_equal(git_secret_join(&s, &g, &err), SV_DATA);
        struct secret *turned = g.password;
        g.password = g.refresh;
        g.refresh = turned;
        assert_int_equal(git_secret_join(&s, &g, &err), SV_DATA);
    }
    GIT_SECRET_OWNED struct git_secret g = {.authtype = "Bearer x"};
    SECRET_OWNED struct secret *s = NULL;
    g.password = text("p");
    assert_int_equal(git_secret_join(&s, &g, &err), SV_DATA);
}

static void two_long_parts_are_too_long(void **state)
{
    GIT_SECRET_OWNED struct git_secret g = {.expires = 1};
    SECRET_OWNED struct secret *s = NULL;
    static char many[PROFILE_SECRET_MAX];
    (void)state;
    memset(many, 'x', sizeof many);
    g.password = bytes(many, sizeof many);
    assert_int_equal(git_secret_join(&s, &g, &err), SV_OK);
    secret_free(s);
    s = NULL;
    g.refresh = bytes(many, sizeof many);
    assert_int_equal(git_secret_join(&s, &g, &err), SV_DATA);
    assert_null(s);
}

static void nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(secret_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_alone_is_kept_as_it_is),
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(every_other_encoding_is_refused),
        cmocka_unit_test(a_bare_password_has_one_form),
        cmocka_unit_test(a_part_is_one_line),
        cmocka_unit_test(two_long_parts_are_too_long),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
