/* SPDX-License-Identifier: ISC */
/*
 * The hostile values through the lines and words of mailers and mail servers, read back as
 * their manuals and sources say: either exactly, or refused by name and place.
 */
#include <sodium.h>

#include "format_fixture.h"
#include "hostile.h"

struct parsed {
    char bytes[9000];
    size_t len;
};

static void add(struct parsed *out, char c)
{
    out->bytes[out->len++] = c;
}

static bool add_up_to(struct parsed *out, const char *from, const char *end)
{
    for (; from && from < end; from++) {
        add(out, *from);
    }
    return from && from == end;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What is behind `key` at the begin of a line, and the end of that line. */
static const char *line_of(const struct answer *a, const char *key, const char **end)
{
    const char *at = a->text;

    while (at && strncmp(at, key, strlen(key)) != 0) {
        at = memchr(at, '\n', a->len - (size_t)(at - a->text));
        at = at ? at + 1 : NULL;
    }
    *end = at ? memchr(at, '\n', a->len - (size_t)(at - a->text)) : NULL;
    return *end ? at + strlen(key) : NULL;
}

/* ---- user:password behind a key, trimmed ---- */

static bool colon_pair(const struct answer *a, const char *key, struct parsed *user,
                       struct parsed *secret)
{
    const char *end;
    const char *at = line_of(a, key, &end);

    while (at && at < end && is_blank(*at)) {
        at++;
    }
    while (at && end > at && is_blank(end[-1])) {
        end--;
    }
    const char *colon = at ? memchr(at, ':', (size_t)(end - at)) : NULL;
    return colon && add_up_to(user, at, colon) && add_up_to(secret, colon + 1, end);
}

static bool postfix_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return colon_pair(a, "[smtp.example.com]:587 ", user, secret);
}

static bool exim4_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return colon_pair(a, "smtp.example.com:", user, secret);
}

static bool opensmtpd_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return colon_pair(a, "work ", user, secret);
}

static bool dma_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    static const char host[] = "smtp.example.com:";
    const char *end;
    const char *at = line_of(a, "", &end);
    const char *bar = at ? memchr(at, '|', (size_t)(end - at)) : NULL;

    return bar && *at != '#' && strncmp(bar + 1, host, sizeof(host) - 1) == 0 &&
           add_up_to(user, at, bar) && add_up_to(secret, bar + sizeof(host), end);
}

/* ---- a key and a value on a line ---- */

static bool swaks_value(const struct answer *a, const char *key, struct parsed *out)
{
    const char *end;
    const char *at = line_of(a, key, &end);

    return at && *at != '-' && add_up_to(out, at, end);
}

static bool swaks_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return swaks_value(a, "auth-user ", user) && swaks_value(a, "auth-password ", secret);
}

static bool ssmtp_value(const struct answer *a, const char *key, struct parsed *out)
{
    const char *end;
    const char *at = line_of(a, key, &end);

    return at && strcspn(at, "= \t#\r\n") == (size_t)(end - at) && add_up_to(out, at, end);
}

static bool ssmtp_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return ssmtp_value(a, "AuthUser=", user) && ssmtp_value(a, "AuthPass=", secret);
}

/* "..." where \NNN is a byte, and a backslash before any other character goes. */
static bool esmtp_value(const struct answer *a, const char *key, struct parsed *out)
{
    const char *end;
    const char *at = line_of(a, key, &end);

    if (!at || *at++ != '"') {
        return false;
    }
    for (; at < end && *at != '"'; at++) {
        unsigned code = 0;

        if (*at == '\\' && sscanf(at + 1, "%3o", &code) == 1) {
            add(out, (char)code);
            at += 3;
        } else if (*at == '\\') {
            add(out, *++at);
        } else {
            add(out, *at);
        }
    }
    return at + 1 == end;
}

static bool esmtp_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return esmtp_value(a, "username = ", user) && esmtp_value(a, "password = ", secret);
}

/* ---- words behind one another on a line ---- */

/* The text behind the first `key` from *at on. */
static bool move_behind(const char **at, const char *key)
{
    const char *found = *at ? strstr(*at, key) : NULL;

    *at = found ? found + strlen(key) : NULL;
    return found;
}

/* Quotes of either kind with nothing special between them; `escapes`: but a backslash. */
static bool quoted_word(const char **at, bool escapes, struct parsed *out)
{
    char quote = **at;

    if (quote != '"' && quote != '\'') {
        return false;
    }
    for (++*at; **at && **at != quote; ++*at) {
        if (escapes && **at == '\\') {
            ++*at;
        }
        add(out, **at);
    }
    return *(*at)++ == quote && (**at == ' ' || **at == '\n');
}

static bool quoted_words(const struct answer *a, const char *before_user, const char *before_secret,
                         bool escapes, struct parsed *user, struct parsed *secret)
{
    const char *at = a->text;

    return move_behind(&at, before_user) && quoted_word(&at, escapes, user) &&
           strncmp(at, before_secret, strlen(before_secret)) == 0 &&
           move_behind(&at, before_secret) && quoted_word(&at, escapes, secret);
}

static bool curl_netrc_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return quoted_words(a, " login ", " password ", true, user, secret);
}

static bool authinfo_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return quoted_words(a, " login ", " password ", false, user, secret);
}

static bool monit_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return quoted_words(a, " username ", " password ", true, user, secret);
}

static bool netrc_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    const char *at = a->text;

    if (!move_behind(&at, " login ") || !add_up_to(user, at, at + strcspn(at, " "))) {
        return false;
    }
    return move_behind(&at, " password ") && add_up_to(secret, at, at + strcspn(at, " \n#\"'\\"));
}

/* '...' and "..." pieces up to a blank. */
static bool apart_word(const char **at, struct parsed *out)
{
    while (**at == '\'' || **at == '"') {
        const char *close = strchr(*at + 1, **at);

        if (!close || !add_up_to(out, *at + 1, close)) {
            return false;
        }
        *at = close + 1;
    }
    return **at == ' ' || **at == '\n';
}

static bool nullmailer_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    const char *at = a->text;

    return move_behind(&at, " --user=") && apart_word(&at, user) && move_behind(&at, " --pass=") &&
           apart_word(&at, secret);
}

static bool base64_word(const char **at, struct parsed *out)
{
    size_t len = 0;
    bool whole =
        sodium_base642bin((uint8_t *)out->bytes, sizeof(out->bytes), *at, strcspn(*at, "\""), NULL,
                          &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
    out->len = len;
    return whole;
}

static bool sendmail_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    const char *at = a->text;

    return move_behind(&at, "\"I=") && base64_word(&at, user) && move_behind(&at, "\"P=") &&
           base64_word(&at, secret);
}

static bool percent_word(const char *at, char end, struct parsed *out)
{
    for (; *at != end; at++) {
        unsigned code = 0;

        if (*at == '%' && sscanf(at + 1, "%2x", &code) == 1) {
            add(out, (char)code);
            at += 2;
        } else if (*at && !strchr(":/?#[]@!$&'()*+,;= \n%", *at)) {
            add(out, *at);
        } else {
            return false;
        }
    }
    return true;
}

/* Up to the "@", as there is one way to read that only. */
static bool url_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    const char *at = a->text;

    if (!move_behind(&at, "://") || !percent_word(at, ':', user)) {
        return false;
    }
    return move_behind(&at, ":") && percent_word(at, '@', secret);
}

static bool trimmed_value(const struct answer *a, const char *key, struct parsed *out)
{
    const char *end;
    const char *at = line_of(a, key, &end);

    while (at && at < end && is_blank(*at)) {
        at++;
    }
    while (at && end > at && is_blank(end[-1])) {
        end--;
    }
    return at && add_up_to(out, at, end);
}

static bool mailman3_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return trimmed_value(a, "smtp_user:", user) && trimmed_value(a, "smtp_pass:", secret);
}

static bool dovecot_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return quoted_words(a, "relay_user = ", "\nsubmission_relay_password = ", true, user, secret);
}

static const struct {
    const char *format;
    bool (*parse)(const struct answer *a, struct parsed *user, struct parsed *secret);
    size_t secrets, users; /* how many of the hostile ones it can say */
} judges[] = {
    {"postfix", postfix_parse, 82, 76},
    {"exim4", exim4_parse, 85, 76},
    {"opensmtpd", opensmtpd_parse, 85, 76},
    {"dma", dma_parse, 90, 77},
    {"swaks", swaks_parse, 87, 77},
    {"ssmtp", ssmtp_parse, 72, 66},
    {"esmtp", esmtp_parse, 90, 80},
    {"curl-netrc", curl_netrc_parse, 83, 80},
    {"authinfo", authinfo_parse, 77, 77},
    {"monit", monit_parse, 74, 66},
    {"netrc", netrc_parse, 24, 24},
    {"nullmailer", nullmailer_parse, 90, 80},
    {"sendmail", sendmail_parse, 95, 80},
    {"url", url_parse, 95, 80},
    {"s-nail", url_parse, 95, 80},
    {"apprise", url_parse, 90, 78},
    {"aerc", url_parse, 95, 80},
    {"mailutils", url_parse, 95, 80},
    {"mailman3", mailman3_parse, 82, 77},
    {"dovecot", dovecot_parse, 90, 80},
};

/* The value came back, or the refusal names a byte that is there. */
static bool judge(const struct answer *a, const struct hostile *h, const struct parsed *got,
                  const char *what)
{
    unsigned byte = 0;
    size_t at = 0;
    const char *place = strstr(a->err.text, "(0x");

    if (a->status == SV_OK) {
        assert_int_equal(got->len, h->len);
        assert_memory_equal(got->bytes, h->bytes, h->len);
        return true;
    }
    assert_int_equal(a->status, SV_DATA);
    assert_non_null(strstr(a->err.text, what));
    assert_non_null(place);
    assert_int_equal(sscanf(place, "(0x%X) at byte %zu", &byte, &at), 2);
    assert_true(at >= 1 && at <= h->len);
    assert_int_equal((unsigned char)h->bytes[at - 1], byte);
    return false;
}

static size_t try(size_t row, bool as_user)
{
    static struct parsed user, secret;
    size_t said = 0;

    for (size_t i = 0; i < HOSTILES; i++) {
        const struct hostile *h = &hostiles[i];
        struct profile p = ordinary();

        if (as_user && !h->text) {
            continue;
        }
        if (strcmp(judges[row].format, "mailutils") == 0) {
            p.tls = TLS_NONE; /* it cannot insist on STARTTLS */
        }
        if (as_user) {
            p.username = (char *)(uintptr_t)h->bytes;
        }
        const struct answer *a =
            answer(judges[row].format, &p, as_user ? "s" : h->bytes, as_user ? 1 : h->len);
        user.len = secret.len = 0;
        if (a->status == SV_OK && !judges[row].parse(a, &user, &secret)) {
            fail_msg("%s does not parse: %s", judges[row].format, a->text);
        }
        said += as_user ? judge(a, h, &user, "user name") : judge(a, h, &secret, "password");
    }
    return said;
}

static void values_return_or_are_refused(void **state)
{
    bool differ = false;

    (void)state;
    for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
        size_t secrets = try(i, false);
        size_t users = try(i, true);

        if (secrets != judges[i].secrets || users != judges[i].users) {
            print_error("%s says %zu secrets and %zu user names\n", judges[i].format, secrets,
                        users);
            differ = true;
        }
    }
    assert_false(differ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_return_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
