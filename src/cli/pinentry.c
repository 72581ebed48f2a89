/* SPDX-License-Identifier: ISC */
/*
 * pinentry: GnuPG's dialog, spoken to in the Assuan protocol: lines of at most
 * 1000 bytes; "OK ...", "ERR code text", "D data" with %XX escapes, "S ..." and
 * "#" to be skipped.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/source.h"

#define LINE_MAX_BYTES 1002

/* One line without its end, into secret memory: a data line holds the secret. */
static enum sv_status read_line(int fd, struct secret *line, struct sv_err *err)
{
    secret_set_len(line, 0);
    for (;;) {
        size_t len = secret_len(line);
        if (len == secret_capacity(line))
            return sv_fail(err, SV_DATA, "pinentry sent a line that is too long");
        uint8_t *at = secret_poke(line) + len;
        ssize_t got = read(fd, at, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return sv_fail(err, SV_LOCKED, "pinentry went away without an answer");
        if (*at == '\n') {
            *at = 0;
            return SV_OK;
        }
        secret_set_len(line, len + 1);
    }
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum sv_status append_data(struct secret *out, const struct secret *line, struct sv_err *err)
{
    const uint8_t *at = secret_peek(line), *end = at + secret_len(line);
    for (at += 2; at < end; at++) {
        uint8_t *dst = secret_poke(out) + secret_len(out);
        if (secret_len(out) == secret_capacity(out))
            return sv_fail(err, SV_DATA, "what was typed is too long");
        *dst = *at;
        if (*at == '%' && end - at > 2 && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
            *dst = (uint8_t)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
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
static enum sv_status answer(int fd, struct secret *line, struct secret *out, bool *ok,
                             struct sv_err *err)
{
    for (;;) {
        enum sv_status s = read_line(fd, line, err);
        if (s == SV_OK && begins(line, "D ") && out != NULL)
            s = append_data(out, line, err);
        if (s != SV_OK)
            return s;
        if (begins(line, "OK") || begins(line, "ERR")) {
            *ok = begins(line, "OK");
            return SV_OK;
        }
    }
}

static enum sv_status command(struct child *c, struct secret *line, struct secret *out, bool *ok,
                              const char *text, struct sv_err *err)
{
    if (file_write_all(c->to, text, strlen(text)) != 0 || file_write_all(c->to, "\n", 1) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot talk to pinentry");
    return answer(c->from, line, out, ok, err);
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

static enum sv_status converse(struct child *c, const struct source_ask *ask, struct secret *line,
                               struct secret *out, struct sv_err *err)
{
    char text[LINE_MAX_BYTES];
    bool ok = false;
    enum sv_status s = answer(c->from, line, NULL, &ok, err); /* the greeting */
    const char *tty = env_get("GPG_TTY"), *term = env_get("TERM");
    const char *const settings[][2] = {
        {"OPTION ttyname=", tty != NULL ? tty : "/dev/tty"},
        {"OPTION ttytype=", term != NULL ? term : "dumb"},
    };
    for (size_t i = 0; s == SV_OK && i < 2; i++) {
        snprintf(text, sizeof text, "%s%s", settings[i][0], settings[i][1]);
        s = command(c, line, NULL, &ok, text, err); /* an option it lacks is no fault */
    }
    set_text(text, sizeof text, "SETTITLE", "smtpvault");
    if (s == SV_OK)
        s = command(c, line, NULL, &ok, text, err);
    set_text(text, sizeof text, "SETDESC", ask->question);
    if (s == SV_OK)
        s = command(c, line, NULL, &ok, text, err);
    if (s == SV_OK)
        s = command(c, line, NULL, &ok, "SETPROMPT Secret:", err);
    if (s == SV_OK)
        s = command(c, line, out, &ok, "GETPIN", err);
    if (s == SV_OK && !ok)
        return sv_fail(err, SV_LOCKED, "the question for the %s was cancelled", ask->what);
    return s;
}

enum sv_status source_pinentry(const struct source_ask *ask, struct secret **out,
                               struct sv_err *err)
{
    SECRET_OWNED struct secret *line = NULL;
    SECRET_OWNED struct secret *typed = NULL;
    CHILD_OWNED struct child c = CHILD_NONE;
    enum sv_status s = secret_new(&line, LINE_MAX_BYTES, err);
    if (s == SV_OK)
        s = secret_new(&typed, ask->limit + 1, err);
    const char *const argv[] = {"pinentry", NULL};
    if (s == SV_OK)
        s = child_start(&c, argv, true, err);
    if (s == SV_OK)
        s = converse(&c, ask, line, typed, err);
    if (s != SV_OK)
        return s;
    *out = typed;
    typed = NULL;
    return SV_OK;
}
