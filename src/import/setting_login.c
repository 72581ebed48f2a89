/* SPDX-License-Identifier: ISC */
/* A login of what its configuration sets: what is wrong with it is told by name and line. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "import/setting_impl.h"

static bool is_told(const struct setting *one)
{
    return one->value.begin && one->value.len > 0 && one->value.state != SETTING_ELSEWHERE &&
           one->value.state != SETTING_COMPUTED && one->value.state != SETTING_OPEN;
}

/* ---- the way to the server ---- */

static bool is_word(const struct setting *one, const char *list)
{
    return is_told(one) && text_has_word(list, one->value.text, one->value.len);
}

static bool is_yes(const struct setting *one)
{
    return is_word(one, "true 1 yes on always auto required enable enabled ssl smtps");
}

static bool is_no(const struct setting *one)
{
    return is_word(one, "false 0 no off never disable disabled");
}

/* "tls", or just "yes": what follows from the port. */
static bool is_either(const struct setting *one)
{
    return is_word(one, "tls true 1 yes on");
}

static enum profile_tls word_of(const struct setting *one)
{
    struct found scratch = {.line = 0};
    if (!is_told(one) || is_word(one, "false 0 no")) /* of "secure": it may be STARTTLS */
        return TLS_UNSET;
    if (is_word(one, "force_tls forcetls submissions"))
        return TLS_IMPLICIT;
    if (is_word(one, "nostarttls notls"))
        return TLS_NONE;
    found_tls(&scratch, one->value.text, one->value.len);
    return scratch.card.tls;
}

static bool is_submission(uint16_t port)
{
    return port == 25 || port == 587 || port == 2525 || port == 2587;
}

/* What is not said is left to the port: a wrong guess fails to log in and sends nothing in
 * clear. */
static enum profile_tls tls_of(const struct setting_set *set, uint16_t port)
{
    const struct setting *p = set->parts;
    enum profile_tls words[] = {word_of(&p[PART_WORD]), word_of(&p[PART_SCHEME]),
                                word_of(&p[PART_PROTOCOL])};
    bool implicit = is_yes(&p[PART_IMPLICIT]), starttls = is_yes(&p[PART_STARTTLS]),
         none = is_yes(&p[PART_CLEAR]) || is_no(&p[PART_STARTTLS]) ||
                is_word(&p[PART_PROTOCOL], "smtp");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        implicit = implicit || words[i] == TLS_IMPLICIT;
        starttls = starttls || words[i] == TLS_STARTTLS;
        none = none || words[i] == TLS_NONE;
    }
    if (implicit)
        return TLS_IMPLICIT;
    if (starttls)
        return TLS_STARTTLS;
    if (is_either(&p[PART_WORD]) && port != 0)
        return is_submission(port) ? TLS_STARTTLS : TLS_IMPLICIT;
    return none && port != 465 ? TLS_NONE : TLS_UNSET;
}

/* ---- its other parts ---- */

static enum sv_status set_told(struct found *f, const char *key, const struct setting *one,
                               struct sv_err *err)
{
    return is_told(one) ? found_set(f, key, one->value.text, one->value.len, err) : SV_OK;
}

/* "Name <a@b>"; "a" with its domain beside it; what is no address is left out. */
static enum sv_status take_from(struct found *f, const struct setting *from,
                                const struct setting *domain, struct sv_err *err)
{
    const char *text = from->value.text;
    size_t len = from->value.len;
    char address[320];
    if (!is_told(from) || f->card.from)
        return SV_OK;
    const char *open = memrchr(text, '<', len), *close = memrchr(text, '>', len);
    if (open && close && open < close) {
        len = (size_t)(close - open - 1);
        text = open + 1;
    }
    if (memchr(text, '@', len))
        return memchr(text, ' ', len) ? SV_OK : found_set(f, "from", text, len, err);
    if (!is_told(domain))
        return SV_OK;
    int n = snprintf(address, sizeof address, "%.*s@%.*s", (int)len, text, (int)domain->value.len,
                     domain->value.text);
    return n > 0 && (size_t)n < sizeof address ? found_set(f, "from", address, (size_t)n, err)
                                               : SV_OK;
}

static void tell_place(struct found *f, const struct settings *s, const struct setting *one)
{
    f->line = one->line;
    f->at = (size_t)(one->value.begin - s->in->bytes);
    f->len = (size_t)(one->value.end - one->value.begin);
}

/* Of a secret that is there twice no place is told: another would be left. */
static enum sv_status take_secret(struct found *f, const struct settings *s,
                                  const struct setting_set *set, struct sv_err *err)
{
    const struct setting *one = &set->parts[PART_SECRET];
    if (!is_told(one))
        return SV_OK;
    if (f->secret) /* in a URL as well */
        f->len = 0;
    else
        tell_place(f, s, one);
    if (set->repeated)
        f->len = 0;
    return found_secret(f, one->value.text, one->value.len, err);
}

/* A URL, with the secret in it or without. */
static enum sv_status take_url(struct found *f, const struct settings *s, const struct setting *one,
                               struct sv_err *err)
{
    enum sv_status st = found_dsn(f, one->value.text, one->value.len, err);
    if (st != SV_OK || !f->secret || f->len > 0)
        return st;
    tell_place(f, s, one);
    f->place = sv_strdup(SETTING_PLACE_URL);
    return f->place ? SV_OK : sv_fail_nomem(err);
}

/* "smtp.example.com:587", "tls://smtp.example.com", or a URL with all of it. */
static enum sv_status take_host(struct found *f, const struct settings *s,
                                const struct setting *one, struct sv_err *err)
{
    if (!is_told(one))
        return SV_OK;
    const char *text = one->value.text, *end = text + one->value.len;
    const char *scheme = memmem(text, one->value.len, "://", 3);
    if (!scheme && memchr(text, '@', one->value.len))
        return f->card.from ? SV_OK : set_told(f, "from", one, err);
    if (scheme && !text_has_word("tls ssl", text, (size_t)(scheme - text)))
        return take_url(f, s, one, err);
    if (scheme) {
        f->card.tls = *text == 't' ? TLS_STARTTLS : TLS_IMPLICIT;
        text = scheme + 3;
    }
    const char *from = *text == '[' ? memchr(text, ']', (size_t)(end - text)) : text;
    const char *colon = from ? memchr(from, ':', (size_t)(end - from)) : NULL;
    bool port = colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1));
    enum sv_status st = found_set(f, "host", text, (size_t)((port ? colon : end) - text), err);
    return st == SV_OK && port ? found_set(f, "port", colon + 1, (size_t)(end - colon - 1), err)
                               : st;
}

/* ---- what is wrong ---- */

static enum sv_status fault_of(struct found *f, const struct settings *s, const struct setting *one,
                               struct sv_err *err)
{
    struct sv_err why;
    switch (one->value.begin ? one->value.state : SETTING_TOLD) {
    case SETTING_COMPUTED:
        (void)sv_fail(&why, SV_DATA,
                      "%s in line %u would have to be computed, and nothing is evaluated here: "
                      "write the value itself there, or give the login to smtpvault add",
                      one->name, one->line);
        break;
    case SETTING_DOUBTFUL:
        (void)sv_fail(&why, SV_DATA, "programs do not agree on what %s in line %u is: %s",
                      one->name, one->line, s->advice);
        break;
    case SETTING_OPEN:
        (void)sv_fail(&why, SV_DATA, "the quotes around %s in line %u have no end", one->name,
                      one->line);
        break;
    case SETTING_TOLD:
    case SETTING_ELSEWHERE:
        return SV_OK;
    }
    return found_fault(f, why.text, err);
}

/* A host, or a port, that is quoted oddly is read by all in one way or is none. */
static enum sv_status judge(struct found *f, const struct settings *s,
                            const struct setting_set *set, struct sv_err *err)
{
    static const enum part exact[] = {PART_SECRET, PART_USER, PART_URL, PART_HOST, PART_PORT};
    enum sv_status st = set->fault ? found_fault(f, set->fault, err) : SV_OK;
    for (size_t i = 0; i < sizeof exact / sizeof exact[0] && st == SV_OK; i++) {
        const struct setting *one = &set->parts[exact[i]];
        if (i < 3 || one->value.state != SETTING_DOUBTFUL)
            st = fault_of(f, s, one, err);
    }
    return st;
}

static unsigned first_line(const struct setting_set *set)
{
    unsigned line = 0;
    for (enum part p = 0; p < PARTS; p++)
        if (set->parts[p].value.begin && (line == 0 || set->parts[p].line < line))
            line = set->parts[p].line;
    return line;
}

static enum sv_status fill(struct found *f, const struct settings *s, const struct setting_set *set,
                           struct sv_err *err)
{
    const struct setting *p = set->parts;
    enum sv_status st = SV_OK;
    if (is_told(&p[PART_URL]))
        st = take_url(f, s, &p[PART_URL], err);
    if (st == SV_OK)
        st = take_host(f, s, &p[PART_HOST], err);
    if (st == SV_OK)
        st = set_told(f, "port", &p[PART_PORT], err);
    if (st == SV_OK && is_told(&p[PART_USER]))
        st = found_username(f, p[PART_USER].value.text, p[PART_USER].value.len, err);
    if (st == SV_OK)
        st = take_secret(f, s, set, err);
    if (st == SV_OK)
        st = take_from(f, &p[PART_FROM], &p[PART_DOMAIN], err);
    if (st == SV_OK && is_told(&p[PART_CA]) && p[PART_CA].value.text[0] == '/')
        st = set_told(f, "ca-file", &p[PART_CA], err);
    if (st == SV_OK && is_told(&p[PART_AUTH]))
        found_auth(f, p[PART_AUTH].value.text, p[PART_AUTH].value.len);
    enum profile_tls tls = tls_of(set, f->card.port);
    if (tls != TLS_UNSET)
        f->card.tls = tls;
    return st;
}

enum sv_status setting_login(const struct settings *s, const struct setting_set *set,
                             struct sv_err *err)
{
    const struct setting *p = set->parts;
    struct found *f;
    bool any = p[PART_SECRET].value.begin || p[PART_URL].value.begin || p[PART_HOST].value.begin ||
               p[PART_USER].value.begin;
    if (!any)
        return SV_OK;
    enum sv_status st = found_add(s->out, first_line(set), &f, err);
    if (st == SV_OK)
        st = fill(f, s, set, err);
    if (st == SV_OK)
        st = judge(f, s, set, err);
    if (st != SV_OK)
        return st;
    /* MAIL_URL may be a web page's, "null://" no server's. */
    bool empty = !f->secret && !f->fault && !f->card.host && !f->card.username;
    if (empty)
        found_drop(s->out);
    else
        f->mail = true;
    return SV_OK;
}
