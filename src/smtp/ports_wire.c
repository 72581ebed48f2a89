/* SPDX-License-Identifier: ISC */
#include "smtp/ports.h"
#include "smtp/wire_frame.h"

#define CODE_MAX 599
#define X(name, word) +1
enum {
    REACHES = 0 PORT_REACH_LIST(X),
    SPEECHES = 0 PORT_SPEECH_LIST(X),
    NAMES = 0 PORT_NAME_LIST(X)
};
#undef X

static enum sv_status check_request(const struct ports_request *r, enum sv_status status,
                                    struct sv_err *err)
{
    if (r->count == 0 || r->count > PORTS_MAX)
        return sv_fail(err, status, "1 to %d ports can be looked at, not %zu", PORTS_MAX, r->count);
    for (size_t i = 0; i < r->count; i++) {
        if (!wire_is_host(r->asks[i].host))
            return sv_fail(err, status,
                           "the server's name is not a host name; mend it with --host");
        if (r->asks[i].port == 0)
            return sv_fail(err, status, "port 0 is no port; give one of 1 to 65535 with --port");
    }
    return SV_OK;
}

enum sv_status ports_put_request(struct secret **frame, const struct ports_request *r,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status = check_request(r, SV_USAGE, err);
    if (status == SV_OK)
        status = wire_make(&made, &w, WIRE_PORTS, WIRE_PORTS_MAX, err);
    if (status != SV_OK)
        return status;
    wire_put_text(&w, r->ca_file);
    buf_put_u32(&w, r->connect_ms);
    buf_put_u8(&w, (uint8_t)r->count);
    for (size_t i = 0; i < r->count; i++) {
        wire_put_text(&w, r->asks[i].host);
        buf_put_u16(&w, r->asks[i].port);
        buf_put_u8(&w, r->asks[i].control ? 1 : 0);
    }
    return wire_give(&made, &w, frame, err);
}

enum sv_status ports_get_request(const uint8_t *frame, size_t len, struct ports_request *request,
                                 struct sv_err *err)
{
    struct buf_reader in;
    struct ports_request r = {.count = 0};
    if (!wire_open(&in, WIRE_PORTS, frame, len))
        return sv_fail(err, SV_DATA, "the ports to look at are not one whole frame");
    wire_get_text(&in, r.ca_file, sizeof(r.ca_file));
    r.connect_ms = buf_get_u32(&in);
    r.count = buf_get_u8(&in);
    for (size_t i = 0; i < r.count && i < PORTS_MAX; i++) {
        wire_get_text(&in, r.asks[i].host, sizeof(r.asks[i].host));
        r.asks[i].port = buf_get_u16(&in);
        uint8_t control = buf_get_u8(&in);
        r.asks[i].control = control == 1;
        in.bad = in.bad || control > 1;
    }
    if (!buf_reader_done(&in))
        return sv_fail(err, SV_DATA, "the request to look at ports is malformed");
    enum sv_status status = check_request(&r, SV_DATA, err);
    if (status == SV_OK)
        *request = r;
    return status;
}

static bool makes_sense(const struct port_seen *s)
{
    bool known = (unsigned)s->name < NAMES && (unsigned)s->v4 < REACHES &&
                 (unsigned)s->v6 < REACHES && (unsigned)s->speech < SPEECHES;
    bool open = s->v4 == REACH_OPEN || s->v6 == REACH_OPEN;
    return known && s->code <= CODE_MAX && s->verify >= -1 && s->ms >= -1 &&
           (open || s->speech == SPEECH_NOTHING);
}

static enum sv_status check_answer(const struct ports_answer *a, struct sv_err *err)
{
    bool sense = a->count <= PORTS_MAX && a->their_clock >= 0;
    for (size_t i = 0; sense && i < a->count; i++)
        sense = makes_sense(&a->seen[i]);
    if (!sense)
        return sv_fail(err, SV_DATA,
                       "smtpvault-net saw ports in a way that makes no sense; check that it is of "
                       "the same version as smtpvault");
    return SV_OK;
}

enum sv_status ports_put_answer(uint8_t *frame, size_t *len, const struct ports_answer *a,
                                struct sv_err *err)
{
    enum sv_status status = check_answer(a, err);
    if (status != SV_OK)
        return status;
    struct buf_writer w = buf_writer_over(frame, WIRE_PORTS_SEEN_MAX);
    wire_begin(&w, WIRE_PORTS_SEEN);
    buf_put_u64(&w, (uint64_t)a->their_clock);
    buf_put_u8(&w, (uint8_t)a->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct port_seen *s = &a->seen[i];
        buf_put_u8(&w, (uint8_t)s->name);
        buf_put_u8(&w, (uint8_t)s->v4);
        buf_put_u8(&w, (uint8_t)s->v6);
        buf_put_u8(&w, (uint8_t)s->speech);
        buf_put_u16(&w, s->code);
        buf_put_u32(&w, (uint32_t)s->verify);
        buf_put_u32(&w, (uint32_t)s->ms);
    }
    return wire_end(&w, len, err);
}

enum sv_status ports_get_answer(const uint8_t *frame, size_t len, struct ports_answer *answer,
                                struct sv_err *err)
{
    struct buf_reader in;
    struct ports_answer a = {.count = 0};
    if (!wire_open(&in, WIRE_PORTS_SEEN, frame, len))
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is not one whole frame");
    a.their_clock = (int64_t)buf_get_u64(&in);
    a.count = buf_get_u8(&in);
    for (size_t i = 0; i < a.count && i < PORTS_MAX; i++) {
        struct port_seen *s = &a.seen[i];
        s->name = (enum port_name)buf_get_u8(&in);
        s->v4 = (enum port_reach)buf_get_u8(&in);
        s->v6 = (enum port_reach)buf_get_u8(&in);
        s->speech = (enum port_speech)buf_get_u8(&in);
        s->code = buf_get_u16(&in);
        s->verify = (int32_t)buf_get_u32(&in);
        s->ms = (int32_t)buf_get_u32(&in);
    }
    if (!buf_reader_done(&in))
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is malformed");
    enum sv_status status = check_answer(&a, err);
    if (status == SV_OK)
        *answer = a;
    return status;
}
