/* SPDX-License-Identifier: ISC */
#include "audit/reader.h"

#include <string.h>

static const struct audit_gen *gens(const struct audit_reader *r)
{
    return (const struct audit_gen *)(const void *)r->gens.bytes;
}

static size_t gen_count(const struct audit_reader *r)
{
    return r->gens.len / sizeof(struct audit_gen);
}

void audit_reader_clear(struct audit_reader *r)
{
    audit_keyring_clear(&r->ring);
    blob_clear(&r->gens);
}

static enum sv_status take_gen(void *context, int64_t key, const uint8_t *row, size_t len,
                               struct sv_err *err)
{
    struct audit_reader *r = context;
    struct audit_gen gen;

    if ((uint64_t)key != gen_count(r) || !audit_gen_decode(&gen, row, len))
        return audit_log_lost(r->a, err, "its list of generations is damaged");
    return blob_append(&r->gens, &gen, sizeof gen) ? SV_OK : sv_fail_nomem(err);
}

enum sv_status audit_reader_begin(struct audit_reader *r, struct audit *a,
                                  const struct secret *keys, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    struct audit_head head;
    enum sv_status st;

    memset(r, 0, sizeof *r);
    r->a = a;
    if ((st = audit_keyring_init(&r->ring, keys, err)) != SV_OK)
        return st;
    st = db_get(a->db, TABLE_HEAD, AUDIT_HEAD_KEY, &row, err);
    if (st == SV_MISSING || (st == SV_OK && !audit_head_decode(&head, row.bytes, row.len)))
        return audit_log_lost(a, err, "its head is gone or damaged");
    if (st != SV_OK)
        return st;
    memcpy(r->log_id, head.log_id, sizeof r->log_id);
    r->size = head.tree.size;
    st = db_walk(a->db, TABLE_GEN, 0, INT64_MAX, false, take_gen, r, err);
    if (st == SV_OK && gen_count(r) == 0)
        return audit_log_lost(a, err, "its list of generations was deleted");
    return st;
}

uint64_t audit_reader_known_from(const struct audit_reader *r)
{
    struct pkseal_reader reader;
    size_t g = gen_count(r);

    while (g > 0 && audit_keyring_find(&r->ring, gens(r)[g - 1].pk, &reader))
        g--;
    return g == gen_count(r) ? UINT64_MAX : gens(r)[g].first;
}

/* The newest generation that begins at or before the entry. */
static size_t gen_of(const struct audit_reader *r, uint64_t seq)
{
    size_t low = 0, high = gen_count(r);

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (gens(r)[middle].first <= seq)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum sv_status open_box(const struct audit_reader *r, uint64_t seq, const uint8_t *row,
                               size_t len, struct secret **plain, struct sv_err *err)
{
    size_t generation = gen_of(r, seq);
    const struct audit_gen *gen = &gens(r)[generation];
    struct pkseal_reader reader;
    enum sv_status st = SV_DATA;

    if (!audit_keyring_find(&r->ring, gen->pk, &reader))
        return sv_fail(err, SV_DENIED,
                       "entries %llu to %llu of the audit log in %s are sealed to an older key "
                       "than you have: ask for the newer entries only, with --last or --since",
                       (unsigned long long)gen->first, (unsigned long long)seq, r->a->dir);
    struct seal_context ctx = audit_context(r->log_id, generation, SEAL_AUDIT_ENTRY, seq);
    if (len == AUDIT_ROW_LEN)
        st = pkseal_open(plain, &reader, NULL, &ctx, SEAL_PADDED, row + len - AUDIT_BOX_LEN,
                         AUDIT_BOX_LEN, err);
    if (st == SV_DATA)
        return sv_fail(err, SV_DATA,
                       "entry %llu of the audit log in %s does not open: it was altered or "
                       "damaged; \"smtpvault audit verify\" tells more",
                       (unsigned long long)seq, r->a->dir);
    return st;
}

enum sv_status audit_reader_open(const struct audit_reader *r, uint64_t seq, const uint8_t *row,
                                 size_t len, struct audit_event *event, struct secret **plain_out,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    struct sv_err inner;
    enum sv_status st = open_box(r, seq, row, len, &plain, err);

    if (st != SV_OK)
        return st;
    st = audit_entry_decode(event, secret_peek(plain), secret_len(plain), &inner);
    if (st != SV_OK)
        return sv_fail(err, st, "entry %llu of the audit log in %s cannot be read: %s",
                       (unsigned long long)seq, r->a->dir, inner.text);
    event->seq = seq;
    if (plain_out != NULL) {
        *plain_out = plain;
        plain = NULL;
    }
    return SV_OK;
}
