/* SPDX-License-Identifier: ISC */
/*
 * The hostile values in literals and .env files: each comes back exactly through a parser that
 * follows the reader's manual, or is refused. tests/integration has the readers themselves.
 */
#include "format_fixture.h"
#include "hostile.h"

struct parsed {
    char bytes[1000];
    size_t len;
};

static void add(struct parsed *out, char c)
{
    out->bytes[out->len++] = c;
}

/* '...' of PHP and Ruby. */
static bool parse_literal(const char *at, struct parsed *out)
{
    if (*at++ != '\'') {
        return false;
    }
    for (; *at != '\''; at++) {
        if (!*at) {
            return false;
        }
        at += at[0] == '\\' && (at[1] == '\\' || at[1] == '\'');
        add(out, *at);
    }
    return true;
}

/* The same with %% for %; %name% would be a parameter. */
static bool parse_parameter(const char *at, struct parsed *out)
{
    struct parsed whole = {.len = 0};

    if (!parse_literal(at, &whole)) {
        return false;
    }
    for (size_t i = 0; i < whole.len; i++) {
        if (whole.bytes[i] == '%' && (i + 1 == whole.len || whole.bytes[++i] != '%')) {
            return false;
        }
        add(out, whole.bytes[i]);
    }
    return true;
}

/* systemd.exec(5): bare, '...' literally, or "..." with four characters escaped. */
static bool parse_systemd(const char *at, struct parsed *out)
{
    char quote = *at == '\'' || *at == '"' ? *at : '\n';

    for (at += quote != '\n'; *at && *at != quote; at++) {
        if (quote == '\n' && strchr("\\'\"`$#; ", *at)) {
            return false;
        }
        at += quote == '"' && *at == '\\' && strchr("\\\"`$", at[1]);
        add(out, *at);
    }
    return quote == '\n' || at[1] == '\n';
}

/* Everything to the end of the line. */
static bool parse_line(const char *at, struct parsed *out)
{
    for (; *at != '\n'; at++) {
        add(out, *at);
    }
    return true;
}

/* The same with %% for %, and no blank at an end. */
static bool parse_configparser(const char *at, struct parsed *out)
{
    for (; *at != '\n'; at++) {
        at += *at == '%';
        add(out, *at);
    }
    return out->len == 0 ||
           (!strchr(" \t\v\f", out->bytes[0]) && !strchr(" \t\v\f", out->bytes[out->len - 1]));
}

/* phpdotenv's double quotes; then what Laravel's env() makes of the value. */
static bool parse_laravel(const char *at, struct parsed *out)
{
    if (*at++ != '"') {
        return false;
    }
    for (; *at != '"'; at++) {
        if (!*at || *at == '\n' || *at == '$') {
            return false;
        }
        if (*at != '\\') {
            add(out, *at);
        } else {
            at++;
            add(out, *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at);
        }
    }
    char *all = out->bytes;
    bool quoted = out->len >= 2 && all[0] == all[out->len - 1] && strchr("'\"", all[0]) &&
                  !memchr(all, '\n', out->len);
    if (quoted) {
        out->len -= 2;
        memmove(all, all + 1, out->len);
    }
    return quoted || out->len != 4 || strncasecmp(all, "null", 4) != 0;
}

/* ini.v1: from the first backtick of the line to the last one. */
static bool parse_ini_go(const char *at, struct parsed *out)
{
    size_t len = strcspn(at, "\n");

    if (len < 2 || at[0] != '`' || at[len - 1] != '`') {
        return false;
    }
    memcpy(out->bytes, at + 1, len - 2);
    out->len = len - 2;
    return !memmem(out->bytes, out->len, "${", 2);
}

static const struct {
    const char *format, *key;
    bool (*parse)(const char *at, struct parsed *out);
    size_t says; /* how many of the hostile secrets it can say */
} judges[] = {
    {"php", "'password' => ", parse_literal, 95},
    {"nextcloud", "'mail_smtppassword' => ", parse_literal, 95},
    {"gitlab", "['smtp_password'] = ", parse_literal, 92},
    {"mautic4", "'mailer_password' => ", parse_parameter, 95},
    {"systemd-env", "SMTP_PASSWORD=", parse_systemd, 86},
    {"docker-env", "SMTP_PASSWORD=", parse_line, 87},
    {"configparser", "\npassword = ", parse_configparser, 82},
    {"laravel", "MAIL_PASSWORD=", parse_laravel, 92},
    {"grafana", "\npassword = ", parse_ini_go, 89},
};

static void secrets_return_or_are_refused(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof(judges) / sizeof(judges[0]); f++) {
        size_t said = 0;

        for (size_t i = 0; i < HOSTILES; i++) {
            const struct hostile *h = &hostiles[i];
            struct profile p = ordinary();
            struct parsed got = {.len = 0};
            const struct answer *a = answer(judges[f].format, &p, h->bytes, h->len);

            if (a->status != SV_OK) {
                assert_int_equal(a->status, SV_DATA);
                assert_non_null(strstr(a->err.text, "cannot hold this password: "));
                continue;
            }
            const char *at = strstr(a->text, judges[f].key);
            if (!at || !judges[f].parse(at + strlen(judges[f].key), &got) || got.len != h->len ||
                memcmp(got.bytes, h->bytes, h->len) != 0) {
                fail_msg("%s, value %zu: %s", judges[f].format, i, a->text);
            }
            said++;
        }
        if (said != judges[f].says) {
            fail_msg("%s says %zu of %zu", judges[f].format, said, HOSTILES);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_return_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
