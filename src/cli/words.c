/* SPDX-License-Identifier: ISC */
#include "cli/words.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"

/* What sh would take for itself. */
static const char signs[] = "|&;<>()";
/* What a backslash may take away the meaning of, inside double quotes. */
static const char escapable[] = "\"\\$`";

void words_clear(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        sv_free(w->items[i]);
    sv_free(w->items);
    *w = (struct words){.items = NULL};
}

enum sv_status words_add(struct words *w, const char *text, struct sv_err *err)
{
    if (w->count + 1 >= w->capacity) {
        size_t capacity = w->capacity != 0 ? w->capacity * 2 : 16;
        char **items = sv_resize(w->items, capacity * sizeof *items);
        if (items == NULL)
            return sv_fail_nomem(err);
        w->items = items;
        w->capacity = capacity;
    }
    char *copy = sv_strdup(text);
    if (copy == NULL)
        return sv_fail_nomem(err);
    w->items[w->count++] = copy;
    w->items[w->count] = NULL;
    return SV_OK;
}

/* ---- scanning ---- */

enum found {
    FOUND_WORD,
    FOUND_END,
    FOUND_COMMENT,
    FOUND_SIGN,
    FOUND_OPEN, /* the line ended within quotes or behind a backslash */
    FOUND_NO_MEMORY
};

struct scanner {
    const char *at;
    const char *begun; /* of the word */
    struct blob word;
    char quote;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* One step inside quotes; *fits turns false without memory. */
static void scan_quoted(struct scanner *s, bool *fits)
{
    if (*s->at == s->quote)
        s->quote = '\0';
    else {
        if (s->quote == '"' && *s->at == '\\' && is_one_of(s->at[1], escapable))
            s->at++;
        *fits = blob_append(&s->word, s->at, 1);
    }
    s->at++;
}

static enum found scan_bare(struct scanner *s, bool *fits)
{
    if (is_one_of(*s->at, signs))
        return FOUND_SIGN;
    if (*s->at == '\'' || *s->at == '"') {
        s->quote = *s->at++;
        return FOUND_WORD;
    }
    if (*s->at == '\\' && *++s->at == '\0') {
        s->quote = '\\';
        return FOUND_OPEN;
    }
    *fits = blob_append(&s->word, s->at++, 1);
    return FOUND_WORD;
}

/* ~ and ~/... are the home; ~ann/ is not looked up, and stays as it is. */
static bool scan_home(struct scanner *s)
{
    const char *home = env_get("HOME");
    if (s->at[0] != '~' || home == NULL ||
        (s->at[1] != '/' && s->at[1] != '\0' && !is_blank(s->at[1])))
        return true;
    s->at++;
    return blob_append(&s->word, home, strlen(home));
}

static enum found scan_word(struct scanner *s)
{
    while (is_blank(*s->at))
        s->at++;
    s->begun = s->at;
    s->word.len = 0;
    if (*s->at == '\0')
        return FOUND_END;
    if (*s->at == '#')
        return FOUND_COMMENT;
    enum found found = FOUND_WORD;
    bool fits = scan_home(s);
    while (fits && found == FOUND_WORD && *s->at != '\0' &&
           (s->quote != '\0' || !is_blank(*s->at))) {
        if (s->quote != '\0')
            scan_quoted(s, &fits);
        else
            found = scan_bare(s, &fits);
    }
    if (found == FOUND_WORD && s->quote != '\0')
        found = FOUND_OPEN;
    return fits && blob_append(&s->word, "", 1) ? found : FOUND_NO_MEMORY;
}

static const char *word_of(const struct scanner *s)
{
    return (const char *)s->word.bytes;
}

/* ---- whole lines and unfinished ones ---- */

static enum sv_status fail_split(const struct scanner *s, enum found found, struct sv_err *err)
{
    if (found == FOUND_NO_MEMORY)
        return sv_fail_nomem(err);
    if (found == FOUND_SIGN)
        return sv_fail(err, SV_USAGE,
                       "\"%c\" means nothing here: there are no pipes, redirections or lists in "
                       "this shell; put it in quotes when it belongs to a word",
                       *s->at);
    if (s->quote == '\\')
        return sv_fail(err, SV_USAGE, "the line ends with a backslash that has nothing behind it");
    return sv_fail(err, SV_USAGE, "a quote (%c) is not closed", s->quote);
}

static enum sv_status split(struct words *out, struct scanner *s, struct sv_err *err)
{
    for (;;) {
        enum found found = scan_word(s);
        if (found == FOUND_END || found == FOUND_COMMENT)
            return SV_OK;
        enum sv_status status =
            found == FOUND_WORD ? words_add(out, word_of(s), err) : fail_split(s, found, err);
        if (status != SV_OK)
            return status;
    }
}

enum sv_status words_split(struct words *out, const char *line, struct sv_err *err)
{
    WORDS_OWNED struct words w = {.items = NULL};
    struct scanner s = {.at = line};
    enum sv_status status = split(&w, &s, err);
    blob_clear(&s.word);
    if (status != SV_OK)
        return status;
    *out = w;
    w = (struct words){.items = NULL};
    return SV_OK;
}

static enum sv_status split_open(struct words *before, struct words_tail *tail, struct scanner *s,
                                 const char *line, struct sv_err *err)
{
    enum found found;
    while ((found = scan_word(s)) == FOUND_WORD && *s->at != '\0') {
        enum sv_status status = words_add(before, word_of(s), err);
        if (status != SV_OK)
            return status;
    }
    if (found == FOUND_NO_MEMORY)
        return sv_fail_nomem(err);
    tail->text = sv_strdup(found == FOUND_WORD || found == FOUND_OPEN ? word_of(s) : "");
    tail->start = (size_t)(s->begun - line);
    tail->quote = s->quote;
    tail->none = found == FOUND_COMMENT || found == FOUND_SIGN || s->quote == '\\';
    return tail->text != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status words_split_open(struct words *before, struct words_tail *tail, const char *line,
                                struct sv_err *err)
{
    WORDS_OWNED struct words w = {.items = NULL};
    struct scanner s = {.at = line};
    enum sv_status status = split_open(&w, tail, &s, line, err);
    blob_clear(&s.word);
    if (status != SV_OK)
        return status;
    *before = w;
    w = (struct words){.items = NULL};
    return SV_OK;
}

bool words_is_quoted(const char *line, size_t index)
{
    char quote = '\0';
    bool escaped = false;
    for (size_t i = 0; i < index && line[i] != '\0'; i++) {
        char c = line[i];
        if (escaped)
            escaped = false;
        else if (c == '\\' && quote != '\'')
            escaped = quote == '\0' || is_one_of(line[i + 1], escapable);
        else if (quote == '\0' && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = '\0';
    }
    return quote != '\0' || escaped;
}

static bool needs_backslash(const char *word, const char *at, char quote)
{
    if (quote == '"')
        return *at == '"' || *at == '\\';
    return is_blank(*at) || is_one_of(*at, "\\'\"") || is_one_of(*at, signs) ||
           (at == word && is_one_of(*at, "#~"));
}

char *words_quote(const char *word, char quote)
{
    /* At worst each byte is a single quote within single quotes: '\'' */
    char *out = sv_alloc(4 * strlen(word) + 3);
    if (out == NULL)
        return NULL;
    char *to = word[0] == '\0' && quote == '\0' ? stpcpy(out, "''") : out;
    for (const char *at = word; *at != '\0'; at++) {
        if (quote == '\'' && *at == '\'') {
            to = stpcpy(to, "'\\''");
            continue;
        }
        if (quote != '\'' && needs_backslash(word, at, quote))
            *to++ = '\\';
        *to++ = *at;
    }
    return out;
}
