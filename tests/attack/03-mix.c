/* SPDX-License-Identifier: ISC */
/*
 * Attack 3, stale rows of tree, state and slots.
 * Without TREE: a mix of two snapshots was read
 * Without SLOTS: a mix of two snapshots was read
 *
 * Two snapshots of one vault, and files with some tables, or some rows, of the one and
 * the rest of the other: read on a machine that has seen neither.
 */
#include "vault.h"

/* Two snapshots of one vault that differ in every table that can change. */
static void two_snapshots(struct fixture *f, struct snapshot *older, struct snapshot *newer)
{
    SECRET_OWNED struct secret *key = NULL;
    struct slot_credentials cred = {0};

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    *older = snapshot_take(f->path);
    change_password(f, "work", "three");
    must(vault_remove(f->v, "home", &f->err));
    fixture_add(f, "club", "four");
    /* The same key file: so that only the rows decide. */
    must(secret_copy(&key, secret_peek(f->keyfile), secret_len(f->keyfile), &f->err));
    cred.keyfile_hash = key;
    must(vault_change_credentials(f->v, &cred, NULL, &f->err));
    fixture_close(f);
    *newer = snapshot_take(f->path);
}

static void every_mix_of_tables_is_refused_or_is_one_of_them(void **state)
{
    static const char *const tables[] = {"meta", "slot", "obj", "tree", "hist"};
    struct fixture fx, *f = &fx;
    SNAPSHOT_OWNED struct snapshot older = {0}, newer = {0};
    char old_text[TEXT_MAX_LEN], new_text[TEXT_MAX_LEN], got[TEXT_MAX_LEN], other[160];
    (void)state;

    two_snapshots(f, &older, &newer);
    snprintf(other, sizeof other, "%.63s/older.db", f->dir);
    snapshot_put(&older, other);
    must(attack_read_all(f, new_text, sizeof new_text));
    attack_new_machine(f);
    snapshot_put(&older, f->path);
    must(attack_read_all(f, old_text, sizeof old_text));
    assert_string_not_equal(old_text, new_text);
    for (unsigned mix = 0; mix < 32; mix++) {
        attack_new_machine(f);
        snapshot_put(&newer, f->path);
        for (unsigned i = 0; i < 5; i++)
            if (mix & 1u << i)
                attack_take_table(f->path, other, tables[i]);
        enum sv_status st = attack_read_all(f, got, sizeof got);
        /* History alone is not needed to read: it is missed by verify. */
        if (mix % 16 == 0 || mix % 16 == 15)
            assert_int_equal(st, SV_OK);
        else if (st != SV_DATA)
            broken("a mix of two snapshots was read: tables %x (status %d)", mix, st);
        if (st == SV_OK ? strcmp(got, mix & 1 ? old_text : new_text) != 0 : got[0])
            broken("a mix of two snapshots was read: tables %x give %s", mix, got);
        if (mix == 0 || mix == 31)
            assert_int_equal(attack_findings(f), 0);
        else
            assert_int_not_equal(attack_findings(f), 0);
    }
    fixture_end(f);
}

/* ---- single rows ---- */

#define DIFFER_MAX 16

struct differing {
    char table[8];
    long long key;
};

/* The rows that are not the same in both, in `rows`; their number. */
static unsigned rows_that_differ(const char *path, const char *older,
                                 struct differing rows[DIFFER_MAX])
{
    static const char *const tables[][2] = {
        {"meta", "k"}, {"slot", "k"}, {"obj", "id"}, {"tree", "n"}, {"hist", "seq"}};
    sqlite3 *db = NULL;
    unsigned count = 0;
    char sql[512];

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "ATTACH '%s' AS o", older);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < COUNT(tables); i++) {
        const char *t = tables[i][0], *k = tables[i][1];
        sqlite3_stmt *stmt = NULL;
        snprintf(sql, sizeof sql,
                 "SELECT DISTINCT %s FROM (SELECT * FROM (SELECT * FROM main.%s EXCEPT SELECT * "
                 "FROM o.%s) UNION ALL SELECT * FROM (SELECT * FROM o.%s EXCEPT SELECT * FROM "
                 "main.%s))",
                 k, t, t, t, t);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            assert_true(count < DIFFER_MAX);
            snprintf(rows[count].table, sizeof rows[count].table, "%s", t);
            rows[count++].key = sqlite3_column_int64(stmt, 0);
        }
        sqlite3_finalize(stmt);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

static void take_rows(const char *path, const char *older, const struct differing *rows,
                      unsigned count, unsigned mix)
{
    char sql[4096];
    size_t at = (size_t)snprintf(sql, sizeof sql, "ATTACH '%s' AS o; BEGIN;", older);

    for (unsigned i = 0; i < count; i++)
        if (mix & 1u << i)
            at += (size_t)snprintf(sql + at, sizeof sql - at,
                                   "DELETE FROM main.%s WHERE rowid = %lld; INSERT INTO main.%s "
                                   "SELECT * FROM o.%s WHERE rowid = %lld;",
                                   rows[i].table, rows[i].key, rows[i].table, rows[i].table,
                                   rows[i].key);
    assert_true(at < sizeof sql - 16);
    strcat(sql, "COMMIT; DETACH o");
    attack_sql(path, sql);
}

static bool is_history_only(const struct differing *rows, unsigned count, unsigned mix)
{
    for (unsigned i = 0; i < count; i++)
        if ((mix & 1u << i) && strcmp(rows[i].table, "hist") != 0)
            return false;
    return true;
}

static int bits(unsigned n)
{
    return __builtin_popcount(n);
}

/* Every mix is tried when everything is asked for; else those of up to two rows of the
 * one or the other. History alone is not needed to read: verify misses it. */
static void every_mix_of_rows_is_refused_or_is_one_of_them(void **state)
{
    struct differing rows[DIFFER_MAX];
    struct fixture fx, *f = &fx;
    char old_text[TEXT_MAX_LEN], new_text[TEXT_MAX_LEN], got[TEXT_MAX_LEN], other[160];
    unsigned tried = 0;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot older = snapshot_take(f->path);
    change_password(f, "work", "three");
    must(vault_change_credentials(f->v, &f->cred, NULL, &f->err));
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot newer = snapshot_take(f->path);
    snprintf(other, sizeof other, "%.63s/older.db", f->dir);
    snapshot_put(&older, other);
    must(attack_read_all(f, new_text, sizeof new_text));
    attack_new_machine(f);
    snapshot_put(&older, f->path);
    must(attack_read_all(f, old_text, sizeof old_text));
    snapshot_put(&newer, f->path);
    unsigned count = rows_that_differ(f->path, other, rows), all = (1u << count) - 1;
    assert_true(count > 7);
    for (unsigned mix = 1; mix < all; mix++) {
        if (!attack_all() && bits(mix) > 2 && bits(all & ~mix) > 2)
            continue;
        tried++;
        attack_new_machine(f);
        snapshot_put(&newer, f->path);
        take_rows(f->path, other, rows, count, mix);
        enum sv_status st = attack_read_all(f, got, sizeof got);
        bool harmless =
            is_history_only(rows, count, mix) || is_history_only(rows, count, all & ~mix);
        if (harmless ? st != SV_OK : st != SV_DATA)
            broken("a mix of two snapshots was read: rows %x (status %d)", mix, st);
        if (harmless ? strcmp(got, mix & 1 ? old_text : new_text) != 0 : got[0])
            broken("a mix of two snapshots was read: rows %x give %s", mix, got);
        if (attack_findings(f) == 0)
            broken("a mix of two snapshots was read: verify found nothing in rows %x", mix);
    }
    printf("%u of %u mixes of %u rows\n", tried, all - 1, count);
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(every_mix_of_tables_is_refused_or_is_one_of_them),
            cmocka_unit_test(every_mix_of_rows_is_refused_or_is_one_of_them))
