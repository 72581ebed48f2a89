/* SPDX-License-Identifier: ISC */
#include "smtp/discover_wire.h"

#include <string.h>

enum sv_status discover_put_request(struct secret **frame, const char *domain,
                                    const struct secret *document, struct sv_err *err)
{
    size_t len = document ? secret_len(document) : 0;
    if (!discover_is_domain(domain))
        return sv_fail(err, SV_USAGE,
                       "a mail domain is letters, digits, hyphens and dots (example.org); one with "
                       "other letters is given in its form that begins with xn--");
    if (len > DISCOVER_DOCUMENT_MAX)
        return sv_fail(err, SV_DATA, "the domain's document is larger than %d bytes",
                       DISCOVER_DOCUMENT_MAX);
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status = wire_make(&made, &w, WIRE_DISCOVER, WIRE_HEAD + 512 + len, err);
    if (status != SV_OK)
        return status;
    wire_put_text(&w, domain);
    buf_put_u8(&w, document ? 1 : 0);
    wire_put_guarded(&w, document);
    return wire_give(&made, &w, frame, err);
}

enum sv_status discover_get_request(const uint8_t *frame, size_t len, char domain[256],
                                    const uint8_t **document, size_t *document_len,
                                    struct sv_err *err)
{
    struct buf_reader r;
    if (!wire_open(&r, WIRE_DISCOVER, frame, len))
        return sv_fail(err, SV_DATA, "the request for a domain is not one whole frame");
    memset(domain, 0, 256);
    wire_get_text(&r, domain, 256);
    uint8_t has = buf_get_u8(&r);
    const uint8_t *bytes = buf_get_block(&r, DISCOVER_DOCUMENT_MAX, document_len);
    if (!buf_reader_done(&r) || has > 1 || (has == 0 && *document_len > 0) ||
        !discover_is_domain(domain))
        return sv_fail(err, SV_DATA, "the request for a domain is malformed");
    *document = has ? bytes : NULL;
    return SV_OK;
}

/* ---- the answer ---- */

static bool is_server(const struct discover_server *s)
{
    return discover_is_domain(s->host) && s->port != 0 &&
           (s->tls == SMTP_STARTTLS || s->tls == SMTP_IMPLICIT) &&
           (s->source == DISCOVER_SRV || s->source == DISCOVER_AUTOCONFIG) &&
           s->username <= DISCOVER_DOMAIN;
}

static bool is_answer(const struct discovered *found)
{
    if (found->end < DISCOVER_FOUND || found->end > DISCOVER_MALFORMED ||
        found->count > DISCOVER_SERVERS_MAX || found->mx_count > DISCOVER_MX_MAX ||
        (found->end == DISCOVER_FOUND) != (found->count > 0) || !wire_is_printable(found->name) ||
        !wire_is_printable(found->why))
        return false;
    for (uint8_t i = 0; i < found->count; i++)
        if (!is_server(&found->servers[i]))
            return false;
    for (uint8_t i = 0; i < found->mx_count; i++)
        if (!discover_is_domain(found->mx[i]))
            return false;
    return true;
}

enum sv_status discover_put_answer(uint8_t frame[WIRE_DISCOVERED_MAX], size_t *len,
                                   const struct discovered *found, struct sv_err *err)
{
    struct buf_writer w = buf_writer_over(frame, WIRE_DISCOVERED_MAX);
    if (!is_answer(found))
        return sv_fail(err, SV_DATA, "what a domain names cannot be told");
    wire_begin(&w, WIRE_DISCOVERED);
    buf_put_u8(&w, (uint8_t)found->end);
    wire_put_text(&w, found->name);
    wire_put_text(&w, found->why);
    buf_put_u8(&w, found->count);
    for (uint8_t i = 0; i < found->count; i++) {
        const struct discover_server *s = &found->servers[i];
        wire_put_text(&w, s->host);
        buf_put_u16(&w, s->port);
        buf_put_u8(&w, (uint8_t)s->tls);
        buf_put_u8(&w, (uint8_t)s->source);
        buf_put_u8(&w, (uint8_t)s->username);
        buf_put_u8(&w, s->oauth2 ? 1 : 0);
    }
    buf_put_u8(&w, found->mx_count);
    for (uint8_t i = 0; i < found->mx_count; i++)
        wire_put_text(&w, found->mx[i]);
    return wire_end(&w, len, err);
}

static void get_server(struct buf_reader *r, struct discover_server *s)
{
    wire_get_text(r, s->host, sizeof(s->host));
    s->port = buf_get_u16(r);
    s->tls = (enum smtp_tls)buf_get_u8(r);
    s->source = (enum discover_source)buf_get_u8(r);
    s->username = (enum discover_username)buf_get_u8(r);
    uint8_t oauth2 = buf_get_u8(r);
    s->oauth2 = oauth2 == 1;
    r->bad = r->bad || oauth2 > 1;
}

enum sv_status discover_get_answer(const uint8_t *frame, size_t len, struct discovered *found,
                                   struct sv_err *err)
{
    struct buf_reader r;
    struct discovered f = {.count = 0};
    if (!wire_open(&r, WIRE_DISCOVERED, frame, len))
        return sv_fail(err, SV_DATA, "what a domain names is not one whole frame");
    f.end = (enum discover_end)buf_get_u8(&r);
    wire_get_text(&r, f.name, sizeof(f.name));
    wire_get_text(&r, f.why, sizeof(f.why));
    f.count = buf_get_u8(&r);
    for (uint8_t i = 0; i < f.count && i < DISCOVER_SERVERS_MAX && !r.bad; i++)
        get_server(&r, &f.servers[i]);
    f.mx_count = buf_get_u8(&r);
    for (uint8_t i = 0; i < f.mx_count && i < DISCOVER_MX_MAX && !r.bad; i++)
        wire_get_text(&r, f.mx[i], sizeof(f.mx[i]));
    if (!buf_reader_done(&r) || !is_answer(&f))
        return sv_fail(err, SV_DATA, "what a domain names is malformed");
    *found = f;
    return SV_OK;
}
