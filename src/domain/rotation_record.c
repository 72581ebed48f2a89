/* SPDX-License-Identifier: ISC */
#include "domain/rotation_record.h"

#include <string.h>

#include "base/text.h"

/* ---- words ---- */

const char *rotation_stage_word(enum rotation_stage stage)
{
    static const char *const words[] = {"none",     "planned",     "pending",
                                        "set",      "verified",    "promoted",
                                        "finished", "rolled-back", "abandoned"};

    return (size_t)stage < sizeof words / sizeof words[0] ? words[stage] : "unknown";
}

const char *rotation_method_word(enum rotation_method method)
{
    static const char *const words[] = {"none", "hand", "generated", "given", "hook"};

    return (size_t)method < sizeof words / sizeof words[0] ? words[method] : "unknown";
}

void rotation_say(char *dst, size_t capacity, const char *text)
{
    (void)text_printable(dst, capacity, text, strlen(text));
}

/* ---- what it means ---- */

bool rotation_is_pending(const struct rotation_record *record)
{
    return record->stage >= STAGE_PENDING && record->stage <= STAGE_VERIFIED;
}

bool rotation_is_open(const struct rotation_record *record)
{
    return record->stage >= STAGE_PLANNED && record->stage <= STAGE_PROMOTED;
}

void rotation_remember(struct rotation_record *next, const struct rotation_record *over)
{
    struct rotation_past now = {.begun = over->begun,
                                .due = over->due,
                                .promoted = over->promoted_at,
                                .ended = over->changed,
                                .stage = over->stage,
                                .method = over->method,
                                .flags = over->flags,
                                .version_to = over->version_to};
    size_t kept = over->past_count;

    if (over->promoted_at == 0) {
        next->past_count = over->past_count;
        memcpy(next->past, over->past, sizeof next->past);
        return;
    }
    memcpy(now.host, over->host, sizeof now.host);
    memcpy(now.who, over->who, sizeof now.who);
    memcpy(now.proof, over->proof, sizeof now.proof);
    kept = kept < ROTATION_PAST_MAX ? kept : ROTATION_PAST_MAX - 1;
    memmove(&next->past[1], over->past, kept * sizeof *next->past);
    next->past[0] = now;
    next->past_count = (uint8_t)(kept + 1);
}

/* ---- bytes ---- */

static void put_text(struct buf_writer *w, const char *text)
{
    size_t len = strlen(text);

    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, text, len);
}

static void put_past(struct buf_writer *w, const struct rotation_past *p)
{
    buf_put_u64(w, (uint64_t)p->begun);
    buf_put_u64(w, (uint64_t)p->due);
    buf_put_u64(w, (uint64_t)p->promoted);
    buf_put_u64(w, (uint64_t)p->ended);
    buf_put_u8(w, (uint8_t)p->stage);
    buf_put_u8(w, (uint8_t)p->method);
    buf_put_u8(w, (uint8_t)p->flags);
    buf_put_u64(w, p->version_to);
    put_text(w, p->host);
    put_text(w, p->who);
    put_text(w, p->proof);
}

static void put_record(struct buf_writer *w, const struct rotation_record *r)
{
    const int64_t times[] = {r->pending_since, r->verified_at, r->promoted_at,
                             r->dead_at,       r->alive_at,    r->overlap_until};
    const char *const texts[] = {r->host,     r->who,   r->hook, r->username,
                                 r->verified, r->proof, r->fault};

    buf_put_bytes(w, r->run, sizeof r->run);
    buf_put_u8(w, (uint8_t)r->stage);
    buf_put_u8(w, (uint8_t)r->method);
    buf_put_u8(w, (uint8_t)r->flags);
    buf_put_u32(w, r->turn);
    buf_put_u64(w, (uint64_t)r->begun);
    buf_put_u64(w, (uint64_t)r->changed);
    buf_put_u64(w, (uint64_t)r->due);
    buf_put_bytes(w, r->machine, sizeof r->machine);
    buf_put_u64(w, r->version_from);
    buf_put_u64(w, r->version_to);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        buf_put_u64(w, (uint64_t)times[i]);
    buf_put_u32(w, r->rejections);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(w, texts[i]);
    buf_put_u8(w, r->past_count);
    for (size_t i = 0; i < r->past_count; i++)
        put_past(w, &r->past[i]);
}

static void get_text(struct buf_reader *r, char *dst, size_t capacity)
{
    size_t len = buf_get_u16(r);

    if (len >= capacity)
        r->bad = true;
    else
        buf_get_bytes(r, dst, len);
    r->bad |=
        !r->bad && (strlen(dst) != len || !text_is_utf8(dst, len) || text_has_control(dst, len));
}

static int64_t get_time(struct buf_reader *r)
{
    uint64_t when = buf_get_u64(r);

    r->bad |= when > INT64_MAX;
    return (int64_t)when;
}

static void get_words(struct buf_reader *r, enum rotation_stage *stage,
                      enum rotation_method *method, unsigned *flags)
{
    uint8_t s = buf_get_u8(r), m = buf_get_u8(r), f = buf_get_u8(r);

    r->bad |= s < STAGE_PLANNED || s > STAGE_ABANDONED || m < METHOD_HAND || m > METHOD_HOOK ||
              f > ROTATED_ALL;
    *stage = (enum rotation_stage)s;
    *method = (enum rotation_method)m;
    *flags = f;
}

static void get_past(struct buf_reader *r, struct rotation_past *p)
{
    p->begun = get_time(r);
    p->due = get_time(r);
    p->promoted = get_time(r);
    p->ended = get_time(r);
    get_words(r, &p->stage, &p->method, &p->flags);
    p->version_to = buf_get_u64(r);
    get_text(r, p->host, sizeof p->host);
    get_text(r, p->who, sizeof p->who);
    get_text(r, p->proof, sizeof p->proof);
    r->bad |= p->promoted == 0;
}

static void get_texts(struct buf_reader *r, struct rotation_record *out)
{
    get_text(r, out->host, sizeof out->host);
    get_text(r, out->who, sizeof out->who);
    get_text(r, out->hook, sizeof out->hook);
    get_text(r, out->username, sizeof out->username);
    get_text(r, out->verified, sizeof out->verified);
    get_text(r, out->proof, sizeof out->proof);
    get_text(r, out->fault, sizeof out->fault);
}

static void get_record(struct buf_reader *r, struct rotation_record *out)
{
    buf_get_bytes(r, out->run, sizeof out->run);
    get_words(r, &out->stage, &out->method, &out->flags);
    out->turn = buf_get_u32(r);
    out->begun = get_time(r);
    out->changed = get_time(r);
    out->due = get_time(r);
    buf_get_bytes(r, out->machine, sizeof out->machine);
    out->version_from = buf_get_u64(r);
    out->version_to = buf_get_u64(r);
    out->pending_since = get_time(r);
    out->verified_at = get_time(r);
    out->promoted_at = get_time(r);
    out->dead_at = get_time(r);
    out->alive_at = get_time(r);
    out->overlap_until = get_time(r);
    out->rejections = buf_get_u32(r);
    get_texts(r, out);
    uint8_t count = buf_get_u8(r);
    r->bad |= count > ROTATION_PAST_MAX;
    for (; out->past_count < count && !r->bad; out->past_count++)
        get_past(r, &out->past[out->past_count]);
}

static enum sv_status damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the rotation record of a profile is damaged, or a newer smtpvault wrote it: "
                   "use that one");
}

enum sv_status rotation_decode(struct rotation_record *out, const uint8_t *bytes, size_t len,
                               struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    struct rotation_record record;

    memset(&record, 0, sizeof record);
    if (len > ROTATION_BYTES_MAX)
        return damaged(err);
    get_record(&r, &record);
    if (!buf_reader_done(&r) || record.begun == 0)
        return damaged(err);
    *out = record;
    return SV_OK;
}

enum sv_status rotation_encode(struct blob *out, const struct rotation_record *record,
                               struct sv_err *err)
{
    uint8_t bytes[ROTATION_BYTES_MAX];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    BLOB_OWNED struct blob made = {0};
    struct rotation_record back;

    put_record(&w, record);
    /* What is not to be read must not be stored: a card that does not open is a lost login. */
    if (w.full || rotation_decode(&back, bytes, w.len, NULL))
        return sv_fail(err, SV_DATA,
                       "what is to be recorded of a rotation is out of its bounds, or longer than "
                       "%d bytes",
                       ROTATION_BYTES_MAX);
    if (!blob_append(&made, bytes, w.len))
        return sv_fail_nomem(err);
    blob_clear(out);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

bool rotation_of_card(struct rotation_record *out, const struct profile *p)
{
    memset(out, 0, sizeof *out);
    return p->rotation.len > 0 &&
           rotation_decode(out, p->rotation.bytes, p->rotation.len, NULL) == SV_OK;
}
