/* SPDX-License-Identifier: ISC */
#include "domain/directory.h"

#include <string.h>

#include "base/buf.h"

#define ENTRY_MAX (4 + 1 + 1 + 32 + 32 + 8 + 2 + DIRECTORY_LABEL_MAX)

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
    size_t len;

    memset(e, 0, sizeof *e);
    e->number = buf_get_u32(r);
    e->type = buf_get_u8(r);
    e->role = buf_get_u8(r);
    buf_get_bytes(r, e->keys.pk, KEY_LEN);
    buf_get_bytes(r, e->keys.psk, KEY_LEN);
    e->created = (int64_t)buf_get_u64(r);
    len = buf_get_u16(r);
    if (len > DIRECTORY_LABEL_MAX)
        r->bad = true;
    else
        buf_get_bytes(r, e->label, len);
}

static void entry_write(struct buf_writer *w, const struct directory_entry *e)
{
    size_t len = strlen(e->label);

    buf_put_u32(w, e->number);
    buf_put_u8(w, e->type);
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

enum sv_status directory_put(struct secret **out, const struct secret *dir,
                             const struct directory_entry *entry, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(dir), secret_len(dir));
    size_t capacity = secret_len(dir) + ENTRY_MAX;
    SECRET_OWNED struct secret *s = NULL;
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0};
    struct buf_writer w;
    bool placed = false;
    enum sv_status st;
    uint16_t count;

    if ((st = secret_new(&s, capacity, err)))
        return st;
    secret_set_len(s, capacity);
    w = buf_writer_over(secret_poke(s), capacity);
    count = buf_get_u16(&r);
    buf_put_u16(&w, count);
    for (uint16_t i = 0; i < count && !r.bad; i++) {
        entry_read(&r, &e);
        placed |= e.number == entry->number;
        entry_write(&w, e.number == entry->number ? entry : &e);
    }
    if (!buf_reader_done(&r))
        return directory_damaged(err);
    if (!placed) {
        entry_write(&w, entry);
        secret_poke(s)[0] = (uint8_t)(count + 1);
        secret_poke(s)[1] = (uint8_t)((count + 1) >> 8);
    }
    if (w.full)
        return directory_damaged(err);
    secret_set_len(s, w.len);
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status directory_get(const struct secret *dir, uint32_t number, struct directory_entry *out,
                             struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(secret_peek(dir), secret_len(dir));
    uint16_t count = buf_get_u16(&r);
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0};

    for (uint16_t i = 0; i < count && !r.bad; i++) {
        entry_read(&r, &e);
        if (!r.bad && e.number == number) {
            *out = e;
            return SV_OK;
        }
    }
    return r.bad ? directory_damaged(err) : SV_MISSING;
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
