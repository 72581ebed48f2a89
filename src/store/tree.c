/* SPDX-License-Identifier: ISC */
/*
 * The tree keeps two nodes in memory and, where all rows are proved, those of one group, of
 * two while one of them is hashed beside the reading. Every answer comes down to one helper
 * that hashes a run of neighbouring buckets.
 *
 * Nodes have one form only: all buckets of an empty group hash to zeros and the
 * node has no row, so a stored node of zeros is an edit as well.
 */
#include "store/tree.h"

#include <stdbool.h>
#include <string.h>

#include "base/beside.h"
#include "base/defence.h"
#include "crypto/hash.h"

#define NODE_SLOTS 64
#define BUCKET_SHIFT 51
#define ROOT_KEY 0

static const uint8_t zero_node[TREE_NODE_LEN];

int tree_bucket_of(int64_t id)
{
    return id < 0 ? -1 : (int)(id >> BUCKET_SHIFT);
}

static int64_t group_key(int group)
{
    return 1 + group;
}

static bool node_is_empty(const uint8_t node[TREE_NODE_LEN])
{
    return memcmp(node, zero_node, TREE_NODE_LEN) == 0;
}

static void hash_group(uint8_t out[HASH_LEN], int group, const uint8_t node[TREE_NODE_LEN])
{
    struct hash h;

    if (node_is_empty(node)) {
        memset(out, 0, HASH_LEN);
        return;
    }
    hash_begin(&h, NULL, HASH_LEN, "group");
    hash_u64(&h, (uint64_t)group);
    hash_field(&h, node, TREE_NODE_LEN);
    hash_end(&h, out);
}

static void hash_root(uint8_t out[HASH_LEN], const uint8_t node[TREE_NODE_LEN])
{
    struct hash h;

    hash_begin(&h, NULL, HASH_LEN, "root");
    hash_field(&h, node, TREE_NODE_LEN);
    hash_end(&h, out);
}

void tree_empty_root(uint8_t out[32])
{
    hash_root(out, zero_node);
}

/* ---- from rows to bucket hashes ---- */

struct run {
    int first;    /* number of the bucket that out[0] is for */
    uint8_t *out; /* zeroed; 32 bytes a bucket */
    int open;     /* bucket being hashed, -1 for none */
    struct hash hash;
    int64_t wanted;   /* a row to be kept as it was hashed, in */
    struct blob *row; /* (NULL: none) */
    bool found;
};

/* What stands before each row that is kept to be hashed, and shown, later. */
struct kept {
    int64_t id;
    size_t len;
};

static bool keep_row(struct blob *all, int64_t id, const uint8_t *bytes, size_t len)
{
    struct kept kept = {.id = id, .len = len};

    return blob_append(all, &kept, sizeof(kept)) && blob_append(all, bytes, len);
}

static enum sv_status show_kept(const struct blob *all, db_visit *visit, void *context,
                                struct sv_err *err)
{
    struct kept kept;

    for (size_t at = 0; at < all->len; at += kept.len) {
        memcpy(&kept, all->bytes + at, sizeof(kept));
        at += sizeof(kept);
        enum sv_status st = visit(context, kept.id, all->bytes + at, kept.len, err);
        if (st != SV_OK) {
            return st;
        }
    }
    return SV_OK;
}

static void run_close(struct run *run)
{
    if (run->open >= 0) {
        hash_end(&run->hash, run->out + (size_t)(run->open - run->first) * HASH_LEN);
        run->open = -1;
    }
}

static enum sv_status run_row(void *context, int64_t id, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    struct run *run = context;
    const uint8_t leaf_mark = 0x00;
    uint8_t leaf[HASH_LEN];
    struct hash h;

    if (run->row && id == run->wanted) {
        run->found = true;
        if (!blob_append(run->row, bytes, len)) {
            return sv_fail_nomem(err);
        }
    }
    if (tree_bucket_of(id) != run->open) {
        run_close(run);
        run->open = tree_bucket_of(id);
        hash_begin(&run->hash, NULL, HASH_LEN, "bucket");
        hash_u64(&run->hash, (uint64_t)run->open);
    }
    hash_begin(&h, NULL, HASH_LEN, "leaf");
    hash_field(&h, &leaf_mark, 1);
    hash_u64(&h, (uint64_t)id);
    hash_field(&h, bytes, len);
    hash_end(&h, leaf);
    hash_field(&run->hash, leaf, HASH_LEN);
    return SV_OK;
}

/* The rows of `count` buckets. */
static enum sv_status walk_buckets(struct db *db, int first, int count, db_visit *visit,
                                   void *context, struct sv_err *err)
{
    int64_t low = (int64_t)first << BUCKET_SHIFT;
    int64_t high = low + (((int64_t)count << BUCKET_SHIFT) - 1);

    return db_walk(db, TABLE_OBJ, low, high, false, visit, context, err);
}

static enum sv_status hash_run(struct db *db, struct run *run, int count, struct sv_err *err)
{
    memset(run->out, 0, (size_t)count * HASH_LEN);
    enum sv_status st = walk_buckets(db, run->first, count, run_row, run, err);
    run_close(run);
    return st;
}

/* Hashes the buckets first .. first + count - 1 into out (32 bytes each). */
static enum sv_status hash_buckets(struct db *db, int first, int count, uint8_t *out,
                                   struct sv_err *err)
{
    struct run run = {.first = first, .out = out, .open = -1};

    return hash_run(db, &run, count, err);
}

/* ---- nodes ---- */

static enum sv_status altered(struct db *db, const char *what, struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "%s: the vault was altered or damaged (%s): restore a backup",
                   db_shown(db), what);
}

static enum sv_status node_read(struct db *db, int64_t key, uint8_t node[TREE_NODE_LEN],
                                struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = db_get(db, TABLE_TREE, key, &row, err);

    if (st == SV_MISSING) {
        memset(node, 0, TREE_NODE_LEN);
        return SV_OK;
    }
    if (st != SV_OK) {
        return st;
    }
    if (row.len != TREE_NODE_LEN || node_is_empty(row.bytes)) {
        return altered(db, "a tree node has a wrong form", err);
    }
    memcpy(node, row.bytes, TREE_NODE_LEN);
    return SV_OK;
}

static enum sv_status node_write(struct db *db, int64_t key, const uint8_t node[TREE_NODE_LEN],
                                 struct sv_err *err)
{
    if (node_is_empty(node)) {
        return db_delete(db, TABLE_TREE, key, NULL, err);
    }
    return db_put(db, TABLE_TREE, key, node, TREE_NODE_LEN, err);
}

static enum sv_status root_read(struct db *db, const uint8_t root[HASH_LEN],
                                uint8_t node[TREE_NODE_LEN], struct sv_err *err)
{
    uint8_t found[HASH_LEN];
    enum sv_status st = node_read(db, ROOT_KEY, node, err);

    if (st != SV_OK) {
        return st;
    }
    hash_root(found, node);
    return memcmp(found, root, HASH_LEN) == 0 ? SV_OK
                                              : altered(db, "its tree has another root", err);
}

/* Reads a group's node and proves it by the root node. */
static enum sv_status group_read(struct db *db, const uint8_t root_node[TREE_NODE_LEN], int group,
                                 uint8_t node[TREE_NODE_LEN], struct sv_err *err)
{
    uint8_t found[HASH_LEN];
    enum sv_status st = node_read(db, group_key(group), node, err);

    if (st != SV_OK) {
        return st;
    }
    hash_group(found, group, node);
    return memcmp(found, root_node + group * HASH_LEN, HASH_LEN) == 0
               ? SV_OK
               : altered(db, "a tree node does not belong here", err);
}

static enum sv_status bucket_of(struct db *db, int64_t id, int *bucket, struct sv_err *err)
{
    *bucket = tree_bucket_of(id);
    return *bucket >= 0 ? SV_OK
                        : sv_fail(err, SV_INTERNAL, "%s: a row id is negative", db_shown(db));
}

/* ---- the questions ---- */

static enum sv_status prove_bucket(struct db *db, const uint8_t root[32], int64_t id,
                                   struct run *run, struct sv_err *err)
{
    uint8_t root_node[TREE_NODE_LEN];
    uint8_t group_node[TREE_NODE_LEN];
    uint8_t found[HASH_LEN];
    int bucket = 0;
    enum sv_status st;

    if ((st = bucket_of(db, id, &bucket, err)) != SV_OK ||
        (st = root_read(db, root, root_node, err)) != SV_OK ||
        (st = group_read(db, root_node, bucket / NODE_SLOTS, group_node, err)) != SV_OK) {
        return st;
    }
    run->first = bucket;
    run->out = found;
    run->open = -1;
    if ((st = hash_run(db, run, 1, err)) != SV_OK) {
        return st;
    }
    if (DEFENDED(TREE) &&
        memcmp(found, group_node + bucket % NODE_SLOTS * HASH_LEN, HASH_LEN) != 0) {
        return altered(db, "rows differ from the tree", err);
    }
    return SV_OK;
}

enum sv_status tree_verify_path(struct db *db, const uint8_t root[32], int64_t id,
                                struct sv_err *err)
{
    struct run run = {.row = NULL};

    return prove_bucket(db, root, id, &run, err);
}

enum sv_status tree_get(struct db *db, const uint8_t root[32], int64_t id, struct blob *out,
                        struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    struct run run = {.wanted = id, .row = &row};
    enum sv_status st = prove_bucket(db, root, id, &run, err);

    if (st != SV_OK) {
        return st;
    }
    if (!run.found) {
        return SV_MISSING;
    }
    *out = row;
    row = (struct blob){0};
    return SV_OK;
}

enum sv_status tree_update(struct db *db, int64_t id, uint8_t root_out[32], struct sv_err *err)
{
    uint8_t root_node[TREE_NODE_LEN];
    uint8_t group_node[TREE_NODE_LEN];
    int bucket = 0;
    enum sv_status st;

    if ((st = bucket_of(db, id, &bucket, err)) != SV_OK) {
        return st;
    }
    int group = bucket / NODE_SLOTS;
    uint8_t *slot = group_node + bucket % NODE_SLOTS * HASH_LEN;

    if ((st = node_read(db, ROOT_KEY, root_node, err)) != SV_OK ||
        (st = node_read(db, group_key(group), group_node, err)) != SV_OK ||
        (st = hash_buckets(db, bucket, 1, slot, err)) != SV_OK ||
        (st = node_write(db, group_key(group), group_node, err)) != SV_OK) {
        return st;
    }
    hash_group(root_node + group * HASH_LEN, group, group_node);
    if ((st = node_write(db, ROOT_KEY, root_node, err)) != SV_OK) {
        return st;
    }
    hash_root(root_out, root_node);
    return SV_OK;
}

enum sv_status tree_rebuild(struct db *db, uint8_t root_out[32], struct sv_err *err)
{
    uint8_t root_node[TREE_NODE_LEN];
    uint8_t group_node[TREE_NODE_LEN];
    enum sv_status st;

    for (int group = 0; group < NODE_SLOTS; group++) {
        if ((st = hash_buckets(db, group * NODE_SLOTS, NODE_SLOTS, group_node, err)) != SV_OK ||
            (st = node_write(db, group_key(group), group_node, err)) != SV_OK) {
            return st;
        }
        hash_group(root_node + group * HASH_LEN, group, group_node);
    }
    if ((st = node_write(db, ROOT_KEY, root_node, err)) != SV_OK) {
        return st;
    }
    hash_root(root_out, root_node);
    return SV_OK;
}

static enum sv_status refuse_row(void *context, int64_t id, const uint8_t *bytes, size_t len,
                                 struct sv_err *err)
{
    (void)id;
    (void)bytes;
    (void)len;
    return altered(context, "a row lies outside the tree", err);
}

/* ---- all rows: group by group ---- */

/* A group of less than this is hashed before a thread would have begun to. */
#define WORTH_A_THREAD (64 << 10)

struct group {
    int number;
    uint8_t stored[TREE_NODE_LEN]; /* by the tree */
    uint8_t found[TREE_NODE_LEN];  /* by its rows */
    struct blob rows;              /* struct kept and bytes of each */
    struct beside hashing;
    bool waits; /* to be proved */
};

/* Who sees the rows: once they are proved, or as they are read. */
struct walk {
    struct db *db;
    db_visit *proved, *seen;
    void *context;
    struct group groups[2]; /* one is read while the other is hashed */
    struct group *reads;
};

static void walk_end(struct walk *w)
{
    for (int i = 0; i < 2; i++) {
        beside_end(&w->groups[i].hashing);
        blob_clear(&w->groups[i].rows);
    }
}
#define WALK_OWNED __attribute__((cleanup(walk_end)))

static enum sv_status read_row(void *context, int64_t id, const uint8_t *bytes, size_t len,
                               struct sv_err *err)
{
    struct walk *w = context;

    if (!keep_row(&w->reads->rows, id, bytes, len)) {
        return sv_fail_nomem(err);
    }
    return w->seen ? w->seen(w->context, id, bytes, len, err) : SV_OK;
}

/* Touches the group alone: it may run beside the reading of the next. */
static void hash_kept(void *context)
{
    struct group *g = context;
    struct run run = {.first = g->number * NODE_SLOTS, .out = g->found, .open = -1};

    memset(g->found, 0, sizeof(g->found));
    (void)show_kept(&g->rows, run_row, &run, NULL); /* fails for a wanted row only */
    run_close(&run);
}

static enum sv_status prove_group(struct walk *w, struct group *g, struct sv_err *err)
{
    if (!g->waits) {
        return SV_OK;
    }
    g->waits = false;
    beside_end(&g->hashing);
    if (DEFENDED(TREE) && memcmp(g->stored, g->found, TREE_NODE_LEN) != 0) {
        return altered(w->db, "rows differ from the tree", err);
    }
    return w->proved ? show_kept(&g->rows, w->proved, w->context, err) : SV_OK;
}

/* Reads a group, proves the one before and has this one hashed: beside the reading of the next
 * where that is worth it, which only who verifies everything waits for. */
static enum sv_status walk_group(struct walk *w, int number, const uint8_t root_node[TREE_NODE_LEN],
                                 struct sv_err *err)
{
    struct group *g = &w->groups[number % 2];
    enum sv_status st;

    w->reads = g;
    g->number = number;
    g->rows.len = 0;
    if ((st = group_read(w->db, root_node, number, g->stored, err)) != SV_OK ||
        (st = walk_buckets(w->db, number * NODE_SLOTS, NODE_SLOTS, read_row, w, err)) != SV_OK ||
        (st = prove_group(w, &w->groups[(number + 1) % 2], err)) != SV_OK) {
        return st;
    }
    g->waits = true;
    if (!w->proved && g->rows.len >= WORTH_A_THREAD) {
        beside_begin(&g->hashing, hash_kept, g);
        return SV_OK;
    }
    hash_kept(g);
    return prove_group(w, g, err);
}

static enum sv_status walk(struct walk *w, const uint8_t root[32], const struct progress *watch,
                           struct sv_err *err)
{
    uint8_t root_node[TREE_NODE_LEN];
    uint64_t nodes = 0, rows = 0;
    enum sv_status st;

    if ((st = root_read(w->db, root, root_node, err)) != SV_OK ||
        (st = db_walk(w->db, TABLE_OBJ, INT64_MIN, -1, false, refuse_row, w->db, err)) != SV_OK) {
        return st;
    }
    nodes += !node_is_empty(root_node);
    for (int group = 0; group < NODE_SLOTS; group++) {
        if ((st = progress_tell(watch, (uint64_t)group, TREE_GROUPS, err)) != SV_OK ||
            (st = walk_group(w, group, root_node, err)) != SV_OK) {
            return st;
        }
        nodes += !node_is_empty(w->reads->stored);
    }
    if ((st = prove_group(w, w->reads, err)) != SV_OK ||
        (st = db_count(w->db, TABLE_TREE, &rows, err)) != SV_OK) {
        return st;
    }
    return rows == nodes ? SV_OK : altered(w->db, "there are tree nodes too many", err);
}

enum sv_status tree_walk(struct db *db, const uint8_t root[32], db_visit *visit, void *context,
                         struct sv_err *err)
{
    WALK_OWNED struct walk w = {.db = db, .proved = visit, .context = context};

    return walk(&w, root, NULL, err);
}

enum sv_status tree_verify_all(struct db *db, const uint8_t root[32], struct sv_err *err)
{
    return tree_verify_seeing(db, root, NULL, NULL, NULL, err);
}

enum sv_status tree_verify_seeing(struct db *db, const uint8_t root[32],
                                  const struct progress *watch, db_visit *seen, void *context,
                                  struct sv_err *err)
{
    WALK_OWNED struct walk w = {.db = db, .seen = seen, .context = context};

    return walk(&w, root, watch, err);
}
