/* SPDX-License-Identifier: ISC */
#include "tool/layout.h"

#include <stdio.h>
#include <string.h>

#include "domain/login.h"
#include "tool/login.h"

#define WORD_MAX 24
#define JOIN LAYOUT_JOIN[0]

struct writer {
    struct sink *out;
    const struct format *format;
    const struct format_input *in;
    struct blob command;
    char port[8];
};

static enum sv_status fail_word(const struct writer *w, const char *word, size_t len,
                                struct sv_err *err)
{
    return sv_fail(err, SV_INTERNAL, "the layout of %s has a word that is none: %.*s",
                   w->format->name, (int)len, word);
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* ---- conditions ---- */

static bool has_text(struct value v)
{
    return v.len > 0;
}

static bool has_domain(struct value address)
{
    return memchr(address.bytes, '@', address.len) != NULL;
}

/* 1 or 0; -1: no such condition. */
static int holds(const struct writer *w, const char *word, size_t len)
{
    const struct profile *p = w->in->profile;
    const struct {
        const char *word;
        bool holds;
    } all[] = {
        {"starttls", p->tls == TLS_STARTTLS},
        {"implicit", p->tls == TLS_IMPLICIT},
        {"none", p->tls == TLS_NONE},
        {"inline", w->in->secret != NULL},
        {"hook", w->in->secret == NULL},
        {"oauth", login_is_oauth(p)},
        {"ca", has_text(login_ca_file(p))},
        {"mechanism", p->auth != AUTH_AUTO},
        {"login", p->auth == AUTH_LOGIN},
        {"cram-md5", p->auth == AUTH_CRAM_MD5},
        {"user", p->username && p->username[0]},
        {"from", has_text(login_sender(p))},
        {"domain", has_domain(login_sender(p))},
        {"alone", w->in->alone},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (is_word(word, len, all[i].word)) {
            return all[i].holds;
        }
    }
    return -1;
}

/* Takes the conditions off the line. */
static enum sv_status take_conditions(const struct writer *w, const char **line, bool *wanted,
                                      struct sv_err *err)
{
    for (*wanted = true; **line == '?';) {
        bool contrary = (*line)[1] == '!';
        const char *word = *line + 1 + contrary;
        size_t len = strcspn(word, " \n");
        int value = holds(w, word, len);

        if (value < 0 || word[len] != ' ') {
            return fail_word(w, word, len, err);
        }
        *wanted = *wanted && (value != 0) != contrary;
        *line = word + len + 1;
    }
    return SV_OK;
}

/* ---- values ---- */

/* A layout has one of the two. */
static enum sv_status command_of(struct writer *w, bool netrc, struct value *out,
                                 struct sv_err *err)
{
    enum sv_status st = SV_OK;

    if (w->command.len == 0) {
        st = (netrc ? login_netrc_command : login_command)(&w->command, w->in, w->format->name,
                                                           LINE_ENDS, err);
    }
    *out = (struct value){w->command.bytes, w->command.len, "command"};
    return st;
}

static struct value side_of(struct value address, bool local)
{
    const uint8_t *at = memrchr(address.bytes, '@', address.len);
    size_t before = at ? (size_t)(at - address.bytes) : address.len;

    if (local) {
        address.len = before;
    } else {
        address.bytes += at ? before + 1 : address.len;
        address.len -= at ? before + 1 : address.len;
    }
    return address;
}

static enum sv_status value_of(struct writer *w, const char *word, size_t len, struct value *out,
                               struct sv_err *err)
{
    const struct profile *p = w->in->profile;

    if (is_word(word, len, "command") || is_word(word, len, "netrc")) {
        return command_of(w, is_word(word, len, "netrc"), out, err);
    }
    const struct {
        const char *word;
        struct value value;
    } all[] = {
        {"host", login_bare_host(p)},
        {"urlhost", value_text("host", p->host)},
        {"port", value_text("port", w->port)},
        {"user", value_text("user name", p->username)},
        {"secret", value_secret(w->in->secret)},
        {"name", value_text("profile name", p->name)},
        {"from", login_sender(p)},
        {"local", side_of(login_sender(p), true)},
        {"domain", side_of(login_sender(p), false)},
        {"ca", login_ca_file(p)},
        {"mechanism", value_text("mechanism", login_mechanism(p->auth))},
        {"auth", value_text("mechanism", profile_auth_word(p->auth))},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (is_word(word, len, all[i].word)) {
            *out = all[i].value;
            return SV_OK;
        }
    }
    return fail_word(w, word, len, err);
}

/* `text` is behind "$(", `len` the bytes up to ")". */
static enum sv_status put_place(struct writer *w, const char *text, size_t len, struct sv_err *err)
{
    const char *blank = memchr(text, ' ', len);
    size_t word = blank ? (size_t)(blank - text) : len;
    const struct quoting *quoting = w->format->quoting;
    struct value v = {0};
    enum sv_status st = value_of(w, text, word, &v, err);

    if (st != SV_OK) {
        return st;
    }
    if (is_word(text, word, "port")) {
        sink_puts(w->out, w->port);
        return SV_OK;
    }
    if (blank) {
        char name[WORD_MAX];
        snprintf(name, sizeof(name), "%.*s", (int)(len - word - 1), blank + 1);
        quoting = quoting_find(name);
    }
    return quoting ? quoting->write(w->out, w->format->name, v, err) : fail_word(w, text, len, err);
}

/* One line, its end included. */
static enum sv_status put_line(struct writer *w, const char *line, size_t len, struct sv_err *err)
{
    const char *end = line + len;

    while (line < end) {
        const char *place = memmem(line, (size_t)(end - line), "$(", 2);
        const char *close = place ? memchr(place, ')', (size_t)(end - place)) : NULL;

        if (!close) {
            sink_put(w->out, line, (size_t)(end - line));
            return SV_OK;
        }
        sink_put(w->out, line, (size_t)(place - line));
        enum sv_status st = put_place(w, place + 2, (size_t)(close - place - 2), err);
        if (st != SV_OK) {
            return st;
        }
        line = close + 1;
    }
    return SV_OK;
}

static enum sv_status put_lines(struct writer *w, struct sv_err *err)
{
    static const char ends[] = {'\n', JOIN, '\0'};
    enum sv_status st;

    for (const char *line = w->format->layout; *line;) {
        bool wanted;

        if ((st = take_conditions(w, &line, &wanted, err)) != SV_OK) {
            return st;
        }
        size_t len = strcspn(line, ends);
        size_t feed = line[len] == '\n';
        if (wanted && (st = put_line(w, line, len + feed, err)) != SV_OK) {
            return st;
        }
        line += len + (line[len] != '\0');
    }
    return SV_OK;
}

enum sv_status layout_write(struct sink *out, const struct format *f, const struct format_input *in,
                            struct sv_err *err)
{
    struct writer w = {.out = out, .format = f, .in = in};

    snprintf(w.port, sizeof(w.port), "%u", in->profile->port);
    enum sv_status st = put_lines(&w, err);
    blob_clear(&w.command);
    return st;
}
