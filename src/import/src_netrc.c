/* SPDX-License-Identifier: ISC */
/*
 * netrc, of its dialects what they have in common: words between blanks, "quoted" ones, in
 * which \ takes the next character for curl and s-nail. msmtp knows no escapes; its files
 * read the same unless a secret holds a backslash. `macdef` goes up to an empty line. That a
 * machine is a mail server only its name, its port or its provider tells.
 */
#include <string.h>

#include "import/sources.h"

struct netrc {
    char *begin, *at, *end;
    unsigned line;
};
struct word {
    char *at;
    size_t len;
    size_t from; /* where it stands in the text, with its quotes */
};

static bool is_word(const struct word *w, const char *text)
{
    return w->len == strlen(text) && memcmp(w->at, text, w->len) == 0;
}

static void skip_line(struct netrc *n)
{
    while (n->at < n->end && *n->at != '\n')
        n->at++;
}

static void skip_blanks(struct netrc *n)
{
    for (; n->at < n->end && strchr(" \t\r\n", *n->at); n->at++)
        n->line += *n->at == '\n';
}

static char unescape(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

/* In place; false: the quotes have no end on this line. */
static bool quoted(struct netrc *n, struct word *w)
{
    char *to = ++n->at;
    w->at = to;
    while (n->at < n->end && *n->at != '"' && *n->at != '\n') {
        char c = *n->at++;
        if (c == '\\' && n->at < n->end && *n->at != '\n')
            c = unescape(*n->at++);
        *to++ = c;
    }
    w->len = (size_t)(to - w->at);
    if (n->at == n->end || *n->at != '"')
        return false;
    n->at++;
    return true;
}

static void bare(struct netrc *n, struct word *w)
{
    w->at = n->at;
    while (n->at < n->end && !strchr(" \t\r\n", *n->at))
        n->at++;
    w->len = (size_t)(n->at - w->at);
}

/* len 0 and at NULL: no further word. A comment is one only where a keyword may stand. */
static bool next(struct netrc *n, bool value, struct word *w)
{
    *w = (struct word){.at = NULL};
    skip_blanks(n);
    while (!value && n->at < n->end && *n->at == '#') {
        skip_line(n);
        skip_blanks(n);
    }
    if (n->at == n->end)
        return true;
    w->from = (size_t)(n->at - n->begin);
    if (*n->at == '"')
        return quoted(n, w);
    bare(n, w);
    return true;
}

static void skip_macro(struct netrc *n)
{
    for (;;) {
        skip_line(n);
        if (n->at == n->end)
            return;
        n->at++;
        n->line++;
        if (n->at == n->end || *n->at == '\n' || *n->at == '\r')
            return;
    }
}

static enum sv_status broken(const struct import_input *in, unsigned line, const char *what,
                             struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "%s, line %u: %s", in->what, line, what);
}

static enum sv_status take(struct found *f, const struct netrc *n, const struct word *key,
                           const struct word *value, struct sv_err *err)
{
    if (is_word(key, "login"))
        return found_set(f, "username", value->at, value->len, err);
    if (is_word(key, "password")) {
        f->at = key->from;
        f->len = (size_t)(n->at - n->begin) - key->from;
        return found_secret(f, value->at, value->len, err);
    }
    if (is_word(key, "port"))
        return found_set(f, "port", value->at, value->len, err);
    return SV_OK; /* account: of ftp only */
}

static bool takes_value(const struct word *w)
{
    return is_word(w, "login") || is_word(w, "password") || is_word(w, "account") ||
           is_word(w, "port");
}

static enum sv_status machine(struct found_list *out, struct netrc *n,
                              const struct import_input *in, struct found **f, struct sv_err *err)
{
    struct word host;
    unsigned line = n->line;
    if (!next(n, true, &host) || !host.at)
        return broken(in, line, "\"machine\" needs a name in one line", err);
    enum sv_status s = found_add(out, line, f, err);
    return s ? s : found_url(*f, host.at, host.len, err);
}

IMPORT_READ(netrc_read)
{
    struct netrc n = {in->bytes, in->bytes, in->bytes + in->len, 1};
    struct found *f = NULL;
    struct word key, value;
    enum sv_status s = SV_OK;
    while (s == SV_OK) {
        if (!next(&n, false, &key))
            return broken(in, n.line, "the quotes have no end", err);
        if (!key.at)
            break;
        if (is_word(&key, "macdef")) {
            skip_macro(&n);
        } else if (is_word(&key, "default")) {
            s = found_add(out, n.line, &f, err);
        } else if (is_word(&key, "machine")) {
            s = machine(out, &n, in, &f, err);
        } else if (!takes_value(&key)) {
            return broken(in, n.line,
                          "neither machine, default, login, password, account, port nor macdef",
                          err);
        } else if (!next(&n, true, &value) || !value.at) {
            return broken(in, n.line, "a value is missing, or its quotes have no end", err);
        } else if (f) {
            s = take(f, &n, &key, &value, err);
        }
    }
    return s;
}

IMPORT_LOOK(netrc_looks_like)
{
    const char *name = import_basename(path);
    (void)source;
    if (strcmp(name, ".netrc") == 0 || strcmp(name, "_netrc") == 0)
        return LOOK_SURE;
    if (strcmp(name, ".authinfo") == 0) /* it has rules of its own */
        return LOOK_NO;
    while (len > 0 && strchr(" \t\r\n", *first)) {
        first++;
        len--;
    }
    bool begins = len > 8 && memcmp(first, "machine ", 8) == 0;
    return begins && memmem(first, len, "login", 5) ? LOOK_LIKELY : LOOK_NO;
}
