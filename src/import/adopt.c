/* SPDX-License-Identifier: ISC */
#include "import/adopt.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/profile.h"

void adopted_clear(struct adopted *a)
{
    for (size_t i = 0; i < a->count; i++)
        blob_clear(&a->spots[i].text);
    sv_free(a->spots);
    found_list_clear(&a->logins);
    secret_free(a->text);
    *a = (struct adopted){.count = 0};
}

struct adopting {
    struct adopted *out;
    const struct import_source *source;
    const char *what;
    const struct secret *bytes;
    const struct import_ask *asks;
    struct sv_err *err;
};

/* ---- the places ---- */

/* Of a login that has a secret. */
struct place {
    size_t at, end, login;
};

static int by_place(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return a->login < b->login ? -1 : a->login > b->login;
}

static enum sv_status find_places(const struct adopting *a, struct place **out, size_t *count)
{
    const struct found_list *l = &a->out->logins;
    size_t len = secret_len(a->bytes);
    SV_AUTOFREE struct place *places = sv_alloc_array(l->count, sizeof *places);
    if (!places)
        return sv_fail_nomem(a->err);
    *count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct found *f = &l->items[i];
        bool is_there = f->secret && f->len > 0 && f->at <= len && f->len <= len - f->at;
        if (is_there)
            places[(*count)++] = (struct place){f->at, f->at + f->len, i};
        else if (a->asks[i].name)
            return sv_fail(a->err, SV_INTERNAL, "a place in %s to ask from is not there", a->what);
    }
    if (*count > 0)
        qsort(places, *count, sizeof *places, by_place);
    *out = places;
    places = NULL;
    return SV_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_login(const struct found *a, const struct found *b)
{
    return same_text(a->card.host, b->card.host) && a->card.port == b->card.port &&
           same_text(a->card.username, b->card.username) && secret_equal(a->secret, b->secret);
}

/* A hook may write several lines; a line's end that came with a name would be another statement. */
static bool is_one_line(const struct import_ask *ask)
{
    const char *const texts[] = {ask->name, ask->command, ask->reference};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (text_has_control(texts[i], strlen(texts[i])))
            return false;
    return true;
}

static enum sv_status add_spot(const struct adopting *a, const struct place *p)
{
    struct adopt_spot *spot = &a->out->spots[a->out->count++];
    *spot = (struct adopt_spot){.at = p->at, .len = p->end - p->at};
    if (!is_one_line(&a->asks[p->login]))
        return sv_fail(a->err, SV_INTERNAL, "what should ask for a secret is not one line");
    return a->source->hook(&spot->text, &a->out->logins.items[p->login], &a->asks[p->login],
                           a->err);
}

/* No place goes of which another login, or one that stays, has its secret as well. */
static enum sv_status find_spots(const struct adopting *a)
{
    SV_AUTOFREE struct place *places = NULL;
    const struct found *logins = a->out->logins.items;
    const struct place *last = NULL; /* that goes */
    size_t count = 0, stays = 0;     /* where what stays has its end */
    enum sv_status s = find_places(a, &places, &count);
    if (s == SV_OK && !(a->out->spots = sv_alloc_array(count, sizeof *a->out->spots)))
        return sv_fail_nomem(a->err);
    for (size_t i = 0; i < count && s == SV_OK; i++) {
        const struct place *p = &places[i];
        bool goes = a->asks[p->login].name, over = last && p->at < last->end;
        bool shared = goes && over && p->at == last->at && p->end == last->end &&
                      same_login(&logins[last->login], &logins[p->login]);
        if ((over && !shared) || (goes && p->at < stays))
            return sv_fail(a->err, SV_DATA,
                           "%s has one place for the secrets of two logins: change it by hand",
                           a->what);
        if (!goes)
            stays = p->end > stays ? p->end : stays;
        else if (!shared && (s = add_spot(a, p)) == SV_OK)
            last = p;
    }
    return s;
}

/* ---- the text ---- */

static enum sv_status put_text(struct adopting *a)
{
    const uint8_t *old = secret_peek(a->bytes);
    size_t len = secret_len(a->bytes), room = len, at = 0;
    struct adopted *out = a->out;
    enum sv_status s;
    for (size_t i = 0; i < out->count; i++)
        room += out->spots[i].text.len;
    if ((s = secret_new(&out->text, room + 1, a->err)))
        return s;
    for (size_t i = 0; i < out->count && s == SV_OK; i++) {
        const struct adopt_spot *spot = &out->spots[i];
        if ((s = secret_append(out->text, old + at, spot->at - at, a->err)) == SV_OK)
            s = secret_append(out->text, spot->text.bytes, spot->text.len, a->err);
        at = spot->at + spot->len;
    }
    return s ? s : secret_append(out->text, old + at, len - at, a->err);
}

/* ---- what comes of it ---- */

static enum sv_status same_card(const struct adopting *a, const struct found *x,
                                const struct found *y, bool *same)
{
    SECRET_OWNED struct secret *left = NULL, *right = NULL;
    enum sv_status s;
    if ((s = profile_encode(&left, &x->card, a->err)) ||
        (s = profile_encode(&right, &y->card, a->err)))
        return s;
    *same = secret_equal(left, right) && same_text(x->site, y->site);
    return SV_OK;
}

static bool same_secret(const struct found *x, const struct found *y)
{
    return x->secret && y->secret ? secret_equal(x->secret, y->secret) : x->secret == y->secret;
}

static enum sv_status fail_reread(const struct adopting *a, const struct found *f, const char *how)
{
    char shown[2 * PROFILE_NAME_MAX];
    const char *name = f && f->card.name ? f->card.name : "another login";
    return sv_fail(a->err, SV_DATA,
                   "%s would %s %s when its secret is taken out: change it by hand", a->what, how,
                   text_printable(shown, sizeof shown, name, strlen(name)));
}

/* A login without its secret may be none any more to the source; all the others have to be there,
 * in their order. */
static enum sv_status compare(const struct adopting *a, const struct found_list *now)
{
    const struct found_list *old = &a->out->logins;
    size_t at = 0;
    for (size_t i = 0; i < old->count; i++) {
        const struct found *was = &old->items[i], *is = at < now->count ? &now->items[at] : NULL;
        bool adopt = a->asks[i].name != NULL, same = false;
        enum sv_status s = is ? same_card(a, was, is, &same) : SV_OK;
        if (s)
            return s;
        if (!same && !adopt)
            return fail_reread(a, was, "lose");
        if (same && adopt && is->secret)
            return fail_reread(a, was, "still hold a secret of");
        if (same && !adopt && !same_secret(was, is))
            return fail_reread(a, was, "change");
        at += same;
    }
    return at == now->count ? SV_OK : fail_reread(a, &now->items[at], "get a login like");
}

static enum sv_status check(const struct adopting *a)
{
    FOUND_LIST_OWNED struct found_list now = {0};
    struct sv_err why = {""};
    enum sv_status s = import_read(a->source, a->what, a->out->text, &now, &why);
    if (s == SV_DATA)
        return sv_fail(a->err, s, "%s could not be read any more: %.600s", a->what, why.text);
    return s ? sv_fail(a->err, s, "%s", why.text) : compare(a, &now);
}

enum sv_status adopt_make(struct adopted *out, const struct import_source *source, const char *what,
                          const struct secret *bytes, const struct import_ask *asks, size_t count,
                          struct sv_err *err)
{
    ADOPTED_OWNED struct adopted made = {.count = 0};
    struct adopting a = {&made, source, what, bytes, asks, err};
    enum sv_status s = import_read(source, what, bytes, &made.logins, err);
    if (s == SV_OK && made.logins.count != count)
        s = sv_fail(err, SV_INTERNAL, "%s is not read twice in the same way", what);
    if (s || (s = find_spots(&a)) || (s = put_text(&a)) || (s = check(&a)))
        return s;
    *out = made;
    made = (struct adopted){.count = 0};
    return SV_OK;
}

/* ---- what is left ---- */

static size_t lines_before(const char *text, const char *end)
{
    size_t n = 0;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        n++;
    return n;
}

size_t adopt_leftover(const struct adopted *a, size_t login, size_t after)
{
    const struct secret *secret = a->logins.items[login].secret;
    const char *text = (const char *)secret_peek(a->text), *at = text;
    size_t len = secret_len(a->text), want = secret ? secret_len(secret) : 0;
    if (want < ADOPT_TELLING_MIN)
        return 0;
    for (; (at = memmem(at, len - (size_t)(at - text), secret_peek(secret), want)); at++) {
        size_t line = lines_before(text, at) + 1;
        if (line > after)
            return line;
    }
    return 0;
}
