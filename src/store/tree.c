/* SPDX-License-Identifier: ISC */
/*
 * The tree keeps two nodes in memory and, while rows are shown, those of one group.
 * Every answer comes down to one helper that hashes a run of neighbouring buckets
 * from the rows in one walk.
 *
 * Nodes have one form only: all buckets of an empty group hash to zeros and the
 * node has no row, so a stored node of zeros is an edit as well.
 */
#include "store/tree.h"

#include <stdbool.h>
#include <string.h>

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
    struct blob *all; /* every row as it was hashed (NULL: none are kept) */
    db_visit *seen;   /* shown every row at once (NULL: nobody) */
    void *context;
};

/* What stands before each row in `all`. */
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
    if (run->all && !keep_row(run->all, id, bytes, len)) {
        return sv_fail_nomem(err);
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
    return run->seen ? run->seen(run->context, id, bytes, len, err) : SV_OK;
}

static enum sv_status hash_run(struct db *db, struct run *run, int count, struct sv_err *err)
{
    int64_t low = (int64_t)run->first << BUCKET_SHIFT;
    int64_t high = low + (((int64_t)count << BUCKET_SHIFT) - 1);

    memset(run->out, 0, (size_t)count * HASH_LEN);
    enum sv_status st = db_walk(db, TABLE_OBJ, low, high, false, run_row, run, err);
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

/* Who sees the rows: once they are proved, or as they are hashed. */
struct shown {
    db_visit *proved, *seen;
    void *context;
};

/* Proves one group of buckets and shows its rows. kept: room that is used again. */
static enum sv_status walk_group(struct db *db, int group, const uint8_t stored[TREE_NODE_LEN],
                                 struct blob *kept, const struct shown *to, struct sv_err *err)
{
    uint8_t found[TREE_NODE_LEN];
    struct run run = {.first = group * NODE_SLOTS,
                      .out = found,
                      .open = -1,
                      .all = to->proved ? kept : NULL,
                      .seen = to->seen,
                      .context = to->context};
    enum sv_status st;

    kept->len = 0;
    if ((st = hash_run(db, &run, NODE_SLOTS, err)) != SV_OK) {
        return st;
    }
    if (DEFENDED(TREE) && memcmp(stored, found, TREE_NODE_LEN) != 0) {
        return altered(db, "rows differ from the tree", err);
    }
    return show_kept(kept, to->proved, to->context, err);
}

static enum sv_status walk(struct db *db, const uint8_t root[32], const struct shown *to,
                           const struct progress *watch, struct sv_err *err)
{
    uint8_t root_node[TREE_NODE_LEN];
    uint8_t stored[TREE_NODE_LEN];
    BLOB_OWNED struct blob kept = {0};
    uint64_t nodes = 0, rows = 0;
    enum sv_status st;

    if ((st = root_read(db, root, root_node, err)) != SV_OK ||
        (st = db_walk(db, TABLE_OBJ, INT64_MIN, -1, false, refuse_row, db, err)) != SV_OK) {
        return st;
    }
    nodes += !node_is_empty(root_node);
    for (int group = 0; group < NODE_SLOTS; group++) {
        if ((st = progress_tell(watch, (uint64_t)group, TREE_GROUPS, err)) != SV_OK ||
            (st = group_read(db, root_node, group, stored, err)) != SV_OK ||
            (st = walk_group(db, group, stored, &kept, to, err)) != SV_OK) {
            return st;
        }
        nodes += !node_is_empty(stored);
    }
    if ((st = db_count(db, TABLE_TREE, &rows, err)) != SV_OK) {
        return st;
    }
    return rows == nodes ? SV_OK : altered(db, "there are tree nodes too many", err);
}

enum sv_status tree_walk(struct db *db, const uint8_t root[32], db_visit *visit, void *context,
                         struct sv_err *err)
{
    return walk(db, root, &(struct shown){.proved = visit, .context = context}, NULL, err);
}

enum sv_status tree_verify_all(struct db *db, const uint8_t root[32], struct sv_err *err)
{
    return walk(db, root, &(struct shown){0}, NULL, err);
}

enum sv_status tree_verify_seeing(struct db *db, const uint8_t root[32],
                                  const struct progress *watch, db_visit *seen, void *context,
                                  struct sv_err *err)
{
    return walk(db, root, &(struct shown){.seen = seen, .context = context}, watch, err);
}
