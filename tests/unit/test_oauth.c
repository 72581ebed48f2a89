/* SPDX-License-Identifier: ISC */
/* What is made of a provider's answers: tests/integration/29-oauth-faults.sh has them over the
 * network; here are the words, the limits to the byte, and memory that runs out. */
#include "support.h"

#include "base/alloc.h"
#include "smtp/oauth_answer.h"
#include "smtp/oauth_ask.h"
#include "smtp/oauth_form.h"
#include "smtp/redirect.h"

#define NOW 1800000000

static const char grant_word[] = "grant-0123456789abcdef";

struct asked {
    enum sv_status status;
    enum oauth_end end;
    struct oauth_tokens tokens;
    struct sv_err err;
};

static struct asked ask(int http, const char *type, const char *body, size_t len)
{
    struct asked a = {.end = OAUTH_GRANTED};
    struct https_answer answer = {.status = http};
    SECRET_OWNED struct secret *grant = NULL;
    assert_int_equal(secret_copy(&grant, grant_word, strlen(grant_word), NULL), SV_OK);
    const struct oauth_asked asked = {.host = "example.org", .grant = grant, .now = NOW};
    snprintf(answer.content_type, sizeof(answer.content_type), "%s", type);
    assert_int_equal(secret_copy(&answer.body, body, len, NULL), SV_OK);
    a.status = oauth_answer_tokens(&answer, &asked, &a.tokens, &a.end, &a.err);
    https_answer_clear(&answer);
    return a;
}

static void expiry(const char *expires, enum oauth_end end, int64_t seconds)
{
    char body[256];
    int len =
        snprintf(body, sizeof(body),
                 "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":%s}", expires);
    struct asked a = ask(200, "application/json", body, (size_t)len);
    assert_int_equal(a.end, end);
    if (end == OAUTH_GRANTED)
        assert_int_equal(a.tokens.expires, NOW + seconds);
    oauth_tokens_clear(&a.tokens);
}

static void ends_make_sense(void **state)
{
    (void)state;
    expiry("1", OAUTH_GRANTED, 1);
    expiry("\"3599\"", OAUTH_GRANTED, 3599);
    expiry("null", OAUTH_GRANTED, OAUTH_UNTOLD_SECONDS);
    expiry("315532800", OAUTH_GRANTED, OAUTH_SECONDS_MAX);
    expiry("315532801", OAUTH_ANSWER_WRONG, 0);
    expiry("9223372036854775808", OAUTH_ANSWER_WRONG, 0);
    expiry("0", OAUTH_ANSWER_WRONG, 0);
    expiry("-3600", OAUTH_ANSWER_WRONG, 0);
    expiry("3600.0", OAUTH_ANSWER_WRONG, 0);
    expiry("1e3", OAUTH_ANSWER_WRONG, 0);
    expiry("\"1h\"", OAUTH_ANSWER_WRONG, 0);
    expiry("\"\"", OAUTH_ANSWER_WRONG, 0);
    expiry("true", OAUTH_ANSWER_WRONG, 0);
    expiry("[3600]", OAUTH_ANSWER_WRONG, 0);
}

/* What is told of the refresh token, in these members, is its end; or makes no sense, and the
 * login is as good as without. */
static void refresh_ends(const char *members, int64_t end)
{
    char body[256];
    int len = snprintf(body, sizeof(body),
                       "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60,%s}",
                       members);
    struct asked a = ask(200, "application/json", body, (size_t)len);
    assert_int_equal(a.end, OAUTH_GRANTED);
    assert_int_equal(a.tokens.expires, NOW + 60);
    if (a.tokens.refresh_ends != end)
        fail_msg("%s: %lld", members, (long long)a.tokens.refresh_ends);
    oauth_tokens_clear(&a.tokens);
}

static void ends_of_refresh_tokens(void **state)
{
    static const char *const senseless[] = {"-1",
                                            "-604800",
                                            "604800.0",
                                            "0.5",
                                            "1e5",
                                            "1e400",
                                            "9223372036854775807",
                                            "1000000000000000000000",
                                            "315532801",
                                            "\"soon\"",
                                            "\"\"",
                                            "\"-1\"",
                                            "\"1.5\"",
                                            "null",
                                            "true",
                                            "[604800]",
                                            "{}"};
    char members[128];
    (void)state;
    refresh_ends("\"refresh_token_expires_in\":604799", NOW + 604799);
    refresh_ends("\"refresh_expires_in\":1800", NOW + 1800);
    refresh_ends("\"refresh_token_expires_in\":\"86400\"", NOW + 86400);
    refresh_ends("\"refresh_expires_in\":0", OAUTH_ENDLESS);
    refresh_ends("\"refresh_expires_in\":\"0\"", OAUTH_ENDLESS);
    refresh_ends("\"refresh_token_expires_in\":315532800", NOW + OAUTH_SECONDS_MAX);
    refresh_ends("\"refresh_token_expires_in\":\"x\",\"refresh_expires_in\":5", NOW + 5);
    for (size_t i = 0; i < COUNT(senseless); i++) {
        snprintf(members, sizeof(members), "\"refresh_token_expires_in\":%s", senseless[i]);
        refresh_ends(members, 0);
        snprintf(members, sizeof(members), "\"refresh_expires_in\":%s", senseless[i]);
        refresh_ends(members, 0);
    }
}

static void words_fit_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *error, *words;
        enum oauth_end end;
        enum sv_status status;
    } rows[] = {
        {"invalid_grant", "holds no longer", OAUTH_INVALID_GRANT, SV_DENIED},
        {"invalid_client", "client id", OAUTH_CLIENT_WRONG, SV_CONFIG},
        {"access_denied", "somebody said no", OAUTH_DENIED, SV_DENIED},
        {"expired_token", "in time", OAUTH_EXPIRED, SV_DENIED},
        {"server_error", "later", OAUTH_UNREACHABLE, SV_UNREACHABLE},
        {"authorization_pending", "", OAUTH_PENDING, SV_OK},
        {"slow_down", "", OAUTH_SLOW_DOWN, SV_OK},
        {"Invalid_Grant", "not known", OAUTH_ANSWER_WRONG, SV_DATA},
        {"invalid_grant ", "not known", OAUTH_ANSWER_WRONG, SV_DATA},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char body[256];
        int len = snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i].error);
        struct asked a = ask(400, "application/json;charset=UTF-8", body, (size_t)len);
        assert_int_equal(a.end, rows[i].end);
        assert_int_equal(a.status, rows[i].status);
        assert_non_null(strstr(a.err.text, rows[i].words));
        assert_true(rows[i].status == SV_OK || strstr(a.err.text, "example.org") != NULL);
    }
}

static void a_message_repeats_nothing(void **state)
{
    (void)state;
    static const char *const descriptions[] = {
        "bad token grant-0123456789abcdef",
        "Z3JhbnQtMDEyMzQ1Njc4OWFiY2RlZg==", "\\u0067rant-0123456789abcdef is dead"};
    for (size_t i = 0; i < COUNT(descriptions); i++) {
        char body[256];
        int len =
            snprintf(body, sizeof(body),
                     "{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}", descriptions[i]);
        struct asked a = ask(400, "application/json", body, (size_t)len);
        assert_int_equal(a.end, OAUTH_INVALID_GRANT);
        assert_null(strstr(a.err.text, grant_word));
        assert_null(strstr(a.err.text, "Z3JhbnQt"));
        assert_non_null(strstr(a.err.text, "withheld"));
    }
    struct asked typed = ask(200, "text/grant-0123456789abcdef", "", 0);
    assert_int_equal(typed.end, OAUTH_ANSWER_WRONG);
    assert_null(strstr(typed.err.text, grant_word));
    static const char other[] = "{\"error\":\"grant-0123456789abcdef\"}";
    struct asked a = ask(400, "application/json", other, strlen(other));
    assert_int_equal(a.end, OAUTH_ANSWER_WRONG);
    assert_null(strstr(a.err.text, grant_word));
}

static void only_a_refusal_is_final(void **state)
{
    (void)state;
    static const char body[] = "{\"error\":\"invalid_grant\"}";
    static const int http[] = {200, 201, 302, 408, 425, 429, 500, 502, 503, 504, 599};
    for (size_t i = 0; i < COUNT(http); i++) {
        struct asked a = ask(http[i], "application/json", body, strlen(body));
        assert_int_not_equal(a.end, OAUTH_INVALID_GRANT);
        assert_int_not_equal(a.status, SV_OK);
    }
    assert_int_equal(ask(400, "text/html", body, strlen(body)).end, OAUTH_ANSWER_WRONG);
    assert_int_equal(ask(400, "", body, strlen(body)).end, OAUTH_INVALID_GRANT);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static const char body[] = "{\"access_token\":\"a\",\"refresh_token\":\"r\","
                               "\"token_type\":\"Bearer\",\"expires_in\":3600}";
    struct https_answer answer = {.status = 200, .content_type = "application/json"};
    const struct oauth_asked asked = {.host = "example.org", .now = NOW};
    assert_int_equal(secret_copy(&answer.body, body, strlen(body), NULL), SV_OK);
    for (unsigned long n = 1;; n++) {
        OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {.access = NULL};
        enum oauth_end end = OAUTH_GRANTED;
        sv_alloc_fail_at(n);
        enum sv_status status = oauth_answer_tokens(&answer, &asked, &tokens, &end, NULL);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(status, SV_OK);
            assert_true(n > 2);
            break;
        }
        assert_int_not_equal(status, SV_OK);
        assert_null(tokens.access);
        assert_int_not_equal(end, OAUTH_INVALID_GRANT);
    }
    https_answer_clear(&answer);
}

static void a_form_escapes(void **state)
{
    (void)state;
    char text[128] = {0};
    struct buf_writer w = buf_writer_over(text, sizeof(text) - 1);
    oauth_form_put(&w, "a", "");
    oauth_form_put(&w, "b", "x y&=+%/~-._A0\n\303\244");
    assert_string_equal(text, "a=&b=x%20y%26%3D%2B%25%2F~-._A0%0A%C3%A4");
    w = buf_writer_over(text, 4);
    oauth_form_put(&w, "b", "&&");
    assert_true(w.full);
}

/* ---- the way back from the browser ---- */

static enum redirect_seen hear(const char *request, struct redirect *r)
{
    assert_int_equal(redirect_read(request, strlen(request), "st-1", r, NULL), SV_OK);
    return r->seen;
}

static void only_our_request_is_heard(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        enum redirect_seen seen;
    } rows[] = {
        {"", REDIRECT_MORE},
        {"GE", REDIRECT_MORE},
        {"GET /?state=st-1&code=c HTTP/1.1\r\n", REDIRECT_MORE},
        {"GET /?state=st-1&code=c HTTP/1.1\r\n\r\n", REDIRECT_CODE},
        {"GET /?code=c&iss=https%3A%2F%2Fx&state=st-1 HTTP/1.0\r\nA: b\r\n\r\n", REDIRECT_CODE},
        {"GET /?state=s%74-1&code=c HTTP/1.1\r\n\r\n", REDIRECT_CODE},
        {"GET /?state=st-1&error=access_denied HTTP/1.1\r\n\r\n", REDIRECT_REFUSED},
        {"GET / HTTP/1.1\r\n\r\n", REDIRECT_OTHER},
        {"GET /favicon.ico?state=st-1&code=c HTTP/1.1\r\n\r\n", REDIRECT_OTHER},
        {"GET /?state=st-1&code=c HTTP/2\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=c\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code= HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=%00 HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=a%0d%0ab HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=%zz HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=%4 HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=a&code=a HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&code=a&error=b HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-1&state=st-1&code=a HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-2&code=a HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=st-11&code=a HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?state=&code=a HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"GET /?code=a HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"POST /?state=st-1&code=c HTTP/1.1\r\n\r\n", REDIRECT_WRONG},
        {"\x16\x03\x01", REDIRECT_WRONG},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        REDIRECT_OWNED struct redirect r = {.seen = REDIRECT_NOBODY};
        if (hear(rows[i].request, &r) != rows[i].seen)
            fail_msg("row %zu is %d", i, (int)r.seen);
        assert_int_equal(r.code != NULL, rows[i].seen == REDIRECT_CODE);
    }
}

static void a_code_is_decoded_once(void **state)
{
    (void)state;
    REDIRECT_OWNED struct redirect r = {.seen = REDIRECT_NOBODY};
    assert_int_equal(hear("GET /?state=st-1&code=4%2F0+a%252F HTTP/1.1\r\n\r\n", &r),
                     REDIRECT_CODE);
    assert_int_equal(secret_len(r.code), 8);
    assert_memory_equal(secret_peek(r.code), "4/0 a%2F", 8);
    redirect_clear(&r);
    assert_int_equal(
        redirect_read_address("http://127.0.0.1:9/?code=x&state=st-1#end\n", "st-1", &r, NULL),
        SV_OK);
    assert_int_equal(r.seen, REDIRECT_CODE);
}

/* The words are for the person; the decision is the same for all of them. */
static void a_wrong_address_is_told_why(void **state)
{
    (void)state;
    static const struct {
        const char *address, *fault;
    } rows[] = {
        {"", "it has neither"},
        {"https://login.example/done", "it has neither"},
        {"http://127.0.0.1:9/?", "it has neither"},
        {"http://127.0.0.1:9/?code=x", "it has no \"state=\""},
        {"http://127.0.0.1:9/?code=x#state=st-1", "it has no \"state=\""},
        {"http://127.0.0.1:9/?code=x&state=", "its \"state=\" is cut short"},
        {"http://127.0.0.1:9/?code=x&state=st-", "its \"state=\" is cut short"},
        {"http://127.0.0.1:9/?code=x&state=st-2", "its \"state=\" is that of another"},
        {"http://127.0.0.1:9/?code=x&state=st-11", "its \"state=\" is that of another"},
        {"http://127.0.0.1:9/?code=x&state=%", "its \"state=\" is that of another"},
        {"http://127.0.0.1:9/?code=x&state=st-1&state=st-1", "its \"state=\" is that of another"},
        {"http://127.0.0.1:9/?error=access_denied&state=st-2", "its \"state=\" is that of another"},
        {"https://login.example/authorize?state=st-1&scope=a", "it has no \"code=\""},
        {"http://127.0.0.1:9/?state=st-1&code=", "its \"code=\" cannot be read"},
        {"http://127.0.0.1:9/?state=st-1&code=a&code=b", "its \"code=\" cannot be read"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        REDIRECT_OWNED struct redirect r = {.seen = REDIRECT_NOBODY};
        assert_int_equal(redirect_read_address(rows[i].address, "st-1", &r, NULL), SV_OK);
        assert_int_equal(r.seen, REDIRECT_WRONG);
        assert_null(r.code);
        const char *fault = redirect_address_fault(rows[i].address, "st-1");
        if (strncmp(fault, rows[i].fault, strlen(rows[i].fault)) != 0)
            fail_msg("row %zu: %s", i, fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_make_sense),         cmocka_unit_test(ends_of_refresh_tokens),
        cmocka_unit_test(words_fit_the_end),       cmocka_unit_test(a_message_repeats_nothing),
        cmocka_unit_test(only_a_refusal_is_final), cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(a_form_escapes),          cmocka_unit_test(only_our_request_is_heard),
        cmocka_unit_test(a_code_is_decoded_once),  cmocka_unit_test(a_wrong_address_is_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
