/* SPDX-License-Identifier: ISC */
/*
 * pinentry: GnuPG's dialog, spoken to in the Assuan protocol: lines of at most
 * 1000 bytes; "OK ...", "ERR code text", "D data" with %XX escapes, "S ..." and
 * "#" to be skipped. The program is PINENTRY_PROGRAM, or pinentry of the PATH.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/child.h"
#include "cli/prompt.h"
#include "cli/source.h"

/* What libgpg-error puts into the low 16 bits of a code. */
#define CODE_MASK 0xffffu
#define CODE_TIMEOUT 62u
#define CODE_CANCELED 99u
#define CODE_NOT_CONFIRMED 114u
/* Pinentry gives up by itself before we do. */
#define GRACE_MS 2000

#define LINE_MAX_BYTES 1002

struct pinentry {
    struct child child;
    struct secret *line; /* a data line holds the secret */
    int64_t until;       /* of env_monotonic_ms: who has not answered is not there */
    bool repeated;       /* it says that both were the same */
    unsigned code;       /* of the last ERR, 0: none */
};

/* Every end but the usual one leaves a program that may not hear that we are gone. */
static void pinentry_clear(struct pinentry *p)
{
    child_stop(&p->child);
    secret_free(p->line);
}
#define PINENTRY_OWNED __attribute__((cleanup(pinentry_clear)))

static enum sv_status wait_for(const struct pinentry *p, struct sv_err *err)
{
    int got = file_wait(p->child.from, POLLIN, p->until);
    if (got == 0)
        return sv_fail(err, SV_LOCKED, "pinentry gave no answer in time");
    return got > 0 ? SV_OK : sv_fail_errno(err, SV_IO, errno, "cannot wait for pinentry");
}

/* One line without its end. */
static enum sv_status read_line(struct pinentry *p, struct sv_err *err)
{
    secret_set_len(p->line, 0);
    for (;;) {
        size_t len = secret_len(p->line);
        if (len == secret_capacity(p->line))
            return sv_fail(err, SV_DATA, "pinentry sent a line that is too long");
        enum sv_status s = wait_for(p, err);
        if (s != SV_OK)
            return s;
        uint8_t *at = secret_poke(p->line) + len;
        ssize_t got = read(p->child.from, at, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return sv_fail(err, SV_LOCKED, "pinentry went away without an answer");
        if (*at == '\n') {
            *at = 0;
            return SV_OK;
        }
        secret_set_len(p->line, len + 1);
    }
}

static enum sv_status append_data(struct secret *out, const struct secret *line, struct sv_err *err)
{
    const uint8_t *at = secret_peek(line), *end = at + secret_len(line);
    for (at += 2; at < end; at++) {
        uint8_t *dst = secret_poke(out) + secret_len(out);
        if (secret_len(out) == secret_capacity(out))
            return sv_fail(err, SV_DATA, "what was typed is too long");
        *dst = *at;
        int high = *at == '%' && end - at > 2 ? text_hex_value((char)at[1]) : -1;
        int low = high >= 0 ? text_hex_value((char)at[2]) : -1;
        if (low >= 0) {
            *dst = (uint8_t)(high * 16 + low);
            at += 2;
        }
        secret_set_len(out, secret_len(out) + 1);
    }
    return SV_OK;
}

static bool begins(const struct secret *line, const char *head)
{
    size_t n = strlen(head);
    return secret_len(line) >= n && memcmp(secret_peek(line), head, n) == 0;
}

/* Reads up to OK or ERR; data goes to out (NULL: there must be none). */
static enum sv_status answer(struct pinentry *p, struct secret *out, struct sv_err *err)
{
    for (;;) {
        enum sv_status s = read_line(p, err);
        if (s == SV_OK && begins(p->line, "D ") && out != NULL)
            s = append_data(out, p->line, err);
        if (s != SV_OK)
            return s;
        if (begins(p->line, "S PIN_REPEATED"))
            p->repeated = true;
        p->code = 0;
        if (begins(p->line, "OK"))
            return SV_OK;
        if (begins(p->line, "ERR")) {
            const char *text = (const char *)secret_peek(p->line) + strlen("ERR");
            p->code = (unsigned)strtoul(text, NULL, 10) & CODE_MASK;
            p->code = p->code != 0 ? p->code : CODE_MASK;
            return SV_OK;
        }
    }
}

/* An ERR is an answer too: p->code. */
static enum sv_status command(struct pinentry *p, struct secret *out, const char *text,
                              struct sv_err *err)
{
    int to = p->child.to;
    if (file_write_all(to, text, strlen(text)) != 0 || file_write_all(to, "\n", 1) != 0)
        return errno == EPIPE ? sv_fail(err, SV_LOCKED, "pinentry went away without an answer")
                              : sv_fail_errno(err, SV_IO, errno, "cannot talk to pinentry");
    return answer(p, out, err);
}

/* "VERB text" with the three bytes escaped that a line cannot hold. */
static void set_text(char *dst, size_t capacity, const char *verb, const char *text)
{
    size_t len = (size_t)snprintf(dst, capacity, "%s ", verb);
    for (; *text != '\0' && len + 4 < capacity; text++) {
        if (*text == '%' || *text == '\n' || *text == '\r')
            len += (size_t)snprintf(dst + len, capacity - len, "%%%02X", (unsigned char)*text);
        else
            dst[len++] = *text;
    }
    dst[len] = '\0';
}

static enum sv_status set(struct pinentry *p, const char *verb, const char *text,
                          struct sv_err *err)
{
    char line[LINE_MAX_BYTES];
    if (text == NULL)
        return SV_OK;
    set_text(line, sizeof line, verb, text);
    return command(p, NULL, line, err);
}

/* The terminal that pinentry shall draw on, where it has no window: NULL, or its path. */
static const char *terminal(char *dst, size_t capacity)
{
    const char *given = env_get("GPG_TTY");
    struct cli asking = {.no_input = false};
    if (given != NULL)
        return given;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (ttyname_r(fd, dst, capacity) == 0)
            return dst;
    }
    return prompt_possible(&asking) ? "/dev/tty" : NULL;
}

/* As POSIX chooses among the variables. */
static const char *locale_of(const char *category)
{
    const char *all = env_get("LC_ALL"), *one = env_get(category);
    return all != NULL ? all : one != NULL ? one : env_get("LANG");
}

/* Options that this pinentry lacks, or does not like, are no fault. */
static enum sv_status set_options(struct pinentry *p, struct sv_err *err)
{
    char tty[256], line[LINE_MAX_BYTES];
    const char *const options[][2] = {
        {"ttyname", terminal(tty, sizeof tty)}, {"ttytype", env_get("TERM")},
        {"lc-ctype", locale_of("LC_CTYPE")},    {"lc-messages", locale_of("LC_MESSAGES")},
        {"display", env_get("DISPLAY")},
    };
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < sizeof options / sizeof options[0]; i++) {
        const char *value = options[i][1];
        if (value == NULL || strlen(value) > LINE_MAX_BYTES - 32 || strpbrk(value, "\r\n") != NULL)
            continue;
        snprintf(line, sizeof line, "OPTION %s=%s", options[i][0], value);
        s = command(p, NULL, line, err);
    }
    return s;
}

static enum sv_status begin(struct pinentry *p, const char *question, struct sv_err *err)
{
    const char *program = env_get("PINENTRY_PROGRAM");
    const char *const argv[] = {program != NULL ? program : "pinentry", NULL};
    char seconds[24];
    int64_t patience;
    enum sv_status s = secret_new(&p->line, LINE_MAX_BYTES, err);
    if (s == SV_OK)
        s = ask_patience(&patience, err);
    if (s == SV_OK)
        s = child_start(&p->child, argv, true, err);
    if (s != SV_OK)
        return s;
    p->until = env_monotonic_ms() + patience + GRACE_MS;
    snprintf(seconds, sizeof seconds, "%d", (int)(patience / 1000));
    if ((s = answer(p, NULL, err)) != SV_OK || (s = set_options(p, err)) != SV_OK ||
        (s = set(p, "SETTITLE", "smtpvault", err)) != SV_OK ||
        (s = set(p, "SETTIMEOUT", seconds, err)) != SV_OK)
        return s;
    return set(p, "SETDESC", question, err);
}

/* It hears the end of its input, and gets a moment to put its screen in order. */
static void end(struct pinentry *p)
{
    int status;
    if (!child_wait_within(&p->child, GRACE_MS, &status))
        child_stop(&p->child);
}

/* What it said instead of OK, for people. */
static enum sv_status refused(const struct pinentry *p, const char *what, struct sv_err *err)
{
    char shown[256];
    const char *text = (const char *)secret_peek(p->line);
    if (p->code == CODE_CANCELED || p->code == CODE_NOT_CONFIRMED)
        return sv_fail(err, SV_DATA, "the question for the %s was cancelled", what);
    if (p->code == CODE_TIMEOUT)
        return sv_fail(err, SV_LOCKED, "nobody answered the question for the %s in time", what);
    text += strcspn(text, " "); /* ERR */
    text += strspn(text, " ");  /* the code */
    text += strspn(text, "0123456789 ");
    return sv_fail(err, SV_LOCKED,
                   "pinentry cannot ask for the %s (%s): it needs a display, or a terminal that "
                   "GPG_TTY names",
                   what, text_printable(shown, sizeof shown, text, strlen(text)));
}

enum sv_status pinentry_secret(const struct source_ask *ask, struct secret **out, bool *repeated,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *typed = NULL;
    PINENTRY_OWNED struct pinentry p = {.child = CHILD_NONE};
    enum sv_status s = secret_new(&typed, ask->limit + 1, err);
    if (s == SV_OK)
        s = begin(&p, ask->question, err);
    if (s == SV_OK)
        s = set(&p, "SETPROMPT", "Secret:", err);
    if (s == SV_OK)
        s = set(&p, "SETERROR", ask->wrong, err);
    if (s == SV_OK && ask->confirm)
        s = set(&p, "SETREPEAT", "Again:", err);
    if (s == SV_OK && ask->confirm && p.code == 0)
        s = set(&p, "SETREPEATERROR", "The two are not the same.", err);
    if (s == SV_OK)
        s = command(&p, typed, "GETPIN", err);
    if (s == SV_OK && p.code != 0)
        s = refused(&p, ask->what, err);
    if (s != SV_OK)
        return s;
    end(&p);
    *repeated = p.repeated;
    *out = typed;
    typed = NULL;
    return SV_OK;
}

enum sv_status pinentry_yes(const char *question, bool *yes, struct sv_err *err)
{
    PINENTRY_OWNED struct pinentry p = {.child = CHILD_NONE};
    enum sv_status s = begin(&p, question, err);
    if (s == SV_OK)
        s = set(&p, "SETOK", "Yes", err);
    if (s == SV_OK)
        s = set(&p, "SETCANCEL", "No", err);
    if (s == SV_OK)
        s = command(&p, NULL, "CONFIRM", err);
    if (s != SV_OK)
        return s;
    if (p.code != 0 && p.code != CODE_CANCELED && p.code != CODE_NOT_CONFIRMED)
        return refused(&p, "answer", err);
    end(&p);
    *yes = p.code == 0;
    return SV_OK;
}
