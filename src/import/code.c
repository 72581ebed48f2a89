/* SPDX-License-Identifier: ISC */
#include "import/code.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* ---- words of a language ---- */

enum kind { T_END, T_LINE, T_NAME, T_STRING, T_NUMBER, T_SIGN };

struct token {
    enum kind kind;
    char *at;
    size_t len;
    unsigned line;
    struct literal value; /* of a string */
};

#define DEPTH_MAX 64
#define PATH_MAX_LEN SETTING_NAME_MAX

struct code {
    struct settings *out;
    const struct code_rules *rules;
    enum code_language language;
    char *at, *end;
    unsigned line;
    struct code_string string;
    char *body; /* where the heredocs of this line end */
    bool html;  /* outside of <?php */
    struct token t;
    /* The path of names around, and where each bracket's part of it ends. */
    char path[PATH_MAX_LEN];
    size_t path_len, depth, ends[DEPTH_MAX];
    char chain[PATH_MAX_LEN]; /* the names before: a, a.b, a['b'] */
    bool chain_is_string;
    bool is_statement;   /* NAME = value, outside of brackets */
    bool chain_is_first; /* on its line, outside of brackets */
    char *before;        /* the end of the word before this one */
};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins(const struct code *c, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(c->end - c->at) >= n && memcmp(c->at, text, n) == 0;
}

static void go(struct code *c, char *to)
{
    for (; c->at < to; c->at++)
        c->line += *c->at == '\n';
}

static void go_behind(struct code *c, const char *text)
{
    char *found = memmem(c->at, (size_t)(c->end - c->at), text, strlen(text));
    go(c, found ? found + strlen(text) : c->end);
}

static void go_line_end(struct code *c)
{
    char *feed = memchr(c->at, '\n', (size_t)(c->end - c->at)), *stop = feed ? feed : c->end;
    char *php = c->language == CODE_PHP ? memmem(c->at, (size_t)(stop - c->at), "?>", 2) : NULL;
    c->at = php ? php : stop;
}

/* Ruby's =begin ... =end, at the beginning of lines, and its __END__. */
static bool skip_ruby_block(struct code *c)
{
    if (c->language != CODE_RUBY)
        return false;
    if (begins(c, "=begin"))
        go_behind(c, "\n=end");
    else if (begins(c, "__END__"))
        c->at = c->end;
    else
        return false;
    return true;
}

/* Blanks and comments; the end of a line stays. */
static void skip_blanks(struct code *c)
{
    while (c->at < c->end) {
        if (c->html) {
            go_behind(c, "<?");
            c->html = false;
        } else if (c->language == CODE_PHP && begins(c, "?>")) {
            c->html = true;
        } else if (c->language == CODE_PHP && begins(c, "/*")) {
            c->at += 2;
            go_behind(c, "*/");
        } else if (*c->at == '#' || (c->language == CODE_PHP && begins(c, "//"))) {
            go_line_end(c);
        } else if (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' ||
                   (*c->at == '\n' && c->language == CODE_PHP)) {
            go(c, c->at + 1);
        } else {
            return;
        }
    }
}

static void next_line(struct code *c)
{
    go(c, c->body && c->body > c->at ? c->body : c->at + 1);
    c->body = NULL;
    (void)skip_ruby_block(c);
}

static void next_string(struct code *c)
{
    literal_code(&c->string, c->at, c->end, c->language);
    c->t.kind = T_STRING;
    c->t.value = c->string.value;
    c->at = c->string.value.end;
    c->line += c->string.value.lines;
    if (c->string.body && (!c->body || c->string.body > c->body))
        c->body = c->string.body;
}

static size_t sign_length(const struct code *c)
{
    static const char *const pairs[] = {"=>", "->", "::", "==", "!=", "<=", ">=", "+=",
                                        "-=", "*=", "/=", ".=", "||", "&&", "=~", "??"};
    if (*c->at == '\\' && c->end - c->at > 1) /* it saves what is behind it */
        return 2;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (begins(c, pairs[i]))
            return 2;
    return 1;
}

/* The next one into c->t. A string's bytes are decoded by it. */
static void next(struct code *c)
{
    c->before = c->at;
    skip_blanks(c);
    c->t = (struct token){.kind = T_END, .at = c->at, .line = c->line};
    if (c->at == c->end)
        return;
    char *from = c->at;
    if (*from == '\n') {
        c->t.kind = T_LINE;
        next_line(c);
    } else if (literal_code_begins(from, c->end, c->language)) {
        next_string(c);
    } else if (is_name(*from) || (*from == '$' && c->end - from > 1 && is_name(from[1]))) {
        c->t.kind = is_digit(*from) ? T_NUMBER : T_NAME;
        c->t.at += *from == '$';
        for (c->at++; c->at < c->end && is_name(*c->at);)
            c->at++;
    } else {
        c->t.kind = T_SIGN;
        go(c, from + sign_length(c));
    }
    c->t.len = (size_t)(c->at - c->t.at);
}

static bool is_sign(const struct code *c, const char *sign)
{
    return c->t.kind == T_SIGN && c->t.len == strlen(sign) && memcmp(c->t.at, sign, c->t.len) == 0;
}

static bool is_word(const struct code *c, const char *list)
{
    return c->t.kind == T_NAME && text_has_word(list, c->t.at, c->t.len);
}

/* ---- paths ---- */

/* dst gets longer by "." and the name; one that does not fit is no name that is known. */
static void append(char dst[PATH_MAX_LEN], const char *name, size_t len)
{
    size_t n = strlen(dst);
    if (n + len + 2 > PATH_MAX_LEN || memchr(name, '\0', len)) {
        dst[0] = '\0';
        return;
    }
    if (n > 0)
        dst[n++] = '.';
    memcpy(dst + n, name, len);
    dst[n + len] = '\0';
}

static void set_chain(struct code *c, const char *name, size_t len, bool is_string)
{
    c->chain[0] = '\0';
    append(c->chain, name, len);
    c->chain_is_string = is_string;
}

/* Beyond so many brackets nothing is known of what is in them. */
static void open_bracket(struct code *c, const char *key)
{
    if (c->depth < DEPTH_MAX) {
        c->ends[c->depth] = c->path_len;
        append(c->path, key, strlen(key));
        c->path_len = strlen(c->path);
    }
    c->depth++;
    c->chain[0] = '\0';
}

static void close_bracket(struct code *c)
{
    if (c->depth > 0 && --c->depth < DEPTH_MAX) {
        c->path_len = c->ends[c->depth] < c->path_len ? c->ends[c->depth] : c->path_len;
        c->path[c->path_len] = '\0';
    }
    c->chain[0] = '\0';
}

/* ---- values ---- */

static enum sv_status take(struct code *c, const char *key, unsigned line, struct literal value,
                           struct sv_err *err)
{
    char path[PATH_MAX_LEN];
    if (c->depth > DEPTH_MAX || key[0] == '\0')
        return SV_OK;
    (void)snprintf(path, sizeof path, "%s", c->path);
    append(path, key, strlen(key));
    if (c->rules->mend && value.state == SETTING_TOLD)
        c->rules->mend(path, &value);
    return settings_take(c->out, path, strlen(path), line, &value, err);
}

/* Whether what was read last ends a value. Outside of brackets a comma behind "NAME = x" makes a
 * list of it, but in PHP. */
static bool is_end(const struct code *c)
{
    if (is_sign(c, ",") && c->is_statement && c->language != CODE_PHP)
        return false;
    return c->t.kind == T_END || c->t.kind == T_LINE || is_sign(c, ";") || is_sign(c, ",") ||
           is_sign(c, ")") || is_sign(c, "]") || is_sign(c, "}");
}

/* Within brackets a line's end is nothing. */
static void next_in_value(struct code *c)
{
    do
        next(c);
    while (c->t.kind == T_LINE && c->depth > 0);
}

/* What asks for a value that is kept elsewhere. */
static bool asks(const struct code *c)
{
    return is_word(c, "getenv env environ os ENV _ENV _SERVER config decouple secrets "
                      "credentials Rails");
}

static bool opens(struct code *c, const char *key)
{
    bool array = is_word(c, "array dict");
    if (array)
        next(c);
    if (array ? !is_sign(c, "(") : !is_sign(c, "[") && !is_sign(c, "{"))
        return false;
    open_bracket(c, key);
    next(c);
    return true;
}

/* Behind "=", "=>" and the like; c->t is the first of the value, and afterwards what follows. */
static enum sv_status read_value(struct code *c, const char *name, struct sv_err *err)
{
    char key[PATH_MAX_LEN];
    struct literal value = {.text = c->t.at, .begin = c->t.at, .end = c->t.at, .word = true};
    unsigned line = c->t.line;
    (void)snprintf(key, sizeof key, "%s", name);
    if (opens(c, key))
        return SV_OK;
    if (is_sign(c, ":") && c->language == CODE_RUBY) /* a symbol */
        next(c);
    if (c->t.kind == T_STRING) {
        value = c->t.value;
    } else if (c->t.kind == T_NAME || c->t.kind == T_NUMBER) {
        value.text = c->t.at;
        value.len = c->t.len;
        value.state = asks(c) ? SETTING_ELSEWHERE : SETTING_TOLD;
        if (is_word(c, "null nil none"))
            value.len = 0;
        else if (c->t.kind == T_NAME && value.state == SETTING_TOLD && value.begin == c->t.at &&
                 !is_word(c, "true false"))
            value.state = SETTING_COMPUTED;
        value.end = c->t.at + c->t.len;
    } else {
        value.state = SETTING_COMPUTED;
        return take(c, key, line, value, err);
    }
    next_in_value(c);
    if (!is_end(c) && value.state == SETTING_TOLD)
        value.state = SETTING_COMPUTED;
    return take(c, key, line, value, err);
}

/* ---- statements ---- */

/* ['b'] behind a name is a part of it. */
static bool read_index(struct code *c)
{
    char chain[PATH_MAX_LEN];
    (void)snprintf(chain, sizeof chain, "%s", c->chain);
    next(c);
    if (c->t.kind == T_STRING && c->t.value.state == SETTING_TOLD) {
        struct literal key = c->t.value;
        next(c);
        if (is_sign(c, "]")) {
            append(chain, key.text, key.len);
            (void)snprintf(c->chain, sizeof c->chain, "%s", chain);
            c->chain_is_string = false;
            next(c);
            return true;
        }
        open_bracket(c, "");
        set_chain(c, key.text, key.len, true);
        return false;
    }
    open_bracket(c, "");
    return false;
}

/* define('NAME', value): c->t is the bracket. */
static enum sv_status read_define(struct code *c, struct sv_err *err)
{
    open_bracket(c, "");
    next(c);
    if (c->t.kind != T_STRING)
        return SV_OK;
    struct literal key = c->t.value;
    next(c);
    if (!is_sign(c, ","))
        return SV_OK;
    set_chain(c, key.text, key.len, false);
    next(c);
    return read_value(c, c->chain, err);
}

static bool ends_with_define(const struct code *c)
{
    size_t n = strlen(c->chain);
    return c->language == CODE_PHP && n >= 6 && strcmp(c->chain + n - 6, "define") == 0;
}

/* "b: x" in brackets of Ruby, "'b': x" in those of Python. */
static bool is_pair(const struct code *c)
{
    return is_sign(c, ":") && ((c->language == CODE_RUBY && c->before == c->t.at) ||
                               (c->language == CODE_PYTHON && c->chain_is_string && c->depth > 0));
}

/* NAME: type = x */
static void skip_annotation(struct code *c)
{
    bool is_one =
        c->language == CODE_PYTHON && is_sign(c, ":") && c->chain_is_first && !c->chain_is_string;
    while (is_one && c->t.kind != T_LINE && c->t.kind != T_END && !is_sign(c, "="))
        next(c);
}

/* Whether what was read gives the names before it a value. */
static bool is_assignment(struct code *c)
{
    if (c->chain[0] == '\0')
        return false;
    skip_annotation(c);
    return is_sign(c, "=") || is_sign(c, "=>") || is_pair(c);
}

static enum sv_status read_sign(struct code *c, struct sv_err *err)
{
    if (is_assignment(c)) {
        c->is_statement = is_sign(c, "=") && c->depth == 0;
        next_in_value(c);
        enum sv_status s = read_value(c, c->chain, err);
        c->chain[0] = '\0';
        return s;
    }
    if (is_sign(c, "(") && ends_with_define(c))
        return read_define(c, err);
    if (is_sign(c, "[") && c->chain[0]) {
        (void)read_index(c);
        return SV_OK;
    }
    if (is_sign(c, ".") || is_sign(c, "->") || is_sign(c, "::")) {
        next(c);
        if (c->t.kind == T_NAME && c->chain[0] && !c->chain_is_string) {
            append(c->chain, c->t.at, c->t.len);
            next(c);
        }
        return SV_OK;
    }
    if (is_sign(c, "(") || is_sign(c, "[") || is_sign(c, "{"))
        open_bracket(c, "");
    else if (is_sign(c, ")") || is_sign(c, "]") || is_sign(c, "}"))
        close_bracket(c);
    c->chain[0] = '\0';
    next(c);
    return SV_OK;
}

enum sv_status code_read(struct settings *out, char *at, char *end, const struct code_rules *rules,
                         struct sv_err *err)
{
    struct code c = {
        .out = out, .rules = rules, .language = rules->language, .at = at, .end = end, .line = 1};
    enum sv_status s = SV_OK;
    c.html = rules->language == CODE_PHP && memmem(at, (size_t)(end - at), "<?php", 5);
    (void)skip_ruby_block(&c);
    next(&c);
    bool first = true;
    while (c.t.kind != T_END && s == SV_OK) {
        bool begins_line = first && c.depth == 0;
        first = c.t.kind == T_LINE;
        if (c.t.kind == T_NAME || c.t.kind == T_STRING) {
            c.chain_is_first = begins_line;
            bool string = c.t.kind == T_STRING;
            set_chain(&c, string ? c.t.value.text : c.t.at, string ? c.t.value.len : c.t.len,
                      string);
            next(&c);
        } else if (c.t.kind == T_SIGN) {
            s = read_sign(&c, err);
        } else {
            c.chain[0] = '\0';
            next(&c);
        }
    }
    return s;
}
