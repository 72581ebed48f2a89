/* SPDX-License-Identifier: ISC */
/*
 * import_trip: what a format writes comes in again by its source, exactly, whatever the
 * password and the user name are, or the format had refused to write it.
 */
#ifndef TESTS_UNIT_IMPORT_TRIP_H
#define TESTS_UNIT_IMPORT_TRIP_H

#include "format_fixture.h"
#include "hostile.h"
#include "import_support.h"

struct trip {
    const char *format, *source;
    /* What the format does not write: TRIP_CLEAR: that there is no TLS; TRIP_SERVER: the server
     * and its TLS. */
    unsigned lacks;
    const char *before, *after; /* what has to be around its lines; NULL */
};
#define TRIP_CLEAR 1U
#define TRIP_SERVER 2U

static inline void trip_compare(const struct trip *t, const struct profile *p, const char *secret,
                                size_t len, const struct found *f, const char *text)
{
    bool same = f->secret && secret_len(f->secret) == len &&
                memcmp(secret_peek(f->secret), secret, len) == 0 && f->card.username &&
                strcmp(f->card.username, p->username) == 0;
    if (!(t->lacks & TRIP_SERVER)) {
        same =
            same && f->card.host && strcmp(f->card.host, p->host) == 0 && f->card.port == p->port;
        same = same && (f->card.tls == p->tls || (p->tls == TLS_NONE && (t->lacks & TRIP_CLEAR)));
    }
    SECRET_OWNED struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, secret, len, NULL), SV_OK);
    bool storable = profile_check_secret(s, NULL) == SV_OK;
    /* A line's end is in no password of the vault, and need not be understood. */
    if (storable ? !same || f->fault : !f->fault)
        fail_msg("%s by %s: \"%.400s\": user \"%s\", %zu bytes, host %s:%u tls %d: %s", t->format,
                 t->source, text, f->card.username ? f->card.username : "",
                 f->secret ? secret_len(f->secret) : 0, f->card.host ? f->card.host : "",
                 (unsigned)f->card.port, (int)f->card.tls, f->fault ? f->fault : "no fault");
}

/* False: the format refuses it. */
static inline bool trip_one(const struct trip *t, const struct profile *p, const char *secret,
                            size_t len)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    char text[2 * sizeof((struct answer *)0)->text];
    const struct answer *a = answer(t->format, p, secret, len);
    if (a->status != SV_OK) {
        assert_int_equal(a->status, SV_DATA);
        return false;
    }
    size_t before = t->before ? strlen(t->before) : 0, after = t->after ? strlen(t->after) : 0;
    memcpy(text, t->before ? t->before : "", before);
    memcpy(text + before, a->text, a->len);
    memcpy(text + before + a->len, t->after ? t->after : "", after);
    enum sv_status s = read_bytes(t->source, text, before + a->len + after, &l, &err);
    if (s != SV_OK || l.count != 1)
        fail_msg("%s by %s: \"%.*s\": %zu logins, %s", t->format, t->source, (int)a->len, a->text,
                 l.count, err.text);
    trip_compare(t, p, secret, len, l.items, a->text);
    return true;
}

static inline void trip(const struct trip *t)
{
    static const struct {
        enum profile_tls tls;
        uint16_t port;
    } ways[] = {{TLS_STARTTLS, 587}, {TLS_IMPLICIT, 465}, {TLS_NONE, 587}};
    size_t said = 0, tried = 0;
    for (size_t w = 0; w < COUNT(ways); w++) {
        unsigned says = format_find(t->format)->tls;
        if (ways[w].tls == TLS_NONE && says != 0 && !(says & SAYS_NONE))
            continue;
        for (size_t i = 0; i < HOSTILES; i++) {
            const struct hostile *h = &hostiles[i];
            char user[64];
            struct profile p = ordinary();
            p.tls = ways[w].tls;
            p.port = ways[w].port;
            said += trip_one(t, &p, h->bytes, h->len);
            tried++;
            if (!h->text)
                continue;
            (void)snprintf(user, sizeof user, "%s", h->bytes);
            p.username = user;
            said += trip_one(t, &p, "Tame-1", 6);
            tried++;
        }
    }
    /* A format that refused nearly all would prove nothing. */
    assert_true(said * 2 > tried);
}

#endif
