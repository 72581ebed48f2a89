/* SPDX-License-Identifier: ISC */
#include "smtp/transcript.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Appends what fits; a server's words beyond that are of no use to anyone. */
static void text_add(char *dst, size_t capacity, const char *bytes, size_t len)
{
    size_t have = strlen(dst);
    if (have + 2 >= capacity || len == 0)
        return;
    if (have > 0)
        dst[have++] = ' ';
    if (len > capacity - 1 - have)
        len = capacity - 1 - have;
    for (size_t i = 0; i < len; i++)
        dst[have + i] = bytes[i] == '\0' ? '?' : bytes[i];
    dst[have + len] = '\0';
}

static void text_set(char *dst, size_t capacity, const char *bytes, size_t len)
{
    dst[0] = '\0';
    text_add(dst, capacity, bytes, len);
}

static size_t without_newline(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len;
}

static bool begins_with(const char *line, size_t len, const char *word)
{
    size_t n = strlen(word);
    return len >= n && strncasecmp(line, word, n) == 0;
}

uint16_t transcript_code(const char *line, size_t len)
{
    if (len < 3 || line[0] < '2' || line[0] > '5')
        return 0;
    if (!isdigit((unsigned char)line[1]) || !isdigit((unsigned char)line[2]))
        return 0;
    if (len > 3 && line[3] != ' ' && line[3] != '-')
        return 0;
    return (uint16_t)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

/* RFC 5321 section 4.1.1.1: the first line is the server's name. */
static void note_line(struct transcript *t, const char *words, size_t len)
{
    size_t have = strlen(t->capabilities);
    if (t->open == 0)
        return;
    if (have > 0 && have + 1 < sizeof(t->capabilities))
        memcpy(t->capabilities + have, ";", 2);
    text_add(t->capabilities, sizeof(t->capabilities), words, len);
}

static void note_capability(struct transcript *t, const char *words, size_t len)
{
    note_line(t, words, len);
    if (len == 8 && begins_with(words, len, "STARTTLS"))
        t->starttls_offered = true;
    if (begins_with(words, len, "XXXX"))
        t->mangled = true;
    /* "AUTH=LOGIN" is how servers spoke before RFC 2554; some still say both. */
    bool old = len > 5 && begins_with(words, len, "AUTH=");
    if (begins_with(words, len, "AUTH ") || (old && t->offered[0] == '\0'))
        text_set(t->offered, sizeof(t->offered), words + 5, len - 5);
}

static void note_reply(struct transcript *t, uint16_t code, const char *words, size_t len)
{
    switch (t->stage) {
    case STAGE_GREETING:
        t->greeted = t->greeted || code == 220;
        break;
    case STAGE_STARTTLS:
        t->starttls_ready = code == 220;
        break;
    case STAGE_AUTH:
        if (code == 235)
            t->authenticated = true;
        if (code == 334)
            text_set(t->challenge, sizeof(t->challenge), words, len);
        break;
    case STAGE_EHLO:
    case STAGE_SENDER:
    case STAGE_SEND:
    case STAGE_AFTER:
        break;
    }
    /* After a 334 the client goes on with the same AUTH. */
    t->answered = !(t->stage == STAGE_AUTH && code == 334);
}

static bool break_off(struct transcript *t, enum transcript_breach breach)
{
    t->breach = breach;
    return false;
}

/* A line that is no reply. Before any that is, it shows another protocol. */
static bool note_garbage(struct transcript *t, const char *line, size_t len)
{
    if (t->stage != STAGE_GREETING || t->greeted || t->open != 0)
        return break_off(t, BREACH_LINE);
    t->garbage = true;
    text_set(t->text, sizeof(t->text), line, len);
    return false;
}

/* After the login only a refusal is worth its words: 235 is what tells of the login. */
static bool matters(const struct transcript *t, uint16_t code)
{
    if (t->stage == STAGE_AFTER)
        return false;
    return !t->authenticated || code >= 400;
}

static void note_words(struct transcript *t, uint16_t code, const char *words, size_t len)
{
    if (t->code != code || t->answered)
        t->text[0] = '\0';
    t->code = code;
    t->answered = false;
    if (t->stage == STAGE_EHLO && code == 250)
        note_capability(t, words, len);
    text_add(t->text, sizeof(t->text), words, len);
}

bool transcript_received(struct transcript *t, const char *line, size_t len)
{
    t->bytes += len;
    if (++t->lines > TRANSCRIPT_LINES_MAX || t->bytes > TRANSCRIPT_BYTES_MAX ||
        len > TRANSCRIPT_LINE_MAX)
        return break_off(t, BREACH_LENGTH);
    len = without_newline(line, len);
    uint16_t code = transcript_code(line, len);
    if (code == 0)
        return note_garbage(t, line, len);
    if (t->open != 0 && t->open != code)
        return break_off(t, BREACH_CODES);

    bool whole = len == 3 || line[3] == ' ';
    const char *words = len > 4 ? line + 4 : "";
    size_t words_len = len > 4 ? len - 4 : 0;
    if (matters(t, code)) {
        note_words(t, code, words, words_len);
        if (whole)
            note_reply(t, code, words, words_len);
    }
    t->open = whole ? 0 : code;
    if (whole)
        t->last = code;
    /* RFC 5321 section 4.3.1: 220 greets, and of what is no refusal nothing else does. */
    return t->stage != STAGE_GREETING || t->greeted || !whole || code >= 400;
}

static void note_auth(struct transcript *t, const char *words, size_t len)
{
    size_t n = 0;
    while (n < len && n < sizeof(t->mechanism) - 1 &&
           (isalnum((unsigned char)words[n]) || words[n] == '-' || words[n] == '_'))
        n++;
    text_set(t->mechanism, sizeof(t->mechanism), words, n);
}

static void note_mail(struct transcript *t, const char *line, size_t len)
{
    t->stage = STAGE_AFTER;
    if (begins_with(line, len, "MAIL "))
        t->stage = STAGE_SENDER;
    else if (begins_with(line, len, "RCPT ") || begins_with(line, len, "DATA"))
        t->stage = STAGE_SEND;
}

void transcript_sent(struct transcript *t, const char *line, size_t len)
{
    /* Base64 may spell a verb: inside an AUTH nothing is one. */
    if (t->stage == STAGE_AUTH && !t->answered)
        return;
    if (begins_with(line, len, "EHLO ") || begins_with(line, len, "HELO ")) {
        t->stage = STAGE_EHLO;
        t->starttls_offered = t->mangled = false;
        t->offered[0] = t->capabilities[0] = '\0';
    } else if (begins_with(line, len, "STARTTLS")) {
        t->stage = STAGE_STARTTLS;
    } else if (begins_with(line, len, "AUTH ")) {
        t->stage = STAGE_AUTH;
        note_auth(t, line + 5, len - 5);
    } else {
        note_mail(t, line, len);
        return;
    }
    t->answered = false;
    t->code = 0;
    t->text[0] = '\0';
}
