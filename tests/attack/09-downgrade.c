/* SPDX-License-Identifier: ISC */
/*
 * Attack 9, downgrade of suite or format.
 * Without SUITE: a header of another suite was read
 * Without FORMAT: a file of another format was read
 *
 * There is one suite and one format, and nothing is negotiated. Every other number is
 * refused, locked, with the words that it was this, also where the attacker signs the
 * file anew for a machine that has never seen it.
 */
#include "vault.h"

/* Offsets in header and signed state (smtpvault-store(5)). */
enum { HEADER_FORMAT = 16, HEADER_SUITE = 17, STATE_SUITE = 8 };

static void make(struct fixture *f)
{
    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
}

static void set_meta(struct fixture *f, int64_t key, size_t at, uint8_t value)
{
    DB_OWNED struct db *db = NULL;
    BLOB_OWNED struct blob b = {0};

    must(db_open(&db, f->path, DB_VAULT, false, &f->err));
    must(db_begin_write(db, &f->err));
    must(db_get(db, TABLE_META, key, &b, &f->err));
    b.bytes[at] = value;
    must(db_put(db, TABLE_META, key, b.bytes, b.len, &f->err));
    must(db_commit(db, &f->err));
}

static enum sv_status open_locked(struct fixture *f)
{
    VAULT_OWNED struct vault *v = NULL;

    return vault_open(&v, &f->place, true, &f->err);
}

static void another_suite_is_refused(void **state)
{
    static const uint8_t values[] = {0, 2, 3, 0x7f, 0xff};
    struct fixture fx, *f = &fx;
    (void)state;

    make(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < COUNT(values); i++) {
        for (size_t at = HEADER_FORMAT; at <= HEADER_SUITE; at++) {
            snapshot_put(&good, f->path);
            set_meta(f, META_HEADER, at, values[i]);
            must_fail(SV_DATA, open_locked(f)); /* it was not signed for */
            attack_new_machine(f);
            sign_anew(f);
            if (open_locked(f) != SV_DATA)
                broken("a header of another suite was read");
            assert_non_null(strstr(f->err.text, "use a newer smtpvault"));
        }
        snapshot_put(&good, f->path);
        set_meta(f, META_STATE, STATE_SUITE, values[i]);
        must_fail(SV_DATA, open_locked(f));
    }
    fixture_end(f);
}

static void another_format_is_refused(void **state)
{
    static const int versions[] = {0, 2, 99, -1};
    struct fixture fx, *f = &fx;
    char sql[64];
    (void)state;

    make(f);
    for (size_t i = 0; i < COUNT(versions); i++) {
        snprintf(sql, sizeof sql, "PRAGMA user_version = %d", versions[i]);
        attack_sql(f->path, sql);
        if (open_locked(f) != SV_DATA)
            broken("a file of another format was read");
        assert_non_null(strstr(f->err.text, "format"));
    }
    fixture_end(f);
}

ATTACK_MAIN(cmocka_unit_test(another_suite_is_refused), cmocka_unit_test(another_format_is_refused))
