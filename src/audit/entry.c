/* SPDX-License-Identifier: ISC */
/* entry: the codec, and the cutting of what does not fit. */
#include "audit/entry.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

enum tag {
    TAG_WHAT = 1,
    TAG_TIME = 2,
    TAG_BOOTTIME = 3,
    TAG_UID = 4,
    TAG_PID = 5,
    TAG_VERSION = 6,
    TAG_BEGUN = 7,
    TAG_PROFILE = 8,
    TAG_TOKEN = 9,
    TAG_NOTE = 10,
    TAG_EXE = 11,
    TAG_PARENT = 12,
    TAG_UNIT = 13,
    TAG_CWD = 14,
    TAG_MEMBER = 15,
    TAG_TERMINAL = 16,
    TAG_PACKAGE = 17,
    TAG_SCRIPT = 18,
    TAG_EXE_HASH = 19
};

#define RECORD_HEAD 2
#define BOOTTIME_LEN 6 /* bytes: nine million years */
#define BOOTTIME_MASK (((uint64_t)1 << (8 * BOOTTIME_LEN)) - 1)
#define MEMBER_LEN 2
#define CUT_FLOOR 16
#define DOTS "..."
#define DOTS_LEN 3
#define TEXT_MAX (CALLER_TEXT_MAX - 1)

/* ---- writing ---- */

struct text {
    enum tag tag;
    const char *from;
    size_t len; /* of the whole text */
    size_t use; /* bytes it may have in the entry, dots included */
    bool keep_end;
};

enum { PROFILE, TOKEN, NOTE, EXE, PARENT, UNIT, CWD, TEXTS };

static struct text text_of(enum tag tag, const char *from, size_t max, bool keep_end)
{
    size_t len = strnlen(from, max);
    return (struct text){tag, from, len, len, keep_end};
}

static size_t record_len(size_t len)
{
    return len == 0 ? 0 : RECORD_HEAD + len;
}

/* Takes up to `excess` bytes from a text, down to `floor`; returns how many it gave. */
static size_t text_cut(struct text *t, size_t excess, size_t floor)
{
    size_t before = record_len(t->use);

    if (excess == 0 || t->use <= floor)
        return 0;
    t->use = t->use - floor > excess ? t->use - excess : floor;
    if (t->use <= DOTS_LEN)
        t->use = 0;
    return before - record_len(t->use);
}

static size_t texts_need(const struct text texts[TEXTS])
{
    size_t need = 0;

    for (int i = 0; i < TEXTS; i++)
        need += record_len(texts[i].use);
    return need;
}

static void texts_fit(struct text texts[TEXTS], size_t room)
{
    static const int order[] = {NOTE, CWD, PARENT, UNIT, EXE};
    static const size_t floors[] = {CUT_FLOOR, 0};
    size_t need = texts_need(texts);

    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < sizeof order / sizeof order[0] && need > room; i++)
            need -= text_cut(&texts[order[i]], need - room, floors[f]);
}

static bool inside_character(const char *at)
{
    return ((unsigned char)*at & 0xc0) == 0x80;
}

static void put_text(struct buf_writer *w, const struct text *t)
{
    if (t->use == 0)
        return;
    buf_put_u8(w, (uint8_t)t->tag);
    if (t->use == t->len) {
        buf_put_u8(w, (uint8_t)t->len);
        buf_put_bytes(w, t->from, t->len);
        return;
    }
    size_t kept = t->use - DOTS_LEN;
    const char *from = t->from;
    if (t->keep_end) {
        from += t->len - kept;
        for (; kept > 0 && inside_character(from); kept--)
            from++;
    } else {
        while (kept > 0 && inside_character(from + kept))
            kept--;
    }
    buf_put_u8(w, (uint8_t)(kept + DOTS_LEN));
    if (t->keep_end)
        buf_put_bytes(w, DOTS, DOTS_LEN);
    buf_put_bytes(w, from, kept);
    if (!t->keep_end)
        buf_put_bytes(w, DOTS, DOTS_LEN);
}

static size_t number_len(uint64_t value)
{
    size_t len = 0;

    for (; value > 0; value >>= 8)
        len++;
    return len;
}

static void put_number(struct buf_writer *w, enum tag tag, uint64_t value)
{
    uint8_t bytes[8];
    size_t len = number_len(value);

    le64_put(bytes, value);
    if (len == 0)
        return;
    buf_put_u8(w, (uint8_t)tag);
    buf_put_u8(w, (uint8_t)len);
    buf_put_bytes(w, bytes, len);
}

/* What else is known of the caller: there whole or not at all. */
enum { TERMINAL, PACKAGE, SCRIPT, EXE_HASH, EXTRAS };

/* Leaves out what does not fit beside the `need` bytes of all the rest. */
static void extras_fit(struct text extras[EXTRAS], size_t need)
{
    for (int i = 0; i < EXTRAS; i++)
        need += record_len(extras[i].use);
    for (int i = 0; i < EXTRAS && need > AUDIT_ENTRY_MAX; i++) {
        need -= record_len(extras[i].use);
        extras[i].use = 0;
    }
}

size_t audit_entry_encode(uint8_t out[AUDIT_ENTRY_MAX], const struct audit_event *e)
{
    struct buf_writer w = buf_writer_over(out, AUDIT_ENTRY_MAX);
    const struct caller *c = &e->caller;
    struct text texts[TEXTS] = {
        [PROFILE] = text_of(TAG_PROFILE, e->profile, AUDIT_PROFILE_MAX, false),
        [TOKEN] = text_of(TAG_TOKEN, e->token, AUDIT_TOKEN_MAX, false),
        [NOTE] = text_of(TAG_NOTE, e->note, AUDIT_NOTE_MAX, false),
        [EXE] = text_of(TAG_EXE, c->exe, TEXT_MAX, true),
        [PARENT] = text_of(TAG_PARENT, c->parent, TEXT_MAX, true),
        [UNIT] = text_of(TAG_UNIT, c->unit, TEXT_MAX, true),
        [CWD] = text_of(TAG_CWD, c->cwd, TEXT_MAX, true),
    };
    size_t hash_len = c->exe_hashed ? AUDIT_EXE_HASH_LEN : 0;
    struct text extras[EXTRAS] = {
        [TERMINAL] = text_of(TAG_TERMINAL, c->tty, CALLER_TTY_MAX - 1, true),
        [PACKAGE] = text_of(TAG_PACKAGE, c->package, CALLER_PACKAGE_MAX - 1, true),
        [SCRIPT] = text_of(TAG_SCRIPT, c->script, TEXT_MAX, true),
        [EXE_HASH] = {TAG_EXE_HASH, (const char *)c->exe_hash, hash_len, hash_len, true},
    };

    buf_put_u8(&w, TAG_WHAT);
    buf_put_u8(&w, 3);
    buf_put_u8(&w, (uint8_t)e->op);
    buf_put_u8(&w, (uint8_t)e->result);
    buf_put_u8(&w, (uint8_t)e->via);
    put_number(&w, TAG_TIME, (uint64_t)e->time);
    put_number(&w, TAG_BOOTTIME, (uint64_t)e->boottime & BOOTTIME_MASK);
    put_number(&w, TAG_UID, c->uid);
    put_number(&w, TAG_PID, c->pid);
    put_number(&w, TAG_VERSION, e->version);
    put_number(&w, TAG_BEGUN, e->begun);
    size_t numbers = w.len + record_len(number_len(e->member));
    extras_fit(extras, numbers + texts_need(texts));
    texts_fit(texts, AUDIT_ENTRY_MAX - numbers);
    for (int i = 0; i < TEXTS; i++)
        put_text(&w, &texts[i]);
    put_number(&w, TAG_MEMBER, e->member);
    for (int i = 0; i < EXTRAS; i++)
        put_text(&w, &extras[i]);
    return w.len;
}

/* ---- reading ---- */

static bool get_number(const uint8_t *bytes, size_t len, size_t max, uint64_t *out)
{
    uint8_t whole[8] = {0};

    if (len > max || bytes[len - 1] == 0)
        return false;
    memcpy(whole, bytes, len);
    *out = le64_get(whole);
    return true;
}

static bool get_text(const uint8_t *bytes, size_t len, char *out, size_t capacity)
{
    if (len >= capacity || memchr(bytes, 0, len) != NULL)
        return false;
    memcpy(out, bytes, len);
    out[len] = '\0';
    return true;
}

static bool get_what(const uint8_t *bytes, size_t len, struct audit_event *e)
{
    if (len != 3)
        return false;
    e->op = (enum audit_op)bytes[0];
    e->result = (enum audit_result)bytes[1];
    e->via = (enum audit_via)bytes[2];
    return true;
}

static bool get_hash(const uint8_t *bytes, size_t len, struct caller *c)
{
    if (len != AUDIT_EXE_HASH_LEN)
        return false;
    memcpy(c->exe_hash, bytes, len);
    c->exe_hashed = true;
    return true;
}

static bool get_number_record(struct audit_event *e, uint8_t tag, const uint8_t *bytes, size_t len)
{
    static const uint8_t most[] = {[TAG_TIME] = 8,
                                   [TAG_BOOTTIME] = BOOTTIME_LEN,
                                   [TAG_UID] = 4,
                                   [TAG_PID] = 4,
                                   [TAG_VERSION] = 8,
                                   [TAG_BEGUN] = 8,
                                   [TAG_MEMBER] = MEMBER_LEN};
    uint64_t n = 0;

    if (!get_number(bytes, len, most[tag], &n))
        return false;
    if (tag == TAG_TIME)
        e->time = (int64_t)n;
    else if (tag == TAG_BOOTTIME)
        e->boottime = (int64_t)n;
    else if (tag == TAG_UID)
        e->caller.uid = (uint32_t)n;
    else if (tag == TAG_PID)
        e->caller.pid = (uint32_t)n;
    else if (tag == TAG_VERSION)
        e->version = n;
    else if (tag == TAG_BEGUN)
        e->begun = n;
    else
        e->member = (uint16_t)n;
    return true;
}

static bool get_record(struct audit_event *e, uint8_t tag, const uint8_t *bytes, size_t len)
{
    struct caller *c = &e->caller;

    switch (tag) {
    case TAG_WHAT:
        return get_what(bytes, len, e);
    case TAG_TIME:
    case TAG_BOOTTIME:
    case TAG_UID:
    case TAG_PID:
    case TAG_VERSION:
    case TAG_BEGUN:
    case TAG_MEMBER:
        return get_number_record(e, tag, bytes, len);
    case TAG_PROFILE:
        return get_text(bytes, len, e->profile, sizeof e->profile);
    case TAG_TOKEN:
        return get_text(bytes, len, e->token, sizeof e->token);
    case TAG_NOTE:
        return get_text(bytes, len, e->note, sizeof e->note);
    case TAG_EXE:
        return get_text(bytes, len, c->exe, sizeof c->exe);
    case TAG_PARENT:
        return get_text(bytes, len, c->parent, sizeof c->parent);
    case TAG_UNIT:
        return get_text(bytes, len, c->unit, sizeof c->unit);
    case TAG_CWD:
        return get_text(bytes, len, c->cwd, sizeof c->cwd);
    case TAG_TERMINAL:
        return get_text(bytes, len, c->tty, sizeof c->tty);
    case TAG_PACKAGE:
        return get_text(bytes, len, c->package, sizeof c->package);
    case TAG_SCRIPT:
        return get_text(bytes, len, c->script, sizeof c->script);
    case TAG_EXE_HASH:
        return get_hash(bytes, len, c);
    default:
        return false;
    }
}

enum sv_status audit_entry_decode(struct audit_event *event, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    struct audit_event e = {0};
    uint8_t last = 0;

    if (len > AUDIT_ENTRY_MAX)
        return sv_fail(err, SV_DATA, "it is no entry of an audit log");
    while (r.left > 0) {
        uint8_t tag = buf_get_u8(&r);
        size_t n = buf_get_u8(&r);
        const uint8_t *at = buf_get_view(&r, n);
        if (at == NULL || n == 0 || tag <= last || (last == 0 && tag != TAG_WHAT))
            return sv_fail(err, SV_DATA, "it is no entry of an audit log");
        if (!get_record(&e, tag, at, n))
            return sv_fail(err, SV_DATA,
                           "its field %u is not one that this version of smtpvault can read",
                           (unsigned)tag);
        last = tag;
    }
    if (last == 0)
        return sv_fail(err, SV_DATA, "it is empty");
    *event = e;
    return SV_OK;
}
