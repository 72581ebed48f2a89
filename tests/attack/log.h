/* SPDX-License-Identifier: ISC */
/*
 * log: the tools of somebody who may write every byte of the log's folder and knows
 * this program, its format, the public key and, from the moment of the break-in, the
 * live key.
 */
#ifndef TESTS_ATTACK_LOG_H
#define TESTS_ATTACK_LOG_H

#include "attack.h"

#include "../unit/audit_fixture.h"

#include "audit/head.h"
#include "base/file.h"
#include "crypto/random.h"

#define ROW_MAX 4096

static size_t get_row(struct log *l, const char *table, long long key, uint8_t row[ROW_MAX])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char sql[80];

    assert_int_equal(sqlite3_open(log_path(l, "audit.db"), &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "select v from %s where rowid = %lld", table, key);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    size_t len = (size_t)sqlite3_column_bytes(stmt, 0);
    assert_true(len <= ROW_MAX);
    memcpy(row, sqlite3_column_blob(stmt, 0), len);
    sqlite3_finalize(stmt);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return len;
}

static inline void put_row(struct log *l, const char *table, long long key, const uint8_t *row,
                           size_t len)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char sql[80];

    assert_int_equal(sqlite3_open(log_path(l, "audit.db"), &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "insert or replace into %s(rowid, v) values(%lld, ?1)", table, key);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_blob(stmt, 1, row, (int)len, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Whole files, with the write-ahead log moved in first. */
struct copy {
    uint8_t db[256 << 10], seal[AUDIT_SEAL_LEN];
    size_t db_len;
};

static inline void read_file(const char *path, uint8_t *dst, size_t capacity, size_t *len_out)
{
    size_t len = 0;
    unsigned char *bytes = temp_read(path, &len);

    assert_true(len <= capacity);
    memcpy(dst, bytes, len);
    *len_out = len;
    free(bytes);
}

static inline void log_save(struct log *l, struct copy *c)
{
    size_t len = 0;

    log_meddle(l, "pragma wal_checkpoint(truncate)");
    read_file(log_path(l, "audit.db"), c->db, sizeof c->db, &c->db_len);
    read_file(log_path(l, "seal"), c->seal, sizeof c->seal, &len);
    assert_int_equal(len, AUDIT_SEAL_LEN);
}

static inline void restore_db(struct log *l, const struct copy *c)
{
    unlink(log_path(l, "audit.db-wal"));
    unlink(log_path(l, "audit.db-shm"));
    temp_write(log_path(l, "audit.db"), c->db, c->db_len);
}

static inline void restore_seal(struct log *l, const struct copy *c)
{
    temp_write(log_path(l, "seal"), c->seal, sizeof c->seal);
}

/* An entry by hand, with the live key, at any time; head and seal move along. */
static inline void forge_append(struct log *l, int64_t when)
{
    struct temp *t = l->t;
    SECRET_OWNED struct secret *box = NULL;
    uint8_t row[ROW_MAX], plain[AUDIT_ENTRY_MAX], key[KEY_LEN], leaf[MERKLE_LEN];
    struct audit_head head;
    struct audit_event e = log_event("forged");

    expect(SV_OK, audit_seal_new(&box, &t->err));
    expect(SV_OK, audit_seal_read(box, log_path(l, "seal"), &t->err));
    struct audit_seal *s = audit_seal_poke(box);
    assert_true(audit_head_decode(&head, row, get_row(l, "head", 0, row)));
    e.time = when;
    struct seal_context ctx =
        audit_context(head.log_id, s->generation, SEAL_AUDIT_ENTRY, head.tree.size);
    size_t len = audit_entry_encode(plain, &e);
    expect(SV_OK, pkseal_box(row + 24, l->pk, NULL, &ctx, SEAL_PADDED, plain, len, &t->err));
    memcpy(key, s->live, sizeof key);
    le64_put(row + 16, (uint64_t)when ^ audit_evolve(s->live));
    merkle_leaf(leaf, row + 16, AUDIT_ROW_LEN - 16);
    audit_tag(row, key, head.tree.size, leaf);
    put_row(l, "entry", (long long)head.tree.size, row, AUDIT_ROW_LEN);
    frontier_push(&head.tree, leaf);
    put_row(l, "head", 0, row, audit_head_encode(row, &head));
    s->next++;
    expect(SV_OK, audit_seal_write(box, log_path(l, "seal"), false, &t->err));
}

/* The head that fits the entries as they stand now, whoever wrote them. */
static inline void mend_head(struct log *l)
{
    uint8_t row[ROW_MAX], leaf[MERKLE_LEN];
    struct audit_head head;

    assert_true(audit_head_decode(&head, row, get_row(l, "head", 0, row)));
    uint64_t size = head.tree.size;
    memset(&head.tree, 0, sizeof head.tree);
    for (uint64_t i = 0; i < size; i++) {
        size_t len = get_row(l, "entry", (long long)i, row);
        merkle_leaf(leaf, row + AUDIT_TAG_LEN, len - AUDIT_TAG_LEN);
        frontier_push(&head.tree, leaf);
    }
    put_row(l, "head", 0, row, audit_head_encode(row, &head));
}

/* The log has been attacked: verify must say so, and first these words; how many
 * findings there are. */
static inline uint64_t found(struct log *l, const struct audit_mark *remembered, const char *words)
{
    struct audit_report r = log_verify(l, remembered);

    if (r.findings == 0)
        broken("verify found nothing where \"%s\" was due", words);
    if (strstr(r.first, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", r.first, words);
    return r.findings;
}

static inline void found_one(struct log *l, const struct audit_mark *remembered, const char *words)
{
    assert_int_equal(found(l, remembered, words), 1);
}

/* And nothing more is written to it. */
static inline void shut(struct log *l, const struct audit_mark *remembered, const char *words)
{
    struct audit *a = NULL;
    enum sv_status st = audit_open(&a, l->dir, vault_id, l->pk, remembered, &l->t->err);

    audit_close(a);
    if (st == SV_OK)
        broken("the log was opened where \"%s\" was due", words);
    assert_int_equal(st, SV_DATA);
    if (strstr(l->t->err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", l->t->err.text, words);
    assert_non_null(strstr(l->t->err.text, "smtpvault audit resume --accept-loss"));
}

#endif
