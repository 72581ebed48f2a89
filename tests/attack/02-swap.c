/* SPDX-License-Identifier: ISC */
/*
 * Attack 2, rows and fields swapped, inserted, deleted, replayed.
 * Without CONTEXT: a box opened in a place that it was not sealed for
 * Without TREE: rows that nobody signed were read
 * Without SLOTS: an edited key slot was signed
 *
 * Each two rows of all tables change places, rows of another vault and of an older
 * state come in; and each two boxes of two rows. Nothing that was not signed is read,
 * and a row that is missing is not said to have never been there.
 */
#include "vault.h"

#include "crypto/seal.h"
#include "domain/vault_members.h"

/* One row at a time, the tree's own hashes mended as far as they can be. */
static void a_row_put_elsewhere_is_refused(void **state)
{
    static const char *const edits[] = {
        "DELETE FROM obj WHERE id = (SELECT min(id) FROM obj)",
        "UPDATE obj SET v = (SELECT v FROM obj AS o WHERE o.id <> obj.id LIMIT 1)",
        "INSERT INTO obj SELECT id + 1, v FROM obj LIMIT 1",
        "UPDATE obj SET id = id / 2",
        "UPDATE obj SET id = -id",
        "DELETE FROM obj",
        "UPDATE obj SET v = substr(v, 1, length(v) - 1)",
        "UPDATE obj SET v = zeroblob(length(v))",
        "UPDATE obj SET v = x''",
    };
    struct fixture fx, *f = &fx;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        for (int mend = 0; mend < 2; mend++) {
            snapshot_put(&good, f->path);
            attack_sql(f->path, edits[i]);
            if (mend) {
                DB_OWNED struct db *db = NULL;
                uint8_t root[32];
                must(db_open(&db, f->path, DB_VAULT, false, &f->err));
                must(db_begin_write(db, &f->err));
                must(tree_rebuild(db, root, &f->err));
                must(db_commit(db, &f->err));
            }
            refused(f, "", "rows that nobody signed were read");
            assert_int_not_equal(attack_findings(f), 0);
        }
    }
    fixture_end(f);
}

/* A profile that is hidden is refused as well, not told to be missing. */
static void absence_is_proved(void **state)
{
    struct fixture fx, *f = &fx;
    PROFILE_OWNED struct profile p = {0};
    char sql[128];
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    must_fail(SV_MISSING, vault_find(f->v, "home", &p, &f->err));
    int64_t id = object_id(keys_peek(f->v->keys)->index, OBJECT_PROFILE, "work", 4);
    fixture_close(f);
    snprintf(sql, sizeof sql, "DELETE FROM obj WHERE id = %lld", (long long)id);
    attack_sql(f->path, sql);
    fixture_reopen(f);
    if (vault_find(f->v, "work", &p, &f->err) != SV_DATA)
        broken("a profile was hidden: it is said to be missing");
    fixture_end(f);
}

/* Nor signed: what stands in the table when we sign becomes a way into the vault. */
static void an_edited_slot_is_never_signed(void **state)
{
    static const char *const edits[] = {"INSERT INTO slot SELECT 1, v FROM slot",
                                        "UPDATE slot SET v = zeroblob(length(v))",
                                        "DELETE FROM slot"};
    struct fixture fx, *f = &fx;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        attack_sql(f->path, edits[i]);
        if (vault_rename(f->v, "work", "home", &f->err) != SV_DATA)
            broken("an edited key slot was signed");
        must_fail(SV_DATA, vault_change_credentials(f->v, &f->cred, NULL, &f->err));
        fixture_close(f);
        snapshot_put(&good, f->path);
        fixture_reopen(f);
    }
    fixture_end(f);
}

/* A slot that is edited between opening and unlocking is not tried. */
static void slots_are_proved_when_they_are_used(void **state)
{
    struct fixture fx, *f = &fx;
    struct vault_ways ways;
    (void)state;

    attack_begin(f);
    fixture_close(f);
    must(vault_open(&f->v, &f->place, false, &f->err));
    must(vault_ways(f->v, &ways, &f->err));
    assert_true(ways.keyfile && !ways.passphrase && !ways.passphrase_keyfile);
    attack_sql(f->path, "INSERT INTO slot SELECT 1, v FROM slot");
    if (vault_unlock(f->v, &f->cred, &f->err) != SV_DATA)
        broken("an edited key slot was tried");
    must_fail(SV_DATA, vault_ways(f->v, &ways, &f->err));
    assert_false(vault_is_unlocked(f->v));
    fixture_end(f);
}

static void stray_rows_are_findings(void **state)
{
    static const char *const strays[] = {
        "INSERT INTO meta VALUES (2, x'00')",
        "INSERT INTO hist VALUES (0, zeroblob(33))",
        "INSERT INTO hist VALUES (99, zeroblob(33))",
        "INSERT INTO tree VALUES (65, zeroblob(2048))",
        "DELETE FROM hist WHERE seq = 1",
    };
    struct fixture fx, *f = &fx;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_close(f);
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    assert_int_equal(attack_findings(f), 0);
    for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++) {
        snapshot_put(&good, f->path);
        attack_sql(f->path, strays[i]);
        if (attack_findings(f) == 0)
            fail_msg("not found: %s", strays[i]);
    }
    fixture_end(f);
}

/* ---- each row in the place of each other ---- */

#define ROWS_MAX 64

struct place {
    char table[8];
    long long key;
};

/* All rows of the file, in the order of tables and keys. */
static size_t all_rows(struct fixture *f, struct place rows[ROWS_MAX])
{
    static const char *const tables[][2] = {
        {"meta", "k"}, {"slot", "k"}, {"obj", "id"}, {"tree", "n"}, {"hist", "seq"}};
    sqlite3 *db = NULL;
    size_t count = 0;

    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    for (size_t i = 0; i < COUNT(tables); i++) {
        sqlite3_stmt *stmt = NULL;
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY 1", tables[i][1], tables[i][0]);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            assert_true(count < ROWS_MAX);
            snprintf(rows[count].table, sizeof rows[count].table, "%s", tables[i][0]);
            rows[count++].key = sqlite3_column_int64(stmt, 0);
        }
        sqlite3_finalize(stmt);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return count;
}

/* Refused, or the right answers and a finding of verify. */
static void judge(struct fixture *f, const char *want, const char *what)
{
    char got[TEXT_MAX_LEN];
    enum sv_status st = attack_read_all(f, got, sizeof got);

    if (st != SV_OK && st != SV_DATA && st != SV_DENIED)
        fail_msg("%s: status %d: %s", what, st, f->err.text);
    if (strncmp(got, want, strlen(got)) != 0 || (st == SV_OK && strcmp(got, want) != 0))
        broken("rows that nobody signed were read: %s", what);
    if (attack_findings(f) == 0)
        broken("rows that nobody signed were verified: %s", what);
}

static void each_two_rows_of_all_tables_change_places(void **state)
{
    struct place rows[ROWS_MAX];
    struct fixture fx, *f = &fx;
    char want[TEXT_MAX_LEN], sql[512];
    size_t pairs = 0;
    (void)state;

    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    change_password(f, "work", "three");
    fixture_close(f);
    must(attack_read_all(f, want, sizeof want));
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    size_t count = all_rows(f, rows);
    assert_true(count > 12);
    for (size_t a = 0; a < count; a++) {
        for (size_t b = a + 1; b < count; b++, pairs++) {
            snapshot_put(&good, f->path);
            snprintf(sql, sizeof sql,
                     "CREATE TEMP TABLE kept AS SELECT v FROM %s WHERE rowid = %lld;"
                     "UPDATE %s SET v = (SELECT v FROM %s WHERE rowid = %lld) WHERE rowid = %lld;"
                     "UPDATE %s SET v = (SELECT v FROM kept) WHERE rowid = %lld",
                     rows[a].table, rows[a].key, rows[a].table, rows[b].table, rows[b].key,
                     rows[a].key, rows[b].table, rows[b].key);
            attack_sql(f->path, sql);
            judge(f, want, sql);
        }
    }
    printf("%zu pairs of %zu rows\n", pairs, count);
    fixture_end(f);
}

/* A member comes and goes: all that is left is a new epoch. */
static void begin_epoch(struct fixture *f)
{
    static const uint8_t key[KEY_LEN] = "the key file of one who left us";
    SECRET_OWNED struct secret *hash = NULL;
    struct slot_credentials cred = {0};
    struct member_new who = {.label = "leaver", .role = ROLE_READER, .cred = &cred};
    uint32_t number;

    must(secret_copy(&hash, key, sizeof key, &f->err));
    cred.keyfile_hash = hash;
    must(vault_member_add(f->v, &who, &number, &f->err));
    must(vault_member_remove(f->v, number, NULL, NULL, &f->err));
}

static void keep(struct fixture *f, char path[160], const char *name)
{
    SNAPSHOT_OWNED struct snapshot s = snapshot_take(f->path);

    snprintf(path, 160, "%.63s/%s", f->dir, name);
    snapshot_put(&s, path);
}

/* The row comes from the other file, or its first one where there is none of that key. */
static void take_row(struct fixture *f, const struct place *row, const char *from)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "ATTACH '%.150s' AS o; UPDATE %.7s SET v = coalesce((SELECT v FROM o.%.7s WHERE rowid "
             "= %lld), (SELECT v FROM o.%.7s LIMIT 1)) WHERE rowid = %lld",
             from, row->table, row->table, row->key, row->table, row->key);
    attack_sql(f->path, sql);
}

/* One row at a time from a file that is older, of the epoch before, or another vault's
 * under the same key. */
static void rows_of_other_files_come_in(void **state)
{
    struct place rows[ROWS_MAX];
    struct fixture fx, gx, *f = &fx, *g = &gx;
    char want[TEXT_MAX_LEN], what[256], before[160], older[160];
    (void)state;

    attack_begin(g);
    fixture_add(g, "work", "one");
    fixture_close(g);
    attack_begin(f);
    fixture_add(f, "work", "one");
    fixture_add(f, "home", "two");
    keep(f, before, "before.db");
    begin_epoch(f);
    keep(f, older, "older.db");
    change_password(f, "work", "three");
    must(vault_change_credentials(f->v, &f->cred, NULL, &f->err));
    fixture_close(f);
    must(attack_read_all(f, want, sizeof want));
    SNAPSHOT_OWNED struct snapshot good = snapshot_take(f->path);
    size_t count = all_rows(f, rows);
    const char *const from[] = {before, older, g->path};
    for (size_t i = 0; i < count * COUNT(from); i++) {
        snapshot_put(&good, f->path);
        take_row(f, &rows[i / COUNT(from)], from[i % COUNT(from)]);
        SNAPSHOT_OWNED struct snapshot now = snapshot_take(f->path);
        snprintf(what, sizeof what, "row %lld of %s from %.150s", rows[i / COUNT(from)].key,
                 rows[i / COUNT(from)].table, from[i % COUNT(from)]);
        /* The first 100 bytes count the changes. */
        if (now.len != good.len || memcmp(now.bytes + 100, good.bytes + 100, now.len - 100) != 0)
            judge(f, want, what);
    }
    fixture_end(g);
    fixture_end(f);
}

/* ---- each box in the place of each other ---- */

/* Contexts of which each two differ in one thing, and a few more. */
static size_t contexts(struct seal_context out[24])
{
    static const struct seal_context base = {
        .vault_id = "one of the vault", .epoch = 2, .kind = SEAL_CARD, .row = 3, .version = 4};
    size_t n = 0;

    out[n++] = base;
    out[n] = base, out[n++].vault_id[15] ^= 1;
    out[n] = base, out[n++].epoch = 1;
    out[n] = base, out[n++].row = 4;
    out[n] = base, out[n++].version = 3;
    out[n] = base, out[n++].field = 1;
    out[n] = base, out[n++].role = 1;
    for (int kind = SEAL_SLOT_SEED; kind <= SEAL_AUDIT_USE; kind++)
        if (kind != SEAL_CARD)
            out[n] = base, out[n++].kind = (uint8_t)kind;
    return n;
}

static void a_box_opens_in_its_own_place_only(void **state)
{
    static const uint8_t key[KEY_LEN] = "one key, for all of the places";
    struct seal_context ctx[24];
    uint8_t sk[KEY_LEN] = "the reader of what is sealed so", pk[KEY_LEN];
    struct pkseal_reader reader = {sk, pk};
    uint8_t box[PKSEAL_OVERHEAD + 256], public_box[PKSEAL_OVERHEAD + 256];
    size_t count = contexts(ctx);
    struct sv_err err;
    (void)state;

    pkseal_public(pk, sk);
    for (size_t a = 0; a < count; a++) {
        assert_int_equal(seal_box(box, key, &ctx[a], SEAL_PADDED, "x", 1, &err), SV_OK);
        assert_int_equal(pkseal_box(public_box, pk, key, &ctx[a], SEAL_PADDED, "x", 1, &err),
                         SV_OK);
        for (size_t b = 0; b < count; b++) {
            SECRET_OWNED struct secret *one = NULL, *two = NULL;
            enum sv_status want = a == b ? SV_OK : SV_DATA;
            if (seal_open(&one, key, &ctx[b], SEAL_PADDED, box, SEAL_OVERHEAD + 256, &err) !=
                    want ||
                pkseal_open(&two, &reader, key, &ctx[b], SEAL_PADDED, public_box, sizeof public_box,
                            &err) != want)
                broken("a box opened in a place that it was not sealed for (%zu, %zu)", a, b);
        }
    }
}

ATTACK_MAIN(cmocka_unit_test(a_box_opens_in_its_own_place_only),
            cmocka_unit_test(a_row_put_elsewhere_is_refused), cmocka_unit_test(absence_is_proved),
            cmocka_unit_test(an_edited_slot_is_never_signed),
            cmocka_unit_test(slots_are_proved_when_they_are_used),
            cmocka_unit_test(stray_rows_are_findings),
            cmocka_unit_test(each_two_rows_of_all_tables_change_places),
            cmocka_unit_test(rows_of_other_files_come_in))
