/* SPDX-License-Identifier: ISC */
#include "audit/proved.h"

#include <sodium.h>
#include <string.h>

#include "base/file.h"
#include "crypto/random.h"

#define MARK_LEN (8 + MERKLE_LEN)
#define PLAIN_MAX (7 * 8 + KEY_LEN + 2 * MARK_LEN + FRONTIER_MAX * MERKLE_LEN)
/* What proved_note keeps for proved_store. */
#define NOTE_HEAD 12

static void proved_key(uint8_t key[KEY_LEN], const struct checking *c)
{
    kdf(key, secret_peek(c->ring.keys), "proved", NULL, 0);
}

static struct seal_context proved_context(const struct checking *c, uint64_t size)
{
    return audit_context(c->log_id, 0, SEAL_AUDIT_PROVED, size);
}

/* ---- making ---- */

static void put_mark(struct buf_writer *w, const struct checking *c, const struct audit_mark *m)
{
    struct audit_mark none = {.size = 0};

    if (m == NULL || m->size > c->next || memcmp(m->log_id, c->log_id, sizeof m->log_id) != 0)
        m = &none;
    buf_put_u64(w, m->size);
    buf_put_bytes(w, m->root, sizeof m->root);
}

static enum sv_status encode(struct secret **out, const struct checking *c, struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status st = secret_new(&s, PLAIN_MAX, err);

    if (st != SV_OK)
        return st;
    secret_set_len(s, PLAIN_MAX);
    struct buf_writer w = buf_writer_over(secret_poke(s), PLAIN_MAX);
    buf_put_u64(&w, c->gen);
    buf_put_bytes(&w, secret_peek(c->key), KEY_LEN);
    buf_put_u64(&w, (uint64_t)c->time);
    buf_put_u64(&w, c->report->time_reversals);
    buf_put_u64(&w, c->back_at);
    buf_put_u64(&w, (uint64_t)c->back_by);
    buf_put_u64(&w, c->report->unproved);
    put_mark(&w, c, c->marks[0]);
    put_mark(&w, c, c->marks[1]);
    buf_put_bytes(&w, c->tree.nodes, frontier_count(c->next) * MERKLE_LEN);
    secret_set_len(s, w.len);
    *out = s;
    s = NULL;
    return SV_OK;
}

enum sv_status proved_note(struct checking *c, struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    uint8_t head[NOTE_HEAD], key[KEY_LEN], box[SEAL_OVERHEAD + PLAIN_MAX];

    if (c->again || !c->key_known || !c->whole || c->report->findings > c->report->time_reversals)
        return SV_OK;
    enum sv_status st = encode(&plain, c, err);
    if (st != SV_OK)
        return st;
    size_t len = secret_len(plain), box_len = seal_len(SEAL_EXACT, len);
    struct seal_context ctx = proved_context(c, c->next);
    proved_key(key, c);
    st = seal_box(box, key, &ctx, SEAL_EXACT, secret_peek(plain), len, err);
    sodium_memzero(key, sizeof key);
    if (st != SV_OK)
        return st;
    le64_put(head, c->next);
    le32_put(head + 8, (uint32_t)box_len);
    return blob_append(&c->proved, head, sizeof head) && blob_append(&c->proved, box, box_len)
               ? SV_OK
               : sv_fail_nomem(err);
}

static enum sv_status put_notes(struct checking *c, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(c->proved.bytes, c->proved.len);
    enum sv_status st = db_begin_write(c->a->db, err);

    while (st == SV_OK && r.left > 0) {
        uint64_t size = buf_get_u64(&r);
        size_t len = 0;
        const uint8_t *row = buf_get_block(&r, SEAL_OVERHEAD + PLAIN_MAX, &len);
        st = db_put(c->a->db, TABLE_CKPT, (int64_t)size, row, len, err);
    }
    if (st == SV_OK)
        st = db_commit(c->a->db, err);
    db_rollback(c->a->db);
    return st;
}

enum sv_status proved_store(struct checking *c, struct sv_err *err)
{
    FD_OWNED int lock = -1;
    enum sv_status st;

    if (c->proved.len == 0)
        return SV_OK;
    if ((st = audit_log_lock(c->a, &lock, err)) != SV_OK ||
        (st = audit_log_same_file(c->a, err)) != SV_OK)
        return st;
    return put_notes(c, err);
}

/* ---- beginning ---- */

/* A mark that lies before the place must have been met before it. */
static bool mark_met(const struct checking *c, const struct audit_mark *m, uint64_t size,
                     const struct audit_mark met[2])
{
    if (m == NULL || m->size == 0 || m->size >= size ||
        memcmp(m->log_id, c->log_id, sizeof m->log_id) != 0)
        return true;
    for (size_t i = 0; i < 2; i++)
        if (met[i].size == m->size && memcmp(met[i].root, m->root, sizeof m->root) == 0)
            return true;
    return false;
}

static void get_mark(struct buf_reader *r, struct audit_mark *m)
{
    m->size = buf_get_u64(r);
    buf_get_bytes(r, m->root, sizeof m->root);
}

static bool fits_gens(const struct checking *c, uint64_t gen, uint64_t size)
{
    size_t count = checking_gen_count(c);

    return gen < count && checking_gens(c)[gen].first <= size &&
           (gen + 1 == count || checking_gens(c)[gen + 1].first >= size);
}

/* Takes a row's state over into c; false, and c as it was, when the row does not count. */
static bool take_state(struct checking *c, uint64_t size, const struct secret *plain)
{
    struct buf_reader r = buf_reader_over(secret_peek(plain), secret_len(plain));
    struct frontier tree = {.size = size};
    struct audit_mark met[2];

    uint64_t gen = buf_get_u64(&r);
    const uint8_t *key = buf_get_view(&r, KEY_LEN);
    int64_t time = (int64_t)buf_get_u64(&r);
    uint64_t reversals = buf_get_u64(&r), back_at = buf_get_u64(&r);
    int64_t back_by = (int64_t)buf_get_u64(&r);
    uint64_t unproved = buf_get_u64(&r);
    get_mark(&r, &met[0]);
    get_mark(&r, &met[1]);
    buf_get_bytes(&r, tree.nodes, frontier_count(size) * MERKLE_LEN);
    if (!buf_reader_done(&r) || !fits_gens(c, gen, size) || (unproved > 0 && !c->partial))
        return false;
    if (!c->again && (!mark_met(c, c->marks[0], size, met) || !mark_met(c, c->marks[1], size, met)))
        return false;
    memcpy(secret_poke(c->key), key, KEY_LEN);
    c->key_known = c->key_ever = c->timed = c->whole = true;
    c->no_key = false;
    c->gen = (size_t)gen;
    c->next = c->report->from = c->report->entries = size;
    c->tree = tree;
    c->time = time;
    c->report->unproved = unproved;
    if (reversals > 0) {
        checking_time_back(c, back_at, back_by);
        c->report->findings += reversals - 1;
        c->report->time_reversals = reversals;
    }
    return true;
}

static bool open_row(const struct checking *c, uint64_t size, const uint8_t *row, size_t len,
                     struct secret **plain)
{
    struct seal_context ctx = proved_context(c, size);
    uint8_t key[KEY_LEN];

    proved_key(key, c);
    enum sv_status st = seal_open(plain, key, &ctx, SEAL_EXACT, row, len, NULL);
    sodium_memzero(key, sizeof key);
    return st == SV_OK;
}

static enum sv_status try_row(void *context, int64_t key, const uint8_t *row, size_t len,
                              struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    struct checking *c = context;

    (void)err;
    return (uint64_t)key % c->a->stride == 0 && open_row(c, (uint64_t)key, row, len, &plain) &&
                   take_state(c, (uint64_t)key, plain)
               ? ENOUGH
               : SV_OK;
}

static enum sv_status find_beyond(void *context, int64_t key, const uint8_t *row, size_t len,
                                  struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    struct checking *c = context;

    (void)err;
    if (!open_row(c, (uint64_t)key, row, len, &plain))
        return SV_OK;
    checking_find(c, "the log has %llu entries, and %llu were verified before",
                  LLU(c->head.tree.size), LLU(key));
    return ENOUGH;
}

/* Where the seal is, the pass must come by. */
static uint64_t limit_of(const struct checking *c)
{
    const struct audit_seal *s = audit_seal_peek(c->a->seal);
    uint64_t size = c->head.tree.size;

    return c->has_seal && s->has_live && s->next < size &&
                   memcmp(s->log_id, c->log_id, sizeof s->log_id) == 0
               ? s->next
               : size;
}

enum sv_status proved_begin(struct checking *c, struct sv_err *err)
{
    enum sv_status st = SV_OK;

    if (c->has_head) {
        st = db_walk(c->a->db, TABLE_CKPT, (int64_t)c->head.tree.size + 1, INT64_MAX, true,
                     find_beyond, c, err);
        if ((st == SV_OK || st == ENOUGH) && !c->full)
            st = db_walk(c->a->db, TABLE_CKPT, 1, (int64_t)limit_of(c), true, try_row, c, err);
    }
    if (st != SV_OK && st != ENOUGH)
        return st;
    if (c->next == 0 && (st = checking_enter(c, 0, err)) != SV_OK)
        return st;
    return checking_meet(c, err);
}

/* ---- once more ---- */

static enum sv_status load_at(struct checking *c, uint64_t size, struct sv_err *err)
{
    if (size == 0)
        return checking_enter(c, 0, err);
    enum sv_status st =
        db_walk(c->a->db, TABLE_CKPT, (int64_t)size, (int64_t)size, false, try_row, c, err);
    if (st != ENOUGH)
        return st == SV_OK ? SV_MISSING : st;
    return SV_OK;
}

/* c has walked a stretch; `end` has the state that was found there before. */
static void compare(struct checking *c, const struct checking *end)
{
    if (c->report->findings > c->report->time_reversals)
        return;
    if (c->next != end->next ||
        memcmp(c->tree.nodes, end->tree.nodes, frontier_count(c->next) * MERKLE_LEN) != 0 ||
        (c->key_known && c->gen == end->gen &&
         sodium_memcmp(secret_peek(c->key), secret_peek(end->key), KEY_LEN) != 0))
        checking_find(c, "they are not the ones that were verified before");
}

static enum sv_status walk_stretch(struct checking *c, struct checking *end, uint64_t from,
                                   struct sv_err *err)
{
    uint64_t to = from + c->a->stride;
    enum sv_status st;

    if ((st = load_at(c, from, err)) != SV_OK || (st = load_at(end, to, err)) != SV_OK)
        return st == SV_MISSING ? SV_OK : st;
    if ((st = checking_meet(c, err)) != SV_OK)
        return st;
    st = db_walk(c->a->db, TABLE_ENTRY, (int64_t)from, (int64_t)to - 1, false, checking_entry, c,
                 err);
    if (st == SV_OK && c->next < to)
        st = checking_cross_gap(c, to, err);
    if (st == SV_OK)
        compare(c, end);
    return st;
}

enum sv_status proved_again(struct checking *c, struct sv_err *err)
{
    uint64_t stretches = c->next / c->a->stride;
    SECRET_OWNED struct secret *key = NULL, *end_key = NULL;
    struct audit_report report = {0}, end_report = {0};
    struct checking again = *c, end;
    enum sv_status st;

    if (stretches == 0)
        return SV_OK;
    if ((st = secret_new(&key, KEY_LEN, err)) != SV_OK ||
        (st = secret_new(&end_key, KEY_LEN, err)) != SV_OK)
        return st;
    secret_set_len(key, KEY_LEN);
    secret_set_len(end_key, KEY_LEN);
    uint64_t from = random_uniform((uint32_t)stretches) * c->a->stride;
    again.again = true;
    again.key = key;
    again.next = 0;
    memset(&again.tree, 0, sizeof again.tree);
    again.timed = again.key_ever = false;
    end = again;
    again.report = &report;
    end.key = end_key;
    end.report = &end_report;
    st = walk_stretch(&again, &end, from, err);
    if (st == SV_OK && report.findings > report.time_reversals)
        checking_find(c, "entries %llu to %llu, which were verified before: %.300s", LLU(from),
                      LLU(from + c->a->stride - 1), report.first);
    return st;
}

/* ---- what a reader wants to know ---- */

struct ordered {
    struct checking c;
    uint64_t size;
};

static enum sv_status look_at_order(void *context, int64_t key, const uint8_t *row, size_t len,
                                    struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    struct ordered *o = context;

    (void)err;
    if (!open_row(&o->c, (uint64_t)key, row, len, &plain))
        return SV_OK;
    struct buf_reader r = buf_reader_over(secret_peek(plain), secret_len(plain));
    (void)buf_get_view(&r, 8 + KEY_LEN + 8);
    uint64_t reversals = buf_get_u64(&r);
    if (!r.bad && reversals == 0)
        o->size = (uint64_t)key;
    return ENOUGH;
}

enum sv_status proved_in_order(struct audit *a, const uint8_t log_id[16], const struct secret *keys,
                               uint64_t *size, struct sv_err *err)
{
    struct ordered o = {.c = {.a = a, .ring = {.keys = keys}}};

    memcpy(o.c.log_id, log_id, sizeof o.c.log_id);
    enum sv_status st = db_walk(a->db, TABLE_CKPT, 1, INT64_MAX, true, look_at_order, &o, err);
    if (st != SV_OK && st != ENOUGH)
        return st;
    *size = o.size;
    return SV_OK;
}
