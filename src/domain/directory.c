/* SPDX-License-Identifier: ISC */
#include "domain/directory.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define ENTRY_MAX (4 + 1 + 1 + 32 + 32 + 8 + 2 + DIRECTORY_LABEL_MAX)
#define TYPE_CHOSEN 0x80

static enum sv_status directory_damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "the vault's directory of slots is damaged: restore a backup");
}

void directory_entry_wipe(struct directory_entry *entry)
{
    sodium_memzero(entry, sizeof *entry);
}

static void entry_read(struct buf_reader *r, struct directory_entry *e)
{
    size_t len = 0;

    memset(e, 0, sizeof *e);
    e->number = buf_get_u32(r);
    e->type = buf_get_u8(r);
    e->cost_chosen = (e->type & TYPE_CHOSEN) != 0;
    e->type &= (uint8_t)~TYPE_CHOSEN;
    e->role = buf_get_u8(r);
    buf_get_bytes(r, e->keys.pk, KEY_LEN);
    buf_get_bytes(r, e->keys.psk, KEY_LEN);
    e->created = (int64_t)buf_get_u64(r);
    len = buf_get_u16(r);
    if (len > DIRECTORY_LABEL_MAX)
        r->bad = true;
    else
        buf_get_bytes(r, e->label, len);
    /* It is shown: a NUL in it would hide what follows, and be lost when it is written. */
    if (strlen(e->label) != len || !text_is_utf8(e->label, len) || text_has_control(e->label, len))
        r->bad = true;
}

static void entry_write(struct buf_writer *w, const struct directory_entry *e)
{
    size_t len = strlen(e->label);

    buf_put_u32(w, e->number);
    buf_put_u8(w, (uint8_t)(e->type | (e->cost_chosen ? TYPE_CHOSEN : 0)));
    buf_put_u8(w, e->role);
    buf_put_bytes(w, e->keys.pk, KEY_LEN);
    buf_put_bytes(w, e->keys.psk, KEY_LEN);
    buf_put_u64(w, (uint64_t)e->created);
    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, e->label, len);
}

enum sv_status directory_new(struct secret **out, struct sv_err *err)
{
    static const uint8_t none[2];

    return secret_copy(out, none, sizeof none, err);
}

/* A copy of dir in which the entry of `number` is `entry`, or is left out (NULL). */
static enum sv_status rewrite(struct secret **out, const struct secret *dir, uint32_t number,
                              const struct directory_entry *entry, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(dir), secret_len(dir));
    size_t capacity = secret_len(dir) + ENTRY_MAX;
    SECRET_OWNED struct secret *s = NULL;
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0};
    uint16_t count = buf_get_u16(&r), kept = 0;
    struct buf_writer w;
    bool placed = entry == NULL;
    enum sv_status st;

    if ((st = secret_new(&s, capacity, err)))
        return st;
    secret_set_len(s, capacity);
    w = buf_writer_over(secret_poke(s), capacity);
    buf_put_u16(&w, count);
    for (uint16_t i = 0; i < count && !r.bad; i++) {
        entry_read(&r, &e);
        if (e.number == number && !entry)
            continue;
        placed |= e.number == number;
        entry_write(&w, e.number == number ? entry : &e);
        kept++;
    }
    if (!buf_reader_done(&r))
        return directory_damaged(err);
    if (!placed) {
        entry_write(&w, entry);
        kept++;
    }
    if (w.full || (!placed && count == UINT16_MAX))
        return directory_damaged(err);
    secret_poke(s)[0] = (uint8_t)kept;
    secret_poke(s)[1] = (uint8_t)(kept >> 8);
    secret_set_len(s, w.len);
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status directory_put(struct secret **out, const struct secret *dir,
                             const struct directory_entry *entry, struct sv_err *err)
{
    return rewrite(out, dir, entry->number, entry, err);
}

enum sv_status directory_without(struct secret **out, const struct secret *dir, uint32_t number,
                                 struct sv_err *err)
{
    return rewrite(out, dir, number, NULL, err);
}

enum sv_status directory_get(const struct secret *dir, uint32_t number, struct directory_entry *out,
                             struct sv_err *err)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0};
    enum sv_status st = SV_OK;

    for (uint32_t i = 0; st == SV_OK; i++) {
        st = directory_at(dir, i, &e, err);
        if (st == SV_OK && e.number == number) {
            *out = e;
            break;
        }
    }
    return st;
}

enum sv_status directory_at(const struct secret *dir, uint32_t place, struct directory_entry *out,
                            struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(dir), secret_len(dir));
    uint16_t count = buf_get_u16(&r);
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0};

    if (!r.bad && place >= count)
        return SV_MISSING;
    for (uint32_t i = 0; i <= place && !r.bad; i++)
        entry_read(&r, &e);
    if (r.bad)
        return directory_damaged(err);
    *out = e;
    return SV_OK;
}

enum sv_status directory_count(const struct secret *dir, uint32_t *count, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(dir), secret_len(dir));
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0};
    uint16_t n = buf_get_u16(&r);

    for (uint16_t i = 0; i < n && !r.bad; i++)
        entry_read(&r, &e);
    if (!buf_reader_done(&r))
        return directory_damaged(err);
    *count = n;
    return SV_OK;
}
