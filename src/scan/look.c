/* SPDX-License-Identifier: ISC */
#include "scan/look.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/source.h"
#include "scan/hint.h"

/* ---- is it worth while ---- */

/* Files that hold a login without a word of what it is for. */
static bool is_known_name(const char *path)
{
    static const char *const names[] = {"sasl_passwd", "passwd.client",    ".netrc",    "_netrc",
                                        ".authinfo",   ".git-credentials", "auth.conf", "remotes",
                                        "secrets",     ".msmtprc",         ".esmtprc",  "authinfo",
                                        ".mu-tickets"};
    const char *name = import_basename(path);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

void scan_words(struct filter *words)
{
    /* Of SendGrid, Postmark and s-nail the last four. */
    static const char *const all[] = {"smtp", "SMTP", "Smtp", "mail", "MAIL", "Mail", "grid",
                                      "GRID", "Grid", "mark", "MARK", "Mark", "sasl", "SASL",
                                      "brev", "BREV", "Brev", "subm", "swak", "nail", NULL};
    filter_make(words, all);
}

bool scan_is_worth_it(const struct filter *words, const char *path, const char *text, size_t len)
{
    /* A NUL early on: no text. */
    if (memchr(text, '\0', len < IMPORT_PEEK ? len : IMPORT_PEEK)) {
        return false;
    }
    return filter_finds(words, text, len) || (path && is_known_name(path));
}

/* ---- by a reader of import ---- */

static bool tell(const struct found *f, const struct import_source *source,
                 const struct scan_found *found)
{
    struct scan_finding out = {.line = f->line, .kind = source->title};
    const struct profile *p = &f->card;
    char whose[sizeof(out.whose)];

    snprintf(whose, sizeof(whose), "%s%s%s", p->username ? p->username : "",
             p->username && p->host ? " at " : "", p->host ? p->host : "");
    text_printable(out.whose, sizeof(out.whose), whose, strlen(whose));
    scan_hint(out.hint, sizeof(out.hint), (const char *)secret_peek(f->secret),
              secret_len(f->secret));
    return found->call(found->context, &out);
}

/* What a source told of, so that the lines behind it do not tell it again. */
struct told {
    unsigned lines[64];
    size_t count;
    bool whole; /* it told where each secret stands, and all of them are here */
    const struct scan_found *found;
};

static unsigned line_at(const struct secret *text, size_t at)
{
    const char *from = (const char *)secret_peek(text), *to = from + at;
    unsigned line = 1;

    for (; (from = memchr(from, '\n', (size_t)(to - from))) != NULL; from++) {
        line++;
    }
    return line;
}

static void remember(struct told *t, const struct secret *text, const struct found *f)
{
    t->whole = t->whole && f->len > 0 && t->count < sizeof(t->lines) / sizeof(t->lines[0]);
    if (t->whole) {
        t->lines[t->count++] = line_at(text, f->at);
    }
}

/* Of a secret that is for nobody and nowhere its line tells more. */
static bool is_telling(const struct found *f)
{
    const char *secret = f->secret ? (const char *)secret_peek(f->secret) : NULL;

    return secret && f->mail && (f->card.username || f->card.host || f->card.provider) &&
           !scan_is_placeholder(secret, secret_len(f->secret));
}

static bool tell_once(void *context, const struct scan_finding *finding)
{
    const struct told *t = context;

    for (size_t i = 0; i < t->count; i++) {
        if (t->lines[i] == finding->line) {
            return true;
        }
    }
    return t->found->call(t->found->context, finding);
}

/* False: it is no such file after all, or nothing was in it. */
static bool look_by_source(const struct import_source *source, const char *path,
                           const struct secret *text, struct told *told, bool *go_on)
{
    FOUND_LIST_OWNED struct found_list list = {0};
    bool any = false;

    if (import_read(source, path, text, &list, NULL) != SV_OK) {
        return false;
    }
    for (size_t i = 0; *go_on && i < list.count; i++) {
        const struct found *f = &list.items[i];
        if (!is_telling(f)) {
            continue;
        }
        any = true;
        remember(told, text, f);
        *go_on = tell(f, source, told->found);
    }
    return any;
}

bool scan_look(const struct filter *words, const char *path, const struct secret *text,
               const struct scan_found *found)
{
    const char *bytes = (const char *)secret_peek(text);
    size_t len = secret_len(text);
    const struct import_source *source = import_guess(path, bytes, len, NULL);
    struct told told = {.whole = true, .found = found};
    const struct scan_found rest = {.call = tell_once, .context = &told};
    bool go_on = true;

    if (!source || source->shape != IMPORT_TEXT ||
        !look_by_source(source, path, text, &told, &go_on)) {
        return scan_lines(words, bytes, len, 1, found);
    }
    /* A program's configuration may hold more than the source understands. */
    return go_on && (!told.whole || scan_lines(words, bytes, len, 1, &rest));
}
