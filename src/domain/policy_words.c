/* SPDX-License-Identifier: ISC */
/* A policy in people's words, both ways, and what can be in one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/policy.h"

static const char *const alphabets[] = {
    [GENERATE_PORTABLE] = "portable", [GENERATE_ALNUM] = "alnum", [GENERATE_SYMBOLS] = "symbols"};
#define ALPHABETS (sizeof alphabets / sizeof alphabets[0])

static const struct {
    const char *option, *label, *how;
} words[POLICY_FIELDS] = {
    [POLICY_EVERY] = {"every", "new secret every",
                      "whole days to 36500d: 90d, 12w or 1y, or off for never"},
    [POLICY_DATES] = {"on", "fixed dates",
                      "days of the year, 12 at most and each once: 01-15,07-15, or off"},
    [POLICY_BEFORE] = {"before-deadline", "before a provider's deadline",
                       "whole days to 3650d: 30d, or off"},
    [POLICY_LEAD] = {"lead", "told so long before", "whole days to 3650d: 14d, or off"},
    [POLICY_GRACE] = {"grace", "late only so long after", "whole days to 3650d: 7d, or off"},
    [POLICY_LENGTH] = {"length", "length of a made secret", "a number from 12 to 256"},
    [POLICY_ALPHABET] = {"alphabet", "made of", "portable, alnum or symbols"},
    [POLICY_OVERLAP] = {"overlap", "the old one goes on for",
                        "whole hours to 8760h: 24h or 2d, or off"},
    [POLICY_REJECTIONS] = {"reject-threshold", "rejections that count", "a number to 1000, or off"},
    [POLICY_ON_REJECT] = {"on-reject", "and then", "alarm or rollback"},
    [POLICY_PUBLIC] = {"public", "due date known while locked", "yes or no"},
    [POLICY_AFTER] = {"after", "run after it", "up to 4 command lines of 256 bytes each, or off"},
    [POLICY_HOOK] = {"hook", "changed by", "a rotator, its settings behind it, or off"},
};

const char *policy_option(enum policy_field field)
{
    return field >= POLICY_EVERY && field < POLICY_FIELDS ? words[field].option : NULL;
}

const char *policy_label(enum policy_field field)
{
    return field >= POLICY_EVERY && field < POLICY_FIELDS ? words[field].label : "";
}

/* ---- what can be ---- */

static unsigned days_of(unsigned month)
{
    static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month >= 1 && month <= 12 ? days[month - 1] : 0;
}

static bool are_dates(const struct policy_rule *rule)
{
    for (size_t i = 0; i < rule->date_count; i++) {
        const struct policy_date *d = &rule->dates[i];
        if (d->day < 1 || d->day > days_of(d->month))
            return false;
        if (i > 0 && d[-1].month * 32 + d[-1].day >= d->month * 32 + d->day)
            return false;
    }
    return rule->date_count <= POLICY_DATES_MAX;
}

static bool is_line(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && text_is_utf8(text, len) && !text_has_control(text, len);
}

static bool are_lines(const struct policy_rule *rule)
{
    for (size_t i = 0; i < rule->after_count; i++)
        if (!is_line(rule->after[i]))
            return false;
    return rule->after_count <= POLICY_AFTER_MAX;
}

static bool can_be(const struct policy_rule *rule, enum policy_field field)
{
    switch (field) {
    case POLICY_EVERY:
        return rule->every_days <= POLICY_DAYS_MAX;
    case POLICY_DATES:
        return are_dates(rule);
    case POLICY_BEFORE:
        return rule->before_days <= POLICY_SPAN_MAX;
    case POLICY_LEAD:
        return rule->lead_days <= POLICY_SPAN_MAX;
    case POLICY_GRACE:
        return rule->grace_days <= POLICY_SPAN_MAX;
    case POLICY_LENGTH:
        return rule->length >= GENERATE_LENGTH_MIN && rule->length <= GENERATE_LENGTH_MAX;
    case POLICY_ALPHABET:
        return (size_t)rule->alphabet < ALPHABETS;
    case POLICY_OVERLAP:
        return rule->overlap_hours <= POLICY_OVERLAP_MAX;
    case POLICY_REJECTIONS:
        return rule->rejections <= POLICY_REJECTIONS_MAX;
    case POLICY_ON_REJECT:
        return rule->on_reject == POLICY_ALARM || rule->on_reject == POLICY_ROLLBACK;
    case POLICY_PUBLIC:
        return true;
    case POLICY_AFTER:
        return are_lines(rule);
    case POLICY_HOOK:
        return rule->hook[0] == '\0' || is_line(rule->hook);
    case POLICY_FIELDS:
        break;
    }
    return false;
}

static enum sv_status check_selector(const struct policy_rule *rule, struct sv_err *err)
{
    static const uint8_t nobody[16];
    bool named =
        rule->scope == POLICY_KIND || rule->scope == POLICY_PROVIDER || rule->scope == POLICY_TAG;
    enum profile_kind kind;

    if (rule->scope < POLICY_VAULT || rule->scope > POLICY_PROFILE)
        return sv_fail(err, SV_USAGE,
                       "a rule is for a profile, a tag, a provider, a kind or the "
                       "vault");
    if (rule->scope == POLICY_KIND && !profile_kind_parse(rule->name, &kind))
        return sv_fail(err, SV_USAGE,
                       "there is no such kind: password, app-password, api-key, oauth2 or "
                       "iam-secret");
    if (named != (rule->name[0] != '\0') || (named && !is_line(rule->name)) ||
        (rule->scope == POLICY_PROFILE) != (memcmp(rule->uid, nobody, sizeof nobody) != 0))
        return sv_fail(err, SV_USAGE, "a tag or a provider is a word of 1 to %d bytes",
                       POLICY_SELECTOR_MAX);
    return SV_OK;
}

enum sv_status policy_check(const struct policy_rule *rule, struct sv_err *err)
{
    enum sv_status st = check_selector(rule, err);

    if (st == SV_OK && rule->has == 0)
        return sv_fail(err, SV_USAGE, "a rule says something");
    for (enum policy_field f = POLICY_EVERY; st == SV_OK && f < POLICY_FIELDS; f++)
        if ((rule->has & 1u << f) && !can_be(rule, f))
            st = sv_fail(err, SV_USAGE, "--%s takes %s", words[f].option, words[f].how);
    return st;
}

/* ---- in ---- */

bool policy_is_off(const char *text)
{
    return strcmp(text, "off") == 0 || strcmp(text, "never") == 0 || strcmp(text, "none") == 0;
}

/* Whole units only: half a day is no day. */
static bool parse_span(const char *text, int64_t unit, uint64_t most, uint64_t *out)
{
    int64_t seconds;

    *out = 0;
    if (policy_is_off(text))
        return true;
    if (!text_parse_duration(text, &seconds) || seconds % unit != 0 ||
        (uint64_t)(seconds / unit) > most)
        return false;
    *out = (uint64_t)(seconds / unit);
    return true;
}

static bool parse_days(const char *text, uint16_t *out)
{
    uint64_t days;
    bool good = parse_span(text, 86400, POLICY_SPAN_MAX, &days);

    *out = (uint16_t)days;
    return good;
}

static bool parse_date(const char *text, size_t len, struct policy_date *out)
{
    for (size_t i = 0; i < len; i++)
        if (i == 2 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    if (len != 5)
        return false;
    out->month = (uint8_t)((text[0] - '0') * 10 + text[1] - '0');
    out->day = (uint8_t)((text[3] - '0') * 10 + text[4] - '0');
    return true;
}

/* In the calendar's order, whatever order they were given in. */
static bool parse_dates(const char *text, struct policy_rule *rule)
{
    rule->date_count = 0;
    if (policy_is_off(text))
        return true;
    for (size_t len; *text != '\0'; text += len + (text[len] == ',' && text[len + 1] != '\0')) {
        struct policy_date d;
        size_t at = rule->date_count;
        len = strcspn(text, ",");
        if (at == POLICY_DATES_MAX || !parse_date(text, len, &d))
            return false;
        for (; at > 0 &&
               rule->dates[at - 1].month * 32 + rule->dates[at - 1].day > d.month * 32 + d.day;
             at--)
            rule->dates[at] = rule->dates[at - 1];
        rule->dates[at] = d;
        rule->date_count++;
        if (text[len] == ',' && text[len + 1] == '\0')
            return false;
    }
    return rule->date_count > 0;
}

static bool parse_alphabet(const char *text, enum generate_alphabet *out)
{
    for (size_t i = 0; i < ALPHABETS; i++) {
        if (strcmp(text, alphabets[i]) != 0)
            continue;
        *out = (enum generate_alphabet)i;
        return true;
    }
    return false;
}

static bool parse_choice(const char *text, const char *yes, const char *no, bool *out)
{
    *out = strcmp(text, yes) == 0;
    return *out || strcmp(text, no) == 0;
}

/* A line is added to those that are there; "off" takes all away. */
static bool parse_line(const char *text, struct policy_rule *rule)
{
    if ((rule->has & 1u << POLICY_AFTER) == 0)
        rule->after_count = 0;
    if (policy_is_off(text)) {
        rule->after_count = 0;
        return true;
    }
    if (rule->after_count == POLICY_AFTER_MAX || strlen(text) > POLICY_LINE_MAX)
        return false;
    memcpy(rule->after[rule->after_count++], text, strlen(text) + 1);
    return true;
}

static bool parse_number(const char *text, uint64_t most, uint16_t *out)
{
    uint64_t n;

    if (!text_parse_u64(text, 0, most, &n))
        return false;
    *out = (uint16_t)n;
    return true;
}

static bool parse(struct policy_rule *rule, enum policy_field field, const char *text)
{
    uint64_t n = 0;
    bool yes = false, good;

    switch (field) {
    case POLICY_EVERY:
        good = parse_span(text, 86400, POLICY_DAYS_MAX, &n);
        rule->every_days = (uint32_t)n;
        return good;
    case POLICY_DATES:
        return parse_dates(text, rule);
    case POLICY_BEFORE:
        return parse_days(text, &rule->before_days);
    case POLICY_LEAD:
        return parse_days(text, &rule->lead_days);
    case POLICY_GRACE:
        return parse_days(text, &rule->grace_days);
    case POLICY_LENGTH:
        return parse_number(text, GENERATE_LENGTH_MAX, &rule->length);
    case POLICY_ALPHABET:
        return parse_alphabet(text, &rule->alphabet);
    case POLICY_OVERLAP:
        good = parse_span(text, 3600, POLICY_OVERLAP_MAX, &n);
        rule->overlap_hours = (uint16_t)n;
        return good;
    case POLICY_REJECTIONS:
        rule->rejections = 0;
        return policy_is_off(text) || parse_number(text, POLICY_REJECTIONS_MAX, &rule->rejections);
    case POLICY_ON_REJECT:
        good = parse_choice(text, "rollback", "alarm", &yes);
        rule->on_reject = yes ? POLICY_ROLLBACK : POLICY_ALARM;
        return good;
    case POLICY_PUBLIC:
        return parse_choice(text, "yes", "no", &rule->open);
    case POLICY_AFTER:
        return parse_line(text, rule);
    case POLICY_HOOK:
        (void)snprintf(rule->hook, sizeof rule->hook, "%s", policy_is_off(text) ? "" : text);
        return text[0] != '\0' && strlen(text) <= POLICY_HOOK_MAX;
    case POLICY_FIELDS:
        break;
    }
    return false;
}

#define WRONG_SHOWN_MAX 64 /* more of what was typed says no more */

enum sv_status policy_set(struct policy_rule *rule, enum policy_field field, const char *text,
                          struct sv_err *err)
{
    char shown[WRONG_SHOWN_MAX];

    if (!parse(rule, field, text) || !can_be(rule, field))
        return sv_fail(err, SV_USAGE, "--%s takes %s; not \"%s\"", words[field].option,
                       words[field].how, text_printable(shown, sizeof shown, text, strlen(text)));
    rule->has |= 1u << field;
    return SV_OK;
}

/* ---- out ---- */

static char *say_number(char dst[POLICY_SHOWN_MAX], unsigned n, const char *unit)
{
    if (n == 0)
        (void)snprintf(dst, POLICY_SHOWN_MAX, "off");
    else
        (void)snprintf(dst, POLICY_SHOWN_MAX, "%u%s", n, unit);
    return dst;
}

static char *say_dates(char dst[POLICY_SHOWN_MAX], const struct policy_rule *rule)
{
    size_t at = 0;

    (void)snprintf(dst, POLICY_SHOWN_MAX, "off");
    for (size_t i = 0; i < rule->date_count; i++, at += 6)
        (void)snprintf(dst + at, POLICY_SHOWN_MAX - at, "%02u-%02u,", rule->dates[i].month,
                       rule->dates[i].day);
    if (at > 0)
        dst[at - 1] = '\0';
    return dst;
}

static char *say_lines(char dst[POLICY_SHOWN_MAX], const struct policy_rule *rule)
{
    size_t at = 0;

    (void)snprintf(dst, POLICY_SHOWN_MAX, "off");
    for (size_t i = 0; i < rule->after_count; i++)
        at += (size_t)snprintf(dst + at, POLICY_SHOWN_MAX - at, "%s%s", i > 0 ? "; " : "",
                               rule->after[i]);
    return dst;
}

static char *say_word(char dst[POLICY_SHOWN_MAX], const char *word)
{
    (void)snprintf(dst, POLICY_SHOWN_MAX, "%s", word);
    return dst;
}

char *policy_say(char dst[POLICY_SHOWN_MAX], const struct policy_rule *rule,
                 enum policy_field field)
{
    switch (field) {
    case POLICY_EVERY:
        return say_number(dst, rule->every_days, "d");
    case POLICY_DATES:
        return say_dates(dst, rule);
    case POLICY_BEFORE:
        return say_number(dst, rule->before_days, "d");
    case POLICY_LEAD:
        return say_number(dst, rule->lead_days, "d");
    case POLICY_GRACE:
        return say_number(dst, rule->grace_days, "d");
    case POLICY_LENGTH:
        return say_number(dst, rule->length, "");
    case POLICY_ALPHABET:
        return say_word(dst, (size_t)rule->alphabet < ALPHABETS ? alphabets[rule->alphabet] : "");
    case POLICY_OVERLAP:
        return say_number(dst, rule->overlap_hours, "h");
    case POLICY_REJECTIONS:
        return say_number(dst, rule->rejections, "");
    case POLICY_ON_REJECT:
        return say_word(dst, rule->on_reject == POLICY_ROLLBACK ? "rollback" : "alarm");
    case POLICY_PUBLIC:
        return say_word(dst, rule->open ? "yes" : "no");
    case POLICY_AFTER:
        return say_lines(dst, rule);
    case POLICY_HOOK:
        return say_word(dst, rule->hook[0] ? rule->hook : "off");
    case POLICY_FIELDS:
        break;
    }
    return say_word(dst, "");
}

char *policy_who(char dst[POLICY_WHO_MAX], const struct policy_rule *rule)
{
    static const char *const scopes[] = {[POLICY_VAULT] = "the vault",
                                         [POLICY_KIND] = "kind ",
                                         [POLICY_PROVIDER] = "provider ",
                                         [POLICY_TAG] = "tag ",
                                         [POLICY_PROFILE] = "this profile"};

    (void)snprintf(dst, POLICY_WHO_MAX, "%s%s", rule ? scopes[rule->scope] : "built in",
                   rule ? rule->name : "");
    return dst;
}
