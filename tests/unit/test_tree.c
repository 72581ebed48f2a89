/* SPDX-License-Identifier: ISC */
/*
 * tree: against a second, naive reading of the header, and against everything an
 * editor of the file can do to rows and nodes.
 */
#include "store_temp.h"

#include <sqlite3.h>

#include "base/alloc.h"
#include "crypto/hash.h"
#include "store/tree.h"

struct world {
    struct temp *temp;
    struct db *db;
    uint8_t root[32];
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    void *temp = NULL;

    temp_setup(&temp);
    w->temp = temp;
    assert_int_equal(db_create(&w->db, w->temp->path, DB_VAULT, NULL), SV_OK);
    tree_empty_root(w->root);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    void *temp = w->temp;

    db_close(w->db);
    temp_teardown(&temp);
    free(w);
    return 0;
}

static int64_t id_in(int bucket, int64_t low)
{
    return ((int64_t)bucket << 51) | low;
}

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* ---- the reference: all of it at once, in plain arrays ---- */

struct naive {
    uint8_t buckets[TREE_BUCKETS][32];
    struct hash open;
    int at;
};

static enum sv_status naive_row(void *context, int64_t id, const uint8_t *v, size_t len,
                                struct sv_err *err)
{
    struct naive *n = context;
    int bucket = (int)((uint64_t)id >> 51);
    struct hash h;
    uint8_t leaf[32];

    (void)err;
    if (bucket != n->at) {
        if (n->at >= 0) {
            hash_end(&n->open, n->buckets[n->at]);
        }
        hash_begin(&n->open, NULL, 32, "bucket");
        hash_u64(&n->open, (uint64_t)bucket);
        n->at = bucket;
    }
    hash_begin(&h, NULL, 32, "leaf");
    hash_field(&h, "", 1);
    hash_u64(&h, (uint64_t)id);
    hash_field(&h, v, len);
    hash_end(&h, leaf);
    hash_field(&n->open, leaf, 32);
    return SV_OK;
}

static void naive_root(struct world *w, uint8_t root[32])
{
    static const uint8_t zero[2048];
    struct naive *n = calloc(1, sizeof(*n));
    uint8_t groups[64][32] = {{0}};
    struct hash h;

    n->at = -1;
    assert_int_equal(db_walk(w->db, TABLE_OBJ, 0, INT64_MAX, false, naive_row, n, NULL), SV_OK);
    if (n->at >= 0) {
        hash_end(&n->open, n->buckets[n->at]);
    }
    for (int g = 0; g < 64; g++) {
        if (memcmp(n->buckets[g * 64], zero, 2048) != 0) {
            hash_begin(&h, NULL, 32, "group");
            hash_u64(&h, (uint64_t)g);
            hash_field(&h, n->buckets[g * 64], 2048);
            hash_end(&h, groups[g]);
        }
    }
    hash_begin(&h, NULL, 32, "root");
    hash_field(&h, groups, 2048);
    hash_end(&h, root);
    free(n);
}

/* ---- changes ---- */

static void put(struct world *w, int64_t id, const char *v)
{
    struct temp *t = w->temp;

    expect(SV_OK, db_begin_write(w->db, &t->err));
    expect(SV_OK, tree_verify_path(w->db, w->root, id, &t->err));
    expect(SV_OK, db_put(w->db, TABLE_OBJ, id, v, strlen(v), &t->err));
    expect(SV_OK, tree_update(w->db, id, w->root, &t->err));
    expect(SV_OK, db_commit(w->db, &t->err));
}

static void take(struct world *w, int64_t id)
{
    struct temp *t = w->temp;

    expect(SV_OK, db_begin_write(w->db, &t->err));
    expect(SV_OK, tree_verify_path(w->db, w->root, id, &t->err));
    expect(SV_OK, db_delete(w->db, TABLE_OBJ, id, NULL, &t->err));
    expect(SV_OK, tree_update(w->db, id, w->root, &t->err));
    expect(SV_OK, db_commit(w->db, &t->err));
}

/* A change of the file that does not tell the tree. */
static void meddle(struct world *w, enum db_table table, int64_t key, const void *v, size_t len)
{
    struct temp *t = w->temp;

    expect(SV_OK, db_begin_write(w->db, &t->err));
    if (v) {
        expect(SV_OK, db_put(w->db, table, key, v, len, &t->err));
    } else {
        expect(SV_OK, db_delete(w->db, table, key, NULL, &t->err));
    }
    expect(SV_OK, db_commit(w->db, &t->err));
}

static struct blob get(struct world *w, enum db_table table, int64_t key)
{
    struct blob b = {0};

    assert_int_equal(db_get(w->db, table, key, &b, NULL), SV_OK);
    return b;
}

static uint64_t nodes(struct world *w)
{
    uint64_t count = 0;

    assert_int_equal(db_count(w->db, TABLE_TREE, &count, NULL), SV_OK);
    return count;
}

/* ---- tests ---- */

static void an_empty_tree_has_a_root(void **state)
{
    struct world *w = *state;
    struct temp *t = w->temp;
    uint8_t root[32];

    naive_root(w, root);
    assert_memory_equal(root, w->root, 32);
    expect(SV_OK, tree_verify_all(w->db, w->root, &t->err));
    expect(SV_OK, tree_verify_path(w->db, w->root, 0, &t->err));
    expect(SV_OK, tree_verify_path(w->db, w->root, INT64_MAX, &t->err));
    expect(SV_INTERNAL, tree_verify_path(w->db, w->root, -1, &t->err));
    root[0] ^= 1;
    expect(SV_DATA, tree_verify_all(w->db, root, &t->err));
    expect(SV_DATA, tree_verify_path(w->db, root, 0, &t->err));
    put(w, 5, "x");
    take(w, 5);
    tree_empty_root(root);
    assert_memory_equal(root, w->root, 32);
    assert_int_equal(nodes(w), 0);
}

static void buckets_have_edges(void **state)
{
    static const int edges[] = {0, 1, 63, 64, 2047, 2048, 4031, 4032, 4095};
    struct world *w = *state;
    struct temp *t = w->temp;
    uint8_t root[32];

    assert_int_equal(tree_bucket_of(0), 0);
    assert_int_equal(tree_bucket_of(INT64_MAX), 4095);
    assert_int_equal(tree_bucket_of(((int64_t)1 << 51) - 1), 0);
    assert_int_equal(tree_bucket_of((int64_t)1 << 51), 1);
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        put(w, id_in(edges[i], 0), "low");
        put(w, id_in(edges[i], ((int64_t)1 << 51) - 1), "high");
        naive_root(w, root);
        assert_memory_equal(root, w->root, 32);
    }
    expect(SV_OK, tree_verify_all(w->db, w->root, &t->err));
    assert_int_equal(nodes(w), 1 + 6);
}

static void it_agrees_with_the_reference(void **state)
{
    struct world *w = *state;
    struct temp *t = w->temp;
    uint64_t seed = 0x9e3779b97f4a7c15u;
    int64_t ids[60];
    uint8_t root[32];
    int alive = 0;

    for (int round = 0; round < 160; round++) {
        uint64_t r = draw(&seed);
        char v[16];
        snprintf(v, sizeof(v), "%llx", (unsigned long long)(r & 0xffffff));
        if (alive < 60 && r % 5 < 3) {
            /* Half of the rows crowd into a few buckets. */
            int64_t id = (int64_t)(draw(&seed) >> 1);
            ids[alive] = r & 64 ? id : id_in((int)(r % 3) * 64, id >> 13);
            put(w, ids[alive++], v);
        } else if (alive && r % 5 == 3) {
            put(w, ids[r % (unsigned)alive], v);
        } else if (alive) {
            int i = (int)(r % (unsigned)alive);
            take(w, ids[i]);
            ids[i] = ids[--alive];
        }
        naive_root(w, root);
        assert_memory_equal(root, w->root, 32);
    }
    expect(SV_OK, tree_verify_all(w->db, w->root, &t->err));
    for (int i = 0; i < alive; i++) {
        expect(SV_OK, tree_verify_path(w->db, w->root, ids[i], &t->err));
    }
    uint64_t before = nodes(w);
    expect(SV_OK, db_begin_write(w->db, &t->err));
    expect(SV_OK, tree_rebuild(w->db, root, &t->err));
    expect(SV_OK, db_commit(w->db, &t->err));
    assert_memory_equal(root, w->root, 32);
    assert_int_equal(nodes(w), before);
}

struct shown {
    int64_t ids[16];
    int count;
};

static enum sv_status show(void *context, int64_t id, const uint8_t *bytes, size_t len,
                           struct sv_err *err)
{
    struct shown *shown = context;

    (void)err;
    assert_true(len == 3 && memcmp(bytes, "row", 3) == 0);
    shown->ids[shown->count++] = id;
    return shown->count == 16 ? SV_MISSING : SV_OK;
}

static void a_walk_shows_what_it_proves(void **state)
{
    static const int buckets[] = {0, 0, 63, 64, 700, 4095, 4095};
    struct world *w = *state;
    struct temp *t = w->temp;
    struct shown shown = {.count = 0};
    const int count = sizeof(buckets) / sizeof(buckets[0]);

    for (int i = count - 1; i >= 0; i--) {
        put(w, id_in(buckets[i], 10 + i), "row");
    }
    expect(SV_OK, tree_walk(w->db, w->root, show, &shown, &t->err));
    assert_int_equal(shown.count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(shown.ids[i], id_in(buckets[i], 10 + i));
    }
    /* A row that is not proved is not shown, nor is any of its group. */
    meddle(w, TABLE_OBJ, id_in(700, 99), "row", 3);
    shown.count = 0;
    expect(SV_DATA, tree_walk(w->db, w->root, show, &shown, &t->err));
    assert_int_equal(shown.count, 4);
    /* Who looks for further faults sees that group too, and nothing behind it. */
    shown.count = 0;
    expect(SV_DATA, tree_verify_seeing(w->db, w->root, NULL, show, &shown, &t->err));
    assert_int_equal(shown.count, 6);
    meddle(w, TABLE_OBJ, id_in(700, 99), NULL, 0);
    shown.count = 0;
    expect(SV_OK, tree_verify_seeing(w->db, w->root, NULL, show, &shown, &t->err));
    assert_int_equal(shown.count, count);
    shown.count = 13;
    expect(SV_MISSING, tree_walk(w->db, w->root, show, &shown, &t->err));
}

/* Overwrites the row behind the one that is shown. */
static enum sv_status show_and_meddle(void *context, int64_t id, const uint8_t *bytes, size_t len,
                                      struct sv_err *err)
{
    struct world *w = context;

    assert_true(len == 3 && memcmp(bytes, "row", 3) == 0);
    return db_put(w->db, TABLE_OBJ, id + 1, "new", 3, err);
}

static void a_walk_shows_the_bytes_that_it_hashed(void **state)
{
    struct world *w = *state;
    struct temp *t = w->temp;

    put(w, id_in(700, 1), "row");
    put(w, id_in(700, 2), "row");
    put(w, id_in(701, 1), "row");
    expect(SV_OK, db_begin_write(w->db, &t->err));
    expect(SV_OK, tree_walk(w->db, w->root, show_and_meddle, w, &t->err));
    db_rollback(w->db);
}

static void rows_are_given_as_they_were_proved(void **state)
{
    struct world *w = *state;
    struct temp *t = w->temp;
    struct blob b = {0};

    put(w, id_in(700, 1), "alpha");
    put(w, id_in(700, 2), "");
    put(w, id_in(700, 3), "gamma");
    expect(SV_OK, tree_get(w->db, w->root, id_in(700, 1), &b, &t->err));
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.bytes, "alpha", 5);
    blob_clear(&b);
    expect(SV_OK, tree_get(w->db, w->root, id_in(700, 2), &b, &t->err));
    assert_int_equal(b.len, 0);
    blob_clear(&b);
    t->err.text[0] = 0;
    expect(SV_MISSING, tree_get(w->db, w->root, id_in(700, 4), &b, &t->err));
    expect(SV_MISSING, tree_get(w->db, w->root, id_in(9, 1), &b, &t->err));
    assert_string_equal(t->err.text, "");
    assert_null(b.bytes);
    expect(SV_INTERNAL, tree_get(w->db, w->root, -1, &b, &t->err));
}

/* All proofs must fail for `id`. */
static void refused(struct world *w, int64_t id)
{
    struct temp *t = w->temp;
    struct blob b = {0};

    expect(SV_DATA, tree_get(w->db, w->root, id, &b, &t->err));
    assert_null(b.bytes);
    expect(SV_DATA, tree_verify_path(w->db, w->root, id, &t->err));
    expect_text("altered or damaged");
    expect(SV_DATA, tree_verify_all(w->db, w->root, &t->err));
}

static void edits_of_rows_are_seen(void **state)
{
    struct world *w = *state;
    struct temp *t = w->temp;
    int64_t a = id_in(700, 1);
    int64_t b = id_in(700, 2);
    int64_t c = id_in(3000, 1);

    put(w, a, "alpha");
    put(w, b, "beta");
    put(w, c, "gamma");
    /* changed, deleted, added next to it; each undone again */
    meddle(w, TABLE_OBJ, a, "alphA", 5);
    refused(w, a);
    refused(w, id_in(700, 99)); /* absence is proved by the same bucket */
    expect(SV_OK, tree_verify_path(w->db, w->root, c, &t->err));
    meddle(w, TABLE_OBJ, a, NULL, 0);
    refused(w, a);
    meddle(w, TABLE_OBJ, a, "alpha", 5);
    meddle(w, TABLE_OBJ, id_in(700, 3), "new", 3);
    refused(w, id_in(700, 3));
    meddle(w, TABLE_OBJ, id_in(700, 3), NULL, 0);
    meddle(w, TABLE_OBJ, id_in(701, 3), "new", 3);
    refused(w, id_in(701, 3));
    meddle(w, TABLE_OBJ, id_in(701, 3), NULL, 0);
    /* swapped inside a bucket, and between buckets */
    meddle(w, TABLE_OBJ, a, "beta", 4);
    meddle(w, TABLE_OBJ, b, "alpha", 5);
    refused(w, a);
    meddle(w, TABLE_OBJ, b, "beta", 4);
    meddle(w, TABLE_OBJ, a, "gamma", 5);
    meddle(w, TABLE_OBJ, c, "alpha", 5);
    refused(w, a);
    refused(w, c);
    meddle(w, TABLE_OBJ, a, "alpha", 5);
    meddle(w, TABLE_OBJ, c, "gamma", 5);
    /* no fetch asks for a negative id, but the whole check finds one */
    meddle(w, TABLE_OBJ, -1, "x", 1);
    expect(SV_DATA, tree_verify_all(w->db, w->root, &t->err));
    meddle(w, TABLE_OBJ, -1, NULL, 0);
    expect(SV_OK, tree_verify_all(w->db, w->root, &t->err));
}

static void edits_of_nodes_are_seen(void **state)
{
    static const uint8_t zero[TREE_NODE_LEN];
    struct world *w = *state;
    struct temp *t = w->temp;
    int64_t a = id_in(700, 1);
    int64_t key = 1 + 700 / 64;

    put(w, a, "old");
    struct blob old_group = get(w, TABLE_TREE, key);
    struct blob old_root = get(w, TABLE_TREE, 0);
    uint8_t old[32];
    memcpy(old, w->root, 32);
    put(w, a, "new");
    struct blob group = get(w, TABLE_TREE, key);
    struct blob root = get(w, TABLE_TREE, 0);

    meddle(w, TABLE_TREE, key, old_group.bytes, old_group.len); /* stale */
    refused(w, a);
    meddle(w, TABLE_TREE, 0, old_root.bytes, old_root.len); /* both stale */
    refused(w, a);
    meddle(w, TABLE_OBJ, a, "old", 3); /* the whole past: only the root tells */
    refused(w, a);
    expect(SV_OK, tree_verify_all(w->db, old, &t->err));
    meddle(w, TABLE_OBJ, a, "new", 3);
    meddle(w, TABLE_TREE, 0, root.bytes, root.len);
    meddle(w, TABLE_TREE, key, NULL, 0); /* deleted */
    refused(w, a);
    meddle(w, TABLE_TREE, key, group.bytes, group.len - 1); /* short */
    refused(w, a);
    meddle(w, TABLE_TREE, key, zero, sizeof(zero));
    refused(w, a);
    meddle(w, TABLE_TREE, key, group.bytes, group.len);
    meddle(w, TABLE_TREE, 0, NULL, 0);
    refused(w, a);
    meddle(w, TABLE_TREE, 0, root.bytes, root.len);
    /* nodes that nothing needs */
    meddle(w, TABLE_TREE, key + 1, group.bytes, group.len);
    refused(w, id_in(764, 0));
    meddle(w, TABLE_TREE, key + 1, NULL, 0);
    meddle(w, TABLE_TREE, 65, group.bytes, group.len);
    expect(SV_DATA, tree_verify_all(w->db, w->root, &t->err));
    meddle(w, TABLE_TREE, 65, NULL, 0);
    expect(SV_OK, tree_verify_all(w->db, w->root, &t->err));
    blob_clear(&old_group);
    blob_clear(&old_root);
    blob_clear(&group);
    blob_clear(&root);
}

static enum sv_status all_of_it(struct world *w, uint8_t root[32], struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    enum sv_status st = db_begin_write(w->db, err);

    if (st == SV_OK && (st = tree_verify_path(w->db, w->root, 9, err)) == SV_OK &&
        (st = db_put(w->db, TABLE_OBJ, 9, "z", 1, err)) == SV_OK &&
        (st = tree_update(w->db, 9, root, err)) == SV_OK &&
        (st = tree_get(w->db, root, 9, &b, err)) == SV_OK &&
        (st = tree_verify_all(w->db, root, err)) == SV_OK) {
        st = tree_rebuild(w->db, root, err);
    }
    db_rollback(w->db);
    return st;
}

static void it_survives_lack_of_memory(void **state)
{
    struct world *w = *state;
    struct temp *t = w->temp;
    uint8_t root[32];

    for (int i = 0; i < 40; i++) {
        put(w, id_in(i * 100, i), "row");
    }
    for (unsigned long n = 1;; n++) {
        sv_alloc_fail_at(n);
        enum sv_status st = all_of_it(w, root, &t->err);
        int came = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_true(st == SV_OK || (came && t->err.text[0]));
        if (!came) {
            assert_true(n > 5);
            break;
        }
    }
    expect(SV_OK, tree_verify_all(w->db, w->root, &t->err));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(an_empty_tree_has_a_root),     CASE(buckets_have_edges),
        CASE(it_agrees_with_the_reference), CASE(rows_are_given_as_they_were_proved),
        CASE(edits_of_rows_are_seen),       CASE(edits_of_nodes_are_seen),
        CASE(a_walk_shows_what_it_proves),  CASE(a_walk_shows_the_bytes_that_it_hashed),
        CASE(it_survives_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
