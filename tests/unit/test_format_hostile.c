/* SPDX-License-Identifier: ISC */
/*
 * Each hostile value either comes back exactly through a parser of the syntax, or
 * is refused by name and place. The parsers here follow the tools' manuals and not
 * our writers; tests/integration has the tools themselves.
 */
#include "base/text.h"
#include "format_fixture.h"
#include "hostile.h"

/* ---- parsers, one a syntax ---- */

struct parsed {
    char bytes[9000];
    size_t len;
};

static void add(struct parsed *out, char c)
{
    out->bytes[out->len++] = c;
}

/* The rest of the line that begins with `key`; NULL when there is none. */
static const char *line_of(const struct answer *a, const char *key)
{
    const char *at = a->text;

    while (at && strncmp(at, key, strlen(key)) != 0) {
        at = memchr(at, '\n', a->len - (size_t)(at - a->text));
        at = at ? at + 1 : NULL;
    }
    return at ? at + strlen(key) : NULL;
}

static bool parse_msmtp(const struct answer *a, const char *key, struct parsed *out)
{
    const char *at = line_of(a, key);
    const char *end = at ? strchr(at, '\n') : NULL;

    if (!at || !end || *at != '"' || end - at < 2 || end[-1] != '"') {
        return false;
    }
    for (at++; at < end - 1; at++) {
        add(out, *at);
    }
    return true;
}

/* '...' pieces and backslashed characters up to the end of the line; what stands in
 * single quotes may hold line ends. */
static bool parse_single(const char *at, struct parsed *out)
{
    while (at && *at != '\n') {
        if (*at == '\\') {
            add(out, at[1]);
            at += 2;
        } else if (*at == '\'') {
            for (at++; *at && *at != '\''; at++) {
                add(out, *at);
            }
            if (*at++ != '\'') {
                return false;
            }
        } else {
            return false;
        }
    }
    return at != NULL;
}

/* "..." where a backslash and a character of `from` mean the one of `to`. */
static bool parse_quoted(const char *at, const char *from, const char *to, struct parsed *out)
{
    if (!at || *at++ != '"') {
        return false;
    }
    for (; *at != '"'; at++) {
        const char *which;

        if (!*at || *at == '\n') {
            return false;
        }
        if (*at != '\\') {
            add(out, *at);
            continue;
        }
        if (!*++at || !(which = strchr(from, *at))) {
            return false;
        }
        add(out, to[which - from]);
    }
    return at[1] == '\n' || at[1] == '}' || at[1] == ',';
}

static bool parse_json(const struct answer *a, const char *key, struct parsed *out)
{
    const char *at = strstr(a->text, key);

    if (!at) {
        return false;
    }
    for (at += strlen(key); *at != '"'; at++) {
        static const char from[] = "\"\\/bfnrt";
        static const char to[] = "\"\\/\b\f\n\r\t";
        unsigned code = 0;

        if ((unsigned char)*at < 0x20) {
            return false;
        }
        if (*at != '\\') {
            add(out, *at);
        } else if (*++at == 'u') {
            if (sscanf(at + 1, "%4x", &code) != 1 || code > 0x7f) {
                return false;
            }
            add(out, (char)code);
            at += 4;
        } else if (*at && strchr(from, *at)) {
            add(out, to[strchr(from, *at) - from]);
        } else {
            return false;
        }
    }
    return true;
}

static bool parse_percent(const char *at, char end, struct parsed *out)
{
    unsigned code = 0;

    for (; at && *at != end; at++) {
        if (*at != '%') {
            if (!*at || strchr("@:/?#[]!$&'()*+,;= \"", *at)) {
                return false;
            }
            add(out, *at);
        } else if (sscanf(at + 1, "%2x", &code) == 1) {
            add(out, (char)code);
            at += 2;
        } else {
            return false;
        }
    }
    return at != NULL;
}

/* ---- the parser of each format, for its password and its user ---- */

static bool msmtp_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return parse_msmtp(a, "user ", user) && parse_msmtp(a, "password ", secret);
}

static bool mutt_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    const char *pass = line_of(a, "set smtp_pass=");

    return pass && parse_percent(line_of(a, "set smtp_url=\"smtp://"), '@', user) &&
           parse_single(pass, secret);
}

static bool git_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return parse_quoted(line_of(a, "\tsmtpUser = "), "\\\"tnb", "\\\"\t\n\b", user) &&
           parse_quoted(line_of(a, "\tsmtpPass = "), "\\\"tnb", "\\\"\t\n\b", secret);
}

static bool curl_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    struct parsed *both = calloc(1, sizeof(*both));
    bool ok = parse_quoted(line_of(a, "user = "), "\\\"tnrv", "\\\"\t\n\r\v", both);
    const char *colon = ok ? memchr(both->bytes, ':', both->len) : NULL;

    for (size_t i = 0; colon && i < both->len; i++) {
        if (both->bytes + i != colon) {
            add(both->bytes + i < colon ? user : secret, both->bytes[i]);
        }
    }
    free(both);
    return colon != NULL;
}

/* Bare, or literally between single quotes. */
static bool dotenv_value(const char *at, struct parsed *out)
{
    bool quoted = at && *at == '\'';
    size_t len = at ? strcspn(at, "\n") : 0;

    if (!at || (quoted && (len < 2 || at[len - 1] != '\''))) {
        return false;
    }
    for (size_t i = quoted; i < len - quoted; i++) {
        if (quoted ? at[i] == '\'' : strchr("\"'`\\$# ", at[i]) != NULL) {
            return false;
        }
        add(out, at[i]);
    }
    return true;
}

static bool dotenv_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return dotenv_value(line_of(a, "SMTP_USERNAME="), user) &&
           dotenv_value(line_of(a, "SMTP_PASSWORD="), secret);
}

static bool shell_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return parse_single(line_of(a, "SMTP_USERNAME="), user) &&
           parse_single(line_of(a, "SMTP_PASSWORD="), secret);
}

static bool json_parse(const struct answer *a, struct parsed *user, struct parsed *secret)
{
    return parse_json(a, "\"username\":\"", user) && parse_json(a, "\"password\":\"", secret);
}

static const struct {
    const char *format;
    bool (*parse)(const struct answer *a, struct parsed *user, struct parsed *secret);
    size_t says; /* how many of the hostile secrets it can say */
} judges[] = {
    {"msmtp", msmtp_parse, 90}, {"mutt", mutt_parse, 90},     {"git", git_parse, 90},
    {"curl", curl_parse, 95},   {"dotenv", dotenv_parse, 75}, {"shell", shell_parse, 95},
    {"json", json_parse, 94},
};

/* dotenv refuses by what follows as well, so there only the count speaks. */
static bool can_say(const char *format, const struct hostile *h)
{
    if (strcmp(format, "json") == 0) {
        return text_is_utf8(h->bytes, h->len);
    }
    if (memchr(h->bytes, 0, h->len)) {
        return false;
    }
    bool lines = strcmp(format, "curl") == 0 || strcmp(format, "shell") == 0;
    return lines || (!memchr(h->bytes, '\n', h->len) && !memchr(h->bytes, '\r', h->len));
}

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

static void secrets_return_or_are_refused(void **state)
{
    struct parsed *user = calloc(1, sizeof(*user));
    struct parsed *secret = calloc(1, sizeof(*secret));

    (void)state;
    for (size_t f = 0; f < sizeof(judges) / sizeof(judges[0]); f++) {
        size_t said = 0;
        for (size_t i = 0; i < HOSTILES; i++) {
            const struct hostile *h = &hostiles[i];
            struct profile p = ordinary();
            struct answer *a = answer(judges[f].format, &p, h->bytes, h->len);

            user->len = secret->len = 0;
            if (a->status == SV_OK && !judges[f].parse(a, user, secret)) {
                fail_msg("%s does not parse: %s", judges[f].format, a->text);
            }
            said += judge(a, h, secret, "password");
            bool dotenv = strcmp(judges[f].format, "dotenv") == 0;
            assert_true(dotenv || (a->status == SV_OK) == can_say(judges[f].format, h));
        }
        if (said != judges[f].says) {
            fail_msg("%s says %zu of %zu", judges[f].format, said, HOSTILES);
        }
    }
    free(user);
    free(secret);
}

static void users_return_or_are_refused(void **state)
{
    struct parsed *user = calloc(1, sizeof(*user));
    struct parsed *secret = calloc(1, sizeof(*secret));

    (void)state;
    for (size_t f = 0; f < sizeof(judges) / sizeof(judges[0]); f++) {
        for (size_t i = 0; i < HOSTILES; i++) {
            const struct hostile *h = &hostiles[i];
            struct profile p = ordinary();
            char name[64];

            if (!h->text) {
                continue;
            }
            snprintf(name, sizeof(name), "%s", h->bytes);
            p.username = name;
            struct answer *a = answer(judges[f].format, &p, "s", 1);
            user->len = secret->len = 0;
            if (a->status == SV_OK && !judges[f].parse(a, user, secret)) {
                fail_msg("%s does not parse: %s", judges[f].format, a->text);
            }
            bool said = judge(a, h, user, "user name");
            if (strcmp(judges[f].format, "dotenv") != 0) {
                assert_int_equal(said,
                                 strcmp(judges[f].format, "curl") != 0 || !strchr(h->bytes, ':'));
            }
        }
    }
    free(user);
    free(secret);
}

/* ---- hooks: the profile's name on its way through a syntax into a shell ---- */

/* The command as the tool hands it to a shell. */
static bool hook_of(const char *format, const struct answer *a, struct parsed *out)
{
    const char *at;

    if (strcmp(format, "msmtp") == 0) {
        return parse_msmtp(a, "passwordeval ", out);
    }
    if (strcmp(format, "git") == 0) {
        struct parsed all = {.len = 0};
        at = line_of(a, "\thelper =\n\thelper = ");
        if (!parse_quoted(at, "\\\"tnb", "\\\"\t\n\b", &all)) {
            return false;
        }
        assert_int_equal(all.bytes[0], '!');
        out->len = all.len - 1;
        memcpy(out->bytes, all.bytes + 1, out->len);
        return true;
    }
    bool mutt = strcmp(format, "mutt") == 0;
    at = line_of(a, mutt ? "set smtp_pass=\"`" : "SMTP_PASSWORD=\"$(");
    const char *end = at ? strstr(at, mutt ? "`\"\n" : ")\"\n") : NULL;
    for (; at && at != end; at++) {
        if (mutt && strchr("`\\\n", *at)) {
            return false;
        }
        add(out, *at);
    }
    return at != NULL;
}

/* Splits at blanks outside of quotes, which become \1, and takes the quotes off. A
 * character that a shell would act on is a fault. */
static void split_words(const struct parsed *command, struct parsed *words)
{
    char quote = 0;

    for (size_t i = 0; i < command->len; i++) {
        char c = command->bytes[i];
        const char *live = quote == '\'' ? "" : quote == '"' ? "\\$`" : "\\$`;&|<>()*?[#~!{\t\n";

        if (strchr(live, c) && c) {
            fail_msg("live %c in %s", c, command->bytes);
        }
        if (quote && c == quote) {
            quote = 0;
        } else if (!quote && (c == '\'' || c == '"')) {
            quote = c;
        } else {
            add(words, !quote && c == ' ' ? '\1' : c);
        }
    }
    assert_int_equal(quote, 0);
    words->bytes[words->len] = '\0';
}

static void judge_hook(const char *format, const char *refused, const struct hostile *h,
                       const char *vault)
{
    char *name = strdup(h->bytes);
    struct profile p = ordinary();
    struct format_input in = {.profile = &p, .program = "/opt/s v/smtpvault", .vault = vault};
    struct parsed command = {.len = 0};
    struct parsed words = {.len = 0};
    char want[256];

    p.name = name;
    struct answer *a = answer_many(format, &in, 1);
    if (a->status != SV_OK) {
        assert_false(judge(a, h, NULL, "profile name"));
        assert_non_null(strpbrk(h->bytes, refused));
        free(name);
        return;
    }
    if (!hook_of(format, a, &command)) {
        fail_msg("%s: %s", format, a->text);
    }
    command.bytes[command.len] = '\0';
    split_words(&command, &words);
    snprintf(want, sizeof(want), "/opt/s v/smtpvault%s%s%s%s", vault ? "\1--vault\1" : "",
             vault ? vault : "",
             strcmp(format, "git") == 0 ? "\1git-credential\1--profile\1"
             : name[0] == '-'           ? "\1get\1--\1"
                                        : "\1get\1",
             name);
    assert_string_equal(words.bytes, want);
    free(name);
}

static void names_reach_the_shell_whole(void **state)
{
    static const struct {
        const char *format;
        const char *refused;
    } hooks[] = {{"msmtp", ":,"}, {"git", ""}, {"mutt", "`\\"}, {"shell", ""}};

    (void)state;
    for (size_t f = 0; f < sizeof(hooks) / sizeof(hooks[0]); f++) {
        for (size_t i = 0; i < HOSTILES; i++) {
            const struct hostile *h = &hostiles[i];

            if (h->text && h->bytes[0] != ' ' && h->bytes[h->len - 1] != ' ') {
                judge_hook(hooks[f].format, hooks[f].refused, h, NULL);
                judge_hook(hooks[f].format, hooks[f].refused, h, "/srv/it's/v.db");
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_return_or_are_refused),
        cmocka_unit_test(users_return_or_are_refused),
        cmocka_unit_test(names_reach_the_shell_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
