/* SPDX-License-Identifier: ISC */
/* A login by OAuth2 as bytes: one encoding, nothing else is taken; and what SASL is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "domain/oauth_grant.h"

static struct sv_err err;

static struct secret *text(const char *bytes)
{
    struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, bytes, strlen(bytes), &err), SV_OK);
    return s;
}

static void fill(struct oauth_grant *g)
{
    memset(g, 0, sizeof *g);
    g->made = 1700000000;
    g->renewed = 1700000001;
    strcpy(g->client.id, "the-client");
    strcpy(g->client.token_url, "https://example.com/token");
    strcpy(g->client.scopes, "mail offline");
    g->client_secret = text("client-secret");
    g->refresh = text("refresh-token");
}

static struct secret *encoded(void)
{
    OAUTH_GRANT_OWNED struct oauth_grant g;
    struct secret *s = NULL;
    fill(&g);
    assert_int_equal(oauth_grant_encode(&s, &g, &err), SV_OK);
    return s;
}

static void what_goes_in_comes_out(void **state)
{
    SECRET_OWNED struct secret *bytes = encoded(), *again = NULL;
    OAUTH_GRANT_OWNED struct oauth_grant g = {0};
    (void)state;
    assert_true(oauth_grant_is(bytes));
    assert_int_equal(oauth_grant_made(bytes), 1700000000);
    assert_int_equal(oauth_grant_decode(&g, bytes, &err), SV_OK);
    assert_int_equal(g.made, 1700000000);
    assert_int_equal(g.renewed, 1700000001);
    assert_string_equal(g.client.id, "the-client");
    assert_string_equal(g.client.auth_url, "");
    assert_string_equal(g.client.scopes, "mail offline");
    assert_ptr_equal(g.client.secret, g.client_secret);
    assert_memory_equal(secret_peek(g.refresh), "refresh-token", 13);
    assert_int_equal(oauth_grant_encode(&again, &g, &err), SV_OK);
    assert_true(secret_equal(bytes, again));
    assert_int_equal(oauth_check_secret(bytes, &err), SV_OK);
}

/* Every prefix, every byte more, every byte changed: refused, or a grant with one encoding. */
static void every_other_encoding_is_refused(void **state)
{
    SECRET_OWNED struct secret *bytes = encoded();
    uint8_t copy[512];
    size_t len = secret_len(bytes);
    (void)state;
    assert_true(len < sizeof copy);
    memcpy(copy, secret_peek(bytes), len);
    copy[len] = 1;
    for (size_t n = 0; n <= len + 1; n++) {
        SECRET_OWNED struct secret *part = NULL;
        OAUTH_GRANT_OWNED struct oauth_grant g = {0};
        assert_int_equal(secret_copy(&part, copy, n, &err), SV_OK);
        assert_int_equal(oauth_grant_decode(&g, part, &err), n == len ? SV_OK : SV_DATA);
    }
    size_t taken = 0;
    for (size_t i = 0; i < len; i++) {
        SECRET_OWNED struct secret *other = NULL, *again = NULL;
        OAUTH_GRANT_OWNED struct oauth_grant g = {0};
        copy[i] ^= 0x41;
        assert_int_equal(secret_copy(&other, copy, len, &err), SV_OK);
        copy[i] ^= 0x41;
        if (oauth_grant_decode(&g, other, &err) != SV_OK)
            continue;
        taken++;
        assert_int_equal(oauth_grant_encode(&again, &g, &err), SV_OK);
        assert_true(secret_equal(other, again));
    }
    assert_true(taken > 20 && taken < len);
}

static void what_is_missing_is_named(void **state)
{
    OAUTH_GRANT_OWNED struct oauth_grant g;
    SECRET_OWNED struct secret *out = NULL;
    (void)state;
    fill(&g);
    g.client.id[0] = '\0';
    assert_int_equal(oauth_grant_encode(&out, &g, &err), SV_DATA);
    assert_non_null(strstr(err.text, "client id"));
    strcpy(g.client.id, "x");
    secret_free(g.refresh);
    g.refresh = NULL;
    assert_int_equal(oauth_grant_encode(&out, &g, &err), SV_DATA);
    assert_non_null(strstr(err.text, "refresh token"));
    g.refresh = text("two\nlines");
    assert_int_equal(oauth_grant_encode(&out, &g, &err), SV_DATA);
    assert_null(strstr(err.text, "two"));
    secret_free(g.refresh);
    g.refresh = text("r");
    g.made = 0;
    assert_int_equal(oauth_grant_encode(&out, &g, &err), SV_DATA);
    assert_null(out);
}

static void a_password_is_no_grant(void **state)
{
    SECRET_OWNED struct secret *password = text("oauth2 is a fine password");
    (void)state;
    assert_false(oauth_grant_is(password));
    assert_false(oauth_grant_is(NULL));
    assert_int_equal(oauth_grant_made(password), 0);
    assert_int_equal(oauth_check_secret(password, &err), SV_OK);
}

/* The example of Google's documentation of XOAUTH2. */
static void the_sasl_string_is_the_published_one(void **state)
{
    SECRET_OWNED struct secret *token = text("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
    SECRET_OWNED struct secret *out = NULL;
    static const char want[] =
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhk"
        "SFJoZG1semRHRXVZMjl0Q2cBAQ==";
    (void)state;
    assert_int_equal(oauth_xoauth2(&out, "someuser@example.com", token, &err), SV_OK);
    assert_int_equal(secret_len(out), sizeof want - 1);
    assert_memory_equal(secret_peek(out), want, sizeof want - 1);
    secret_free(out);
    out = NULL;
    assert_int_equal(oauth_xoauth2(&out, "", token, &err), SV_DATA);
    assert_int_equal(oauth_xoauth2(&out, NULL, token, &err), SV_DATA);
    assert_int_equal(oauth_xoauth2(&out, "a\001auth=x", token, &err), SV_DATA);
    assert_null(out);
}

static void nothing_is_left(void **state)
{
    (void)state;
    assert_int_equal(secret_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(every_other_encoding_is_refused),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(a_password_is_no_grant),
        cmocka_unit_test(the_sasl_string_is_the_published_one),
        cmocka_unit_test(nothing_is_left),
    };
    return secret_process_harden(&err) == SV_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
