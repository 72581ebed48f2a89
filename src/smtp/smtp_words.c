/* SPDX-License-Identifier: ISC */
/*
 * The words of verdicts and phases, and how a sentence about a profile gets the
 * profile's name.
 */
#include "smtp/target.h"

#include <string.h>

static const char *const verdict_words[] = {
#define X(name, word) [SMTP_##name] = (word),
    SMTP_VERDICT_LIST(X)
#undef X
};

static const char *const actor_words[] = {
#define X(name, word, title) [SMTP_BY_##name] = (word),
    SMTP_ACTOR_LIST(X)
#undef X
};

static const char *const actor_titles[] = {
#define X(name, word, title) [SMTP_BY_##name] = (title),
    SMTP_ACTOR_LIST(X)
#undef X
};

static const char *const phase_words[] = {
    [PHASE_RESOLVE] = "resolve",   [PHASE_CONNECT] = "connect",   [PHASE_TLS] = "tls",
    [PHASE_GREETING] = "greeting", [PHASE_STARTTLS] = "starttls", [PHASE_AUTH] = "auth",
    [PHASE_SENDER] = "sender",     [PHASE_SEND] = "send",         [PHASE_DONE] = "done",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *smtp_verdict_word(enum smtp_verdict verdict)
{
    return (size_t)verdict < COUNT(verdict_words) ? verdict_words[verdict] : "protocol-error";
}

const char *smtp_actor_word(enum smtp_actor actor)
{
    return (size_t)actor < COUNT(actor_words) ? actor_words[actor] : "you";
}

const char *smtp_actor_title(enum smtp_actor actor)
{
    return (size_t)actor < COUNT(actor_titles) ? actor_titles[actor] : "you";
}

const char *smtp_phase_word(enum smtp_phase phase)
{
    return (size_t)phase < COUNT(phase_words) ? phase_words[phase] : "resolve";
}

/* A text that grows up to its capacity and stays terminated. */
struct line {
    char *dst;
    size_t capacity, len;
};

static void line_put(struct line *l, const char *bytes, size_t n)
{
    size_t room = l->capacity - 1 - l->len;
    if (n > room)
        n = room;
    memcpy(l->dst + l->len, bytes, n);
    l->len += n;
    l->dst[l->len] = '\0';
}

static void line_put_word(struct line *l, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_@%+=:,./-";
    if (*word != '\0' && *word != '-' && word[strspn(word, plain)] == '\0') {
        line_put(l, word, strlen(word));
        return;
    }
    line_put(l, "'", 1);
    for (const char *quote; (quote = strchr(word, '\'')) != NULL; word = quote + 1) {
        line_put(l, word, (size_t)(quote - word));
        line_put(l, "'\\''", 4);
    }
    line_put(l, word, strlen(word));
    line_put(l, "'", 1);
}

char *smtp_say(char *dst, size_t capacity, const char *text, const char *name)
{
    static const char mark[] = "{name}";
    struct line l = {.dst = dst, .capacity = capacity};
    if (capacity == 0)
        return dst;
    dst[0] = '\0';
    for (const char *at; (at = strstr(text, mark)) != NULL; text = at + strlen(mark)) {
        line_put(&l, text, (size_t)(at - text));
        line_put_word(&l, name);
    }
    line_put(&l, text, strlen(text));
    return dst;
}
