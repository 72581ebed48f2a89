/* SPDX-License-Identifier: ISC */
#include "smtp/dns_answer.h"

#include <string.h>

#include "base/buf.h"

#define RESPONSE 0x8000
#define REPLY_CODE 0x000F
#define RECORDS_MAX 64 /* of which some may be aliases and signatures */
#define JUMPS_MAX 32
#define TYPE_MX 15
#define TYPE_SRV 33
#define CLASS_IN 1

/* Numbers go the other way round there. */
static uint16_t get_u16(struct buf_reader *r)
{
    uint8_t high = buf_get_u8(r);
    return (uint16_t)(high << 8 | buf_get_u8(r));
}

static bool is_label(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t c = bytes[i] | 0x20;
        if (!(c >= 'a' && c <= 'z') && !(bytes[i] >= '0' && bytes[i] <= '9') && bytes[i] != '-' &&
            bytes[i] != '_')
            return false;
    }
    return true;
}

static void add_label(struct buf_reader *r, const uint8_t *label, size_t len, char dst[256])
{
    size_t used = strlen(dst);
    if (!label || !is_label(label, len) || used + len + 2 > 256) {
        r->bad = true;
        return;
    }
    if (used > 0)
        dst[used++] = '.';
    memcpy(dst + used, label, len);
    dst[used + len] = '\0';
}

/* A name that may go on elsewhere in the message (section 4.1.4), there always nearer to its
 * beginning; r stands behind its first part then. */
static void get_name(struct buf_reader *r, const uint8_t *message, size_t size, char dst[256])
{
    struct buf_reader part = *r, *at = r;
    dst[0] = '\0';
    for (int jumps = 0; !r->bad && !at->bad;) {
        uint8_t len = buf_get_u8(at);
        if (at->bad || len == 0)
            break;
        if (len < 0x40) {
            add_label(r, buf_get_view(at, len), len, dst);
            continue;
        }
        size_t to = (size_t)(len & 0x3F) << 8 | buf_get_u8(at);
        if (at->bad || len < 0xC0 || to >= size || ++jumps > JUMPS_MAX) {
            r->bad = true;
            break;
        }
        part = buf_reader_over(message + to, size - to);
        at = &part;
    }
    r->bad = r->bad || at->bad;
}

static bool comes_before(const struct dns_srv *a, const struct dns_srv *b)
{
    return a->priority != b->priority ? a->priority < b->priority : a->weight > b->weight;
}

static void insert(struct dns_srv *list, size_t *count, const struct dns_srv *srv)
{
    if (*count == DNS_SRV_MAX)
        return;
    size_t at = (*count)++;
    for (; at > 0 && comes_before(srv, &list[at - 1]); at--)
        list[at] = list[at - 1];
    list[at] = *srv;
}

struct message {
    const uint8_t *bytes;
    size_t len;
};

static void get_data(struct buf_reader *in, uint16_t type, const struct message *m,
                     struct dns_srv *out)
{
    *out = (struct dns_srv){.priority = get_u16(in)};
    if (type == TYPE_SRV) {
        out->weight = get_u16(in);
        out->port = get_u16(in);
    }
    get_name(in, m->bytes, m->len, out->target);
    in->bad = !buf_reader_done(in);
}

static void get_record(struct buf_reader *r, uint16_t wanted, const struct message *m,
                       struct dns_srv *list, size_t *count)
{
    char owner[256];
    struct dns_srv srv;
    get_name(r, m->bytes, m->len, owner);
    uint16_t type = get_u16(r), class = get_u16(r);
    (void)buf_get_view(r, 4); /* how long it may be kept */
    uint16_t len = get_u16(r);
    const uint8_t *data = buf_get_view(r, len);
    if (r->bad || type != wanted || class != CLASS_IN)
        return;
    struct buf_reader in = buf_reader_over(data, len);
    get_data(&in, type, m, &srv);
    if (in.bad)
        r->bad = true;
    else if (type == TYPE_MX || srv.port != 0 || srv.target[0] == '\0')
        insert(list, count, &srv);
}

static bool read_answer(const uint8_t *bytes, size_t len, uint16_t type, struct dns_srv *out,
                        size_t *count)
{
    const struct message m = {bytes, len};
    struct buf_reader r = buf_reader_over(bytes, len);
    char name[256];
    *count = 0;
    (void)get_u16(&r); /* which query it answers: the resolver has looked */
    uint16_t flags = get_u16(&r), questions = get_u16(&r), answers = get_u16(&r);
    (void)buf_get_view(&r, 4);
    if (r.bad || (flags & RESPONSE) == 0 || (flags & REPLY_CODE) != 0 || questions > 1)
        return false;
    if (questions == 1) {
        get_name(&r, bytes, len, name);
        (void)buf_get_view(&r, 4);
    }
    for (uint16_t i = 0; i < answers && i < RECORDS_MAX && !r.bad; i++)
        get_record(&r, type, &m, out, count);
    if (r.bad)
        *count = 0;
    return !r.bad;
}

bool dns_answer_srv(const uint8_t *bytes, size_t len, struct dns_srv out[DNS_SRV_MAX],
                    size_t *count)
{
    return read_answer(bytes, len, TYPE_SRV, out, count);
}

bool dns_answer_mx(const uint8_t *bytes, size_t len, struct dns_srv out[DNS_SRV_MAX], size_t *count)
{
    return read_answer(bytes, len, TYPE_MX, out, count);
}
