/* SPDX-License-Identifier: ISC */
#include "import/literal_env.h"

#include <string.h>

#include "base/text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char *line_end(char *at, char *end)
{
    char *feed = memchr(at, '\n', (size_t)(end - at));
    return feed ? feed : end;
}

/* Without blanks, and the CR of a CR LF. */
static char *trimmed(char *from, char *to)
{
    while (to > from && (is_blank(to[-1]) || to[-1] == '\r'))
        to--;
    return to;
}

static void doubt(struct literal *v, enum setting_state state)
{
    if (v->state == SETTING_TOLD)
        v->state = state;
}

/* What a "$" is the beginning of, in programs that put variables in. */
static void judge_dollars(struct literal *v)
{
    for (size_t i = 0; i + 1 < v->len; i++) {
        char c = v->text[i + 1];
        if (v->text[i] != '$')
            continue;
        if (c == '{' || c == '(')
            doubt(v, SETTING_COMPUTED);
        else if (c == '$' || is_alnum(c))
            doubt(v, SETTING_DOUBTFUL);
    }
}

static bool has_one_of(const struct literal *v, const char *set)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->text[i] && strchr(set, v->text[i]))
            return true;
    return false;
}

/* Whether only a comment follows on the line. */
static bool is_end(const char *at, const char *end)
{
    while (at < end && (is_blank(*at) || *at == '\r'))
        at++;
    return at == end || *at == '\n' || *at == '#';
}

/* Behind the quote that ends the one at `at`, which a backslash before it does not; NULL. */
static char *closing(char *at, char *end, bool escapes)
{
    char quote = *at++;
    for (; at < end; at++) {
        if (escapes && *at == '\\' && at + 1 < end)
            at++;
        else if (*at == quote)
            return at + 1;
    }
    return NULL;
}

/* A value between quotes; false: there is none, or more follows than a comment. */
static bool quoted(struct literal *v, char *end, bool escapes)
{
    char *behind = closing(v->begin, end, escapes);
    if (!behind || !is_end(behind, end))
        return false;
    v->text = v->begin + 1;
    v->len = (size_t)(behind - v->begin - 2);
    v->end = behind;
    v->word = false;
    for (const char *at = v->begin; at < behind; at++)
        v->lines += *at == '\n';
    return true;
}

/* Up to the end of the line, or a comment. */
static void bare(struct literal *v, char *end, bool comment_needs_blank)
{
    char *stop = line_end(v->begin, end), *to = v->begin;
    while (to < stop &&
           (*to != '#' || (comment_needs_blank && (to == v->begin || !is_blank(to[-1])))))
        to++;
    v->text = v->begin;
    v->end = trimmed(v->begin, to);
    v->len = (size_t)(v->end - v->begin);
    v->word = true;
}

/* ---- what programs agree on ---- */

static void all_bare(struct literal *v, char *end)
{
    const char *stop = line_end(v->begin, end);
    bare(v, end, true);
    const char *hash = memchr(v->begin, '#', (size_t)(stop - v->begin));
    bool comment = hash && hash == v->begin && is_blank(hash[-1]);
    v->len = comment ? 0 : v->len; /* "NAME= # none" */
    if ((hash && !comment) || has_one_of(v, "\"'\\`"))
        doubt(v, SETTING_DOUBTFUL);
    judge_dollars(v);
}

static void all(struct literal *v, char *end)
{
    char quote = v->begin < end ? *v->begin : '\0';
    if (quote == '"' && quoted(v, end, true)) {
        judge_dollars(v);
        if (has_one_of(v, "\\`"))
            doubt(v, SETTING_DOUBTFUL);
    } else if (quote == '\'' && quoted(v, end, false)) {
        if (memmem(v->text, v->len, "${", 2) || memmem(v->text, v->len, "\\\\", 2) ||
            (v->len > 0 && v->text[v->len - 1] == '\\'))
            doubt(v, SETTING_DOUBTFUL);
    } else if (quote == '"' || quote == '\'' || quote == '`') {
        /* To some it is a value with quotes in it. */
        bare(v, end, true);
        bool closed = memchr(v->begin + 1, quote, v->len > 0 ? v->len - 1 : 0) != NULL;
        doubt(v, closed || quote == '`' ? SETTING_DOUBTFUL : SETTING_OPEN);
    } else {
        all_bare(v, end);
    }
}

/* ---- one program each ---- */

static void docker(struct literal *v, char *at, char *end)
{
    char *stop = line_end(at, end);
    v->begin = v->text = at;
    v->end = stop > at && stop[-1] == '\r' ? stop - 1 : stop;
    v->len = (size_t)(v->end - at);
    v->word = true;
}

/* `from` and `to`: pairs of what stands behind a backslash and what it means; what is not among
 * them keeps its backslash. */
static void unescape(struct literal *v, const char *from, const char *to)
{
    char *out = v->text;
    for (size_t i = 0; i < v->len; i++) {
        const char *which = v->text[i] == '\\' && i + 1 < v->len && v->text[i + 1]
                                ? strchr(from, v->text[i + 1])
                                : NULL;
        i += which != NULL;
        *out++ = which ? to[which - from] : v->text[i];
    }
    v->len = (size_t)(out - v->text);
}

static void npm(struct literal *v, char *end)
{
    char quote = v->begin < end ? *v->begin : '\0';
    if (quote && strchr("'\"`", quote) && quoted(v, end, false)) {
        if (quote == '"')
            unescape(v, "nr", "\n\r");
        return;
    }
    bare(v, end, false);
    if (v->len > 0 && strchr("'\"`", v->text[0])) /* only its regular expression knows */
        doubt(v, SETTING_DOUBTFUL);
}

static void python(struct literal *v, char *end)
{
    char quote = v->begin < end ? *v->begin : '\0';
    bool is_quoted = (quote == '\'' || quote == '"') && quoted(v, end, true);
    if (!is_quoted)
        bare(v, end, true);
    else if (v->len > 0 && v->text[v->len - 1] == '\\') /* it may look for another quote */
        doubt(v, SETTING_DOUBTFUL);
    else if (quote == '\'')
        unescape(v, "\\'", "\\'");
    else
        unescape(v, "\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v");
    if (v->word && (quote == '\'' || quote == '"'))
        doubt(v, SETTING_OPEN);
    if (memmem(v->text, v->len, "${", 2))
        doubt(v, SETTING_COMPUTED);
}

/* What env() makes of it: other things of some words, and a pair of quotes less. */
static void laravel_env(struct literal *v)
{
    static const char nothing[] = "null (null) empty (empty)",
                      other[] = "true (true) false (false)";
    if (v->len > 0 && text_has_word(other, v->text, v->len))
        doubt(v, SETTING_DOUBTFUL);
    if (v->len > 0 && text_has_word(nothing, v->text, v->len))
        v->len = 0;
    else if (v->len >= 2 && strchr("'\"", v->text[0]) && v->text[0] == v->text[v->len - 1] &&
             !memchr(v->text, '\n', v->len)) {
        v->text++;
        v->len -= 2;
    }
}

/* Between double quotes: another escape is an error to it. */
static void judge_phpdotenv(struct literal *v)
{
    for (size_t i = 0; i + 1 < v->len; i++) {
        bool escape = v->text[i] == '\\';
        if (escape && !(v->text[i + 1] && strchr("\\\"$nrtfv", v->text[i + 1])))
            doubt(v, SETTING_DOUBTFUL);
        else if (v->text[i] == '$' && v->text[i + 1] == '{')
            doubt(v, SETTING_COMPUTED);
        i += escape;
    }
}

static void laravel(struct literal *v, char *end)
{
    char quote = v->begin < end ? *v->begin : '\0';
    if (quote == '"' && quoted(v, end, true)) {
        judge_phpdotenv(v);
        unescape(v, "\\\"$nrtfv", "\\\"$\n\r\t\f\v");
    } else if (quote == '\'' && quoted(v, end, false)) {
        /* as it is */
    } else if (quote == '"' || quote == '\'') {
        bare(v, end, false);
        doubt(v, SETTING_OPEN);
    } else {
        bare(v, end, false);
        if (memmem(v->text, v->len, "${", 2))
            doubt(v, SETTING_COMPUTED);
        if (has_one_of(v, "\"' \t")) /* an error to it */
            doubt(v, SETTING_DOUBTFUL);
    }
    laravel_env(v);
}

/* ---- state machines: what is in quotes, and behind backslashes, is one word ---- */

struct machine {
    char *at, *end, *out;
    char *solid; /* behind the last byte of `out` that is no blank to be taken away */
    unsigned lines;
};

static void put(struct machine *m, char c, bool is_solid)
{
    *m->out++ = c;
    if (is_solid)
        m->solid = m->out;
}

/* Between double quotes a backslash is itself unless it stands before one of `specials`.
 * False: they have no end. */
static bool in_quotes(struct machine *m, const char *specials)
{
    char quote = *m->at++;
    for (; m->at < m->end && *m->at != quote; m->at++) {
        m->lines += *m->at == '\n';
        if (quote == '\'' || *m->at != '\\' || m->at + 1 == m->end) {
            put(m, *m->at, true);
            continue;
        }
        char c = *++m->at;
        m->lines += c == '\n';
        if (c == '\n')
            continue;
        if (!c || !strchr(specials, c))
            put(m, '\\', true);
        put(m, c, true);
    }
    if (m->at == m->end)
        return false;
    m->at++;
    return true;
}

/* systemd: quotes count at the beginning, and behind other quotes. */
static void systemd(struct literal *v, char *end)
{
    struct machine m = {v->begin, end, v->begin, v->begin, 0};
    bool fresh = true, open = false;
    while (m.at < end && *m.at != '\n' && !open) {
        if (fresh && (*m.at == '\'' || *m.at == '"')) {
            open = !in_quotes(&m, "\"\\`$");
        } else if (fresh && (is_blank(*m.at) || *m.at == '\r')) {
            m.at++;
        } else if (*m.at == '\\' && m.at + 1 < end) {
            fresh = false;
            m.at++;
            m.lines += *m.at == '\n';
            if (*m.at != '\n')
                put(&m, *m.at, true);
            m.at++;
        } else {
            fresh = false;
            put(&m, *m.at, !is_blank(*m.at) && *m.at != '\r');
            m.at++;
        }
    }
    v->text = v->begin;
    v->len = (size_t)(m.solid - v->begin);
    v->end = trimmed(v->begin, m.at);
    v->lines = m.lines;
    if (open)
        doubt(v, SETTING_OPEN);
}

/* A "$(" or a backtick: what a shell would run; ours is where the secret is kept. */
static void shell_runs(struct literal *v, const char *at, const char *end)
{
    if (v->state != SETTING_TOLD)
        return;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t len = (size_t)((stop ? stop : end) - at);
    doubt(v, memmem(at, len, "smtpvault", 9) ? SETTING_ELSEWHERE : SETTING_COMPUTED);
}

static void shell(struct literal *v, char *end)
{
    struct machine m = {v->begin, end, v->begin, v->begin, 0};
    bool open = false;
    while (m.at < end && !strchr(" \t\r\n;&|()<>", *m.at) && !open) {
        if (*m.at == '\'') {
            open = !in_quotes(&m, "");
        } else if (*m.at == '"') {
            for (const char *c = m.at + 1; c < end && *c != '"'; c++) {
                if (*c == '\\')
                    c++;
                else if (*c == '`' || (*c == '$' && c + 1 < end && strchr("({", c[1])) ||
                         (*c == '$' && c + 1 < end && is_alnum(c[1])))
                    shell_runs(v, c, end);
            }
            open = !in_quotes(&m, "\"\\`$");
        } else if (*m.at == '\\' && m.at + 1 < end) {
            m.lines += *++m.at == '\n';
            if (*m.at != '\n')
                put(&m, *m.at, true);
            m.at++;
        } else {
            if (*m.at == '`' || (*m.at == '$' && m.at + 1 < end))
                shell_runs(v, m.at, end);
            put(&m, *m.at++, true);
        }
    }
    v->text = v->begin;
    v->len = (size_t)(m.out - v->begin);
    v->end = m.at;
    v->lines = m.lines;
    if (open)
        doubt(v, SETTING_OPEN);
}

void literal_env(struct literal *v, char *at, char *end, enum env_dialect dialect)
{
    *v = (struct literal){.text = at, .begin = at, .end = at, .state = SETTING_TOLD};
    char *first = at;
    while (dialect != ENV_SHELL && at < end && is_blank(*at))
        at++;
    v->begin = at;
    switch (dialect) {
    case ENV_DOCKER:
        docker(v, first, end);
        break;
    case ENV_NPM:
        npm(v, end);
        break;
    case ENV_PYTHON:
        python(v, end);
        break;
    case ENV_SYSTEMD:
        systemd(v, end);
        break;
    case ENV_LARAVEL:
        laravel(v, end);
        break;
    case ENV_SHELL:
        shell(v, end);
        break;
    case ENV_ALL:
    case ENV_DIALECTS:
        all(v, end);
        break;
    }
}
