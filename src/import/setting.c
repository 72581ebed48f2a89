/* SPDX-License-Identifier: ISC */
#include "import/setting.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "import/setting_impl.h"

#define SETS_MAX 256 /* of one file */

void settings_clear(struct settings *s)
{
    for (size_t i = 0; i < s->count; i++)
        sv_free(s->sets[i].fault);
    sv_free(s->sets);
    s->sets = NULL;
    s->count = s->capacity = 0;
}

/* ---- what a name means ---- */

/* Words in capitals with one "_" between; false: it is empty or too long. */
static bool squeeze(char dst[SETTING_NAME_MAX], const char *text, size_t len)
{
    size_t n = 0;
    bool gap = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9')) {
            gap = true;
            continue;
        }
        if (n + 3 > SETTING_NAME_MAX)
            return false;
        if (gap && n > 0)
            dst[n++] = '_';
        gap = false;
        dst[n++] = c;
    }
    dst[n] = '\0';
    return n > 0;
}

/* Whether text[0..len) is these words, or ends with them. */
static bool ends_with(const char *text, size_t len, const char *words)
{
    size_t n = strlen(words);
    return len >= n && memcmp(text + len - n, words, n) == 0 &&
           (len == n || text[len - n - 1] == '_');
}

static bool says_mail(const char *prefix, size_t len)
{
    static const char *const words[] = {"SMTP",      "MAIL",          "EMAIL",       "MAILER",
                                        "PHPMAILER", "SMTP_SETTINGS", "MAIL_OPTIONS"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (ends_with(prefix, len, words[i]))
            return true;
    return false;
}

static bool says_smtp(const char *prefix, size_t len)
{
    return ends_with(prefix, len, "SMTP") || ends_with(prefix, len, "SMTP_SETTINGS");
}

/* Mail that is fetched is no login that sends. */
static bool says_fetched(const char *prefix, size_t len)
{
    static const char *const words[] = {"IMAP", "POP", "POP3", "INCOMING", "INBOUND", "DESK"};
    for (size_t end = 1; end <= len; end++) {
        if (end < len && prefix[end] != '_')
            continue;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (ends_with(prefix, end, words[i]))
                return true;
    }
    return false;
}

static const struct {
    const char *words;
    const char *set; /* of a whole name */
    enum part part;
    bool smtp;
} rows[] = {
#define SETTING(words, part) {words, NULL, PART_##part, false},
#define SMTP(words, part) {words, NULL, PART_##part, true},
#define WHOLE(name, set, part) {name, set, PART_##part, false},
#include "import/settings.def"
};

/* The prefix is cut off in place; the longest words that fit are meant. */
static bool understand(char name[SETTING_NAME_MAX], enum part *part)
{
    size_t len = strlen(name), best = 0;
    const char *set = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i].words);
        if (n <= best || !ends_with(name, len, rows[i].words))
            continue;
        bool fits = rows[i].set ? n == len
                                : n + 1 < len && says_mail(name, len - n - 1) &&
                                      (!rows[i].smtp || says_smtp(name, len - n - 1));
        if (!fits)
            continue;
        best = n;
        *part = rows[i].part;
        set = rows[i].set;
    }
    if (set)
        (void)snprintf(name, SETTING_NAME_MAX, "%s", set);
    else if (best > 0)
        name[len - best - 1] = '\0';
    return best > 0 && strlen(name) < SETTING_PREFIX_MAX && !says_fetched(name, strlen(name));
}

bool setting_is_known(const char *name, size_t len)
{
    char squeezed[SETTING_NAME_MAX];
    enum part part;
    return squeeze(squeezed, name, len) && understand(squeezed, &part);
}

/* ---- sets ---- */

static enum sv_status set_of(struct settings *s, const char *prefix, struct setting_set **out,
                             struct sv_err *err)
{
    for (size_t i = s->count; i > 0; i--) {
        *out = &s->sets[i - 1];
        if (strcmp((*out)->prefix, prefix) == 0)
            return SV_OK;
    }
    if (s->count == SETS_MAX)
        return sv_fail(err, SV_DATA, "%s has more than %d logins", s->in->what, SETS_MAX);
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 4;
        struct setting_set *grown = sv_resize(s->sets, capacity * sizeof *grown);
        if (!grown)
            return sv_fail_nomem(err);
        s->sets = grown;
        s->capacity = capacity;
    }
    *out = &s->sets[s->count++];
    memset(*out, 0, sizeof **out);
    memcpy((*out)->prefix, prefix, strlen(prefix) + 1); /* understand has its limit */
    return SV_OK;
}

static bool is_set(const struct setting_set *set, enum part part)
{
    return set->parts[part].value.begin != NULL;
}

static bool is_flag(enum part part)
{
    return part == PART_IMPLICIT || part == PART_STARTTLS || part == PART_CLEAR;
}

/* Of what has to be right, a second value that is another one is a fault: which of them counts
 * is for each program another question. */
static enum sv_status again(struct setting_set *set, enum part part, const struct setting *one,
                            struct sv_err *err)
{
    struct setting *old = &set->parts[part];
    bool same = old->value.state == one->value.state && old->value.len == one->value.len &&
                memcmp(old->value.text, one->value.text, one->value.len) == 0;
    set->repeated = set->repeated || part == PART_SECRET;
    if (same)
        return SV_OK;
    if (part > PART_URL) {
        bool no = is_flag(part) && one->value.len > 0 && strchr("fFnN0", one->value.text[0]);
        if (!no)
            *old = *one;
        return SV_OK;
    }
    if (set->fault)
        return SV_OK;
    struct sv_err why;
    (void)sv_fail(&why, SV_DATA,
                  "%s in line %u and %s in line %u do not agree, and which one counts is not "
                  "known: take one of them out",
                  old->name, old->line, one->name, one->line);
    set->fault = sv_strdup(why.text);
    return set->fault ? SV_OK : sv_fail_nomem(err);
}

/* It was taken over already, or is kept by another program. */
static bool is_reference(const struct literal *v)
{
    static const char *const begin[] = {"smtpvault://", "op://", "vault:", "ref+"};
    for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++)
        if (v->len >= strlen(begin[i]) && memcmp(v->text, begin[i], strlen(begin[i])) == 0)
            return true;
    return false;
}

enum sv_status settings_take(struct settings *s, const char *name, size_t len, unsigned line,
                             const struct literal *value, struct sv_err *err)
{
    char squeezed[SETTING_NAME_MAX];
    struct setting_set *set = NULL;
    struct setting one = {.value = *value, .line = line};
    enum part part;
    if (!squeeze(squeezed, name, len) || !understand(squeezed, &part))
        return SV_OK;
    enum sv_status st = set_of(s, squeezed, &set, err);
    if (st)
        return st;
    if (is_reference(value))
        one.value.state = SETTING_ELSEWHERE;
    (void)text_printable(one.name, sizeof one.name, name, len);
    if (is_set(set, part))
        return again(set, part, &one, err);
    set->parts[part] = one;
    return SV_OK;
}

/* ---- sets that are one after all ---- */

static bool has_secret(const struct setting_set *set)
{
    return is_set(set, PART_SECRET) || is_set(set, PART_URL);
}

static bool overlap(const struct setting_set *a, const struct setting_set *b)
{
    for (enum part p = 0; p < PARTS; p++)
        if (is_set(a, p) && is_set(b, p))
            return true;
    return a->fault && b->fault;
}

/* MAIL_FROM beside SMTP_PASSWORD: where but one has a secret, what else there is belongs to it
 * as far as it lacks that. Takes `from` away. */
static void join(struct setting_set *into, struct setting_set *from)
{
    for (enum part p = 0; p < PARTS; p++)
        if (is_set(from, p))
            into->parts[p] = from->parts[p];
    if (!into->fault) {
        into->fault = from->fault;
        from->fault = NULL;
    }
    memset(from->parts, 0, sizeof from->parts);
}

static void join_all(struct settings *s)
{
    struct setting_set *only = NULL;
    for (size_t i = 0; i < s->count; i++) {
        if (!has_secret(&s->sets[i]))
            continue;
        if (only)
            return;
        only = &s->sets[i];
    }
    for (size_t i = 0; only && i < s->count; i++)
        if (&s->sets[i] != only && !overlap(only, &s->sets[i]))
            join(only, &s->sets[i]);
}

enum sv_status settings_end(struct settings *s, struct sv_err *err)
{
    enum sv_status st = SV_OK;
    join_all(s);
    for (size_t i = 0; i < s->count && st == SV_OK; i++)
        st = setting_login(s, &s->sets[i], err);
    return st;
}
