/* SPDX-License-Identifier: ISC */
#include "domain/copies.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define UID_LEN 16
/* A copy without its texts, before, and logins. */
#define COPY_LEAST (16 + 1 + 8 + 8 + 32 + 32 + 3 * 2 + 2)

void copies_clear(struct copies *list)
{
    sv_free(list->items);
    *list = (struct copies){0};
}

/* ---- order ---- */

static int by_place(const struct copy *c, const uint8_t machine[16], const char *path)
{
    int order = memcmp(c->machine, machine, sizeof c->machine);

    return order != 0 ? order : strcmp(c->path, path);
}

/* The first that does not come before this place. */
static size_t place_in(const struct copies *list, const uint8_t machine[16], const char *path)
{
    size_t at = 0;

    while (at < list->count && by_place(&list->items[at], machine, path) < 0)
        at++;
    return at;
}

struct copy *copies_find(const struct copies *list, const uint8_t machine[16], const char *path)
{
    size_t at = place_in(list, machine, path);
    bool there = at < list->count && by_place(&list->items[at], machine, path) == 0;

    return there ? &list->items[at] : NULL;
}

enum sv_status copies_put(struct copies *list, const struct copy *c, struct sv_err *err)
{
    struct copy *there = copies_find(list, c->machine, c->path), *grown;
    size_t at = place_in(list, c->machine, c->path);

    if (there) {
        *there = *c;
        return SV_OK;
    }
    if (list->count >= COPIES_MAX)
        return sv_fail(err, SV_DATA,
                       "a login can have %d copies: \"smtpvault export --forget\" "
                       "drops those that are gone",
                       COPIES_MAX);
    if (!(grown = sv_resize(list->items, (list->count + 1) * sizeof *grown)))
        return sv_fail_nomem(err);
    list->items = grown;
    memmove(&grown[at + 1], &grown[at], (list->count - at) * sizeof *grown);
    grown[at] = *c;
    list->count++;
    return SV_OK;
}

bool copies_drop(struct copies *list, const uint8_t machine[16], const char *path)
{
    struct copy *there = copies_find(list, machine, path);

    if (!there)
        return false;
    size_t behind = list->count - (size_t)(there - list->items) - 1;
    memmove(there, there + 1, behind * sizeof *there);
    list->count--;
    return true;
}

/* ---- bytes ---- */

static void put_text(struct buf_writer *w, const char *text)
{
    size_t len = strlen(text);

    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, text, len);
}

static void put_copy(struct buf_writer *w, const struct copy *c)
{
    buf_put_bytes(w, c->machine, sizeof c->machine);
    buf_put_u8(w, c->begun);
    buf_put_u64(w, c->version);
    buf_put_u64(w, (uint64_t)c->written);
    buf_put_bytes(w, c->salt, sizeof c->salt);
    buf_put_bytes(w, c->digest, sizeof c->digest);
    if (c->begun) {
        buf_put_u64(w, c->version_before);
        buf_put_bytes(w, c->before, sizeof c->before);
    }
    put_text(w, c->host);
    put_text(w, c->path);
    put_text(w, c->format);
    buf_put_u16(w, c->login_count);
    buf_put_bytes(w, c->logins, c->login_count * (size_t)UID_LEN);
}

enum sv_status copies_encode(struct blob *out, const struct copies *list, struct sv_err *err)
{
    uint8_t bytes[COPIES_BYTES_MAX];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    BLOB_OWNED struct blob made = {0};

    if (list->count > 0)
        buf_put_u16(&w, (uint16_t)list->count);
    for (size_t i = 0; i < list->count; i++)
        put_copy(&w, &list->items[i]);
    if (w.full)
        return sv_fail(err, SV_DATA,
                       "a login's copies do not fit %d bytes: \"smtpvault export --forget\" drops "
                       "those that are gone",
                       COPIES_BYTES_MAX);
    if (!blob_append(&made, bytes, w.len))
        return sv_fail_nomem(err);
    blob_clear(out);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

static void get_text(struct buf_reader *r, char *dst, size_t capacity)
{
    size_t len = buf_get_u16(r);

    if (len == 0 || len >= capacity)
        r->bad = true;
    else
        buf_get_bytes(r, dst, len);
    r->bad |= !r->bad && (strlen(dst) != len || !text_is_utf8(dst, len));
}

static void get_copy(struct buf_reader *r, struct copy *c)
{
    buf_get_bytes(r, c->machine, sizeof c->machine);
    uint8_t begun = buf_get_u8(r);
    c->begun = begun == 1;
    c->version = buf_get_u64(r);
    uint64_t written = buf_get_u64(r);
    buf_get_bytes(r, c->salt, sizeof c->salt);
    buf_get_bytes(r, c->digest, sizeof c->digest);
    if (c->begun) {
        c->version_before = buf_get_u64(r);
        buf_get_bytes(r, c->before, sizeof c->before);
    }
    get_text(r, c->host, sizeof c->host);
    get_text(r, c->path, sizeof c->path);
    get_text(r, c->format, sizeof c->format);
    /* They are shown as they are. */
    r->bad |= text_has_control(c->host, strlen(c->host)) ||
              text_has_control(c->format, strlen(c->format));
    c->written = (int64_t)written;
    c->login_count = buf_get_u16(r);
    r->bad |= begun > 1 || written > INT64_MAX || c->path[0] != '/' || c->login_count == 0 ||
              c->login_count > COPY_LOGINS_MAX;
    if (!r->bad)
        buf_get_bytes(r, c->logins, c->login_count * (size_t)UID_LEN);
}

static enum sv_status damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the copies of a profile are damaged, or a newer smtpvault recorded them: use "
                   "that one");
}

enum sv_status copies_decode(struct copies *out, const uint8_t *bytes, size_t len,
                             struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    COPIES_OWNED struct copies list = {0};
    size_t count = len > 0 ? buf_get_u16(&r) : 0;

    if (r.bad || len > COPIES_BYTES_MAX || count > r.left / COPY_LEAST || count > COPIES_MAX ||
        (len > 0 && count == 0))
        return damaged(err);
    if (count > 0 && !(list.items = sv_alloc_array(count, sizeof *list.items)))
        return sv_fail_nomem(err);
    for (; list.count < count; list.count++) {
        struct copy *c = &list.items[list.count];
        get_copy(&r, c);
        if (r.bad || (list.count > 0 && by_place(c - 1, c->machine, c->path) >= 0))
            return damaged(err);
    }
    if (!buf_reader_done(&r))
        return damaged(err);
    *out = list;
    list = (struct copies){0};
    return SV_OK;
}

enum sv_status copies_of(struct copies *out, const struct profile *p, struct sv_err *err)
{
    return copies_decode(out, p->copies.bytes, p->copies.len, err);
}

/* ---- versions ---- */

bool copy_is_old(const struct copy *c, const struct profile *p)
{
    return c->begun || c->version != p->version;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What formats write of a profile, but its name: a rename makes no file old. */
static bool same_login(const struct profile *a, const struct profile *b)
{
    return same_text(a->host, b->host) && a->port == b->port && a->tls == b->tls &&
           a->auth == b->auth && a->kind == b->kind && same_text(a->username, b->username) &&
           same_text(a->from, b->from) && same_text(a->ca_file, b->ca_file);
}

enum sv_status copies_follow(struct profile *p, const struct profile *before, bool same_secret,
                             struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    enum sv_status st = copies_of(&list, before, err);

    if (st)
        return st;
    for (size_t i = 0; i < list.count && same_secret && same_login(p, before); i++) {
        if (list.items[i].version == before->version)
            list.items[i].version = p->version;
        if (list.items[i].begun && list.items[i].version_before == before->version)
            list.items[i].version_before = p->version;
    }
    return copies_encode(&p->copies, &list, err);
}
