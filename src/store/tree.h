/* SPDX-License-Identifier: ISC */
/*
 * tree: the 64 x 64 Merkle tree over the obj table. It proves that a row is
 * there, and as well that it is not.
 *
 *   leaf   = BLAKE2b-256("leaf", 0x00, LE64(id), v)
 *   bucket = the top 12 of the id's 63 bits (id >> 51), 0 .. 4095;
 *            BLAKE2b-256("bucket", LE64(bucket), leaf, leaf, ...) over its leaves in id order;
 *            32 zero bytes when it is empty
 *   group  = 64 buckets (bucket >> 6), 0 .. 63; BLAKE2b-256("group", LE64(group), its 64 bucket
 *            hashes as one field of 2048 bytes); 32 zero bytes when all are empty
 *   root   = BLAKE2b-256("root", the 64 group hashes as one field of 2048 bytes)
 *
 * Table tree: n = 0 holds the 64 group hashes; n = 1 + group holds that group's
 * 64 bucket hashes (both 2048 bytes). An empty node has no row.
 */
#ifndef STORE_TREE_H
#define STORE_TREE_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

#define TREE_BUCKETS 4096
#define TREE_NODE_LEN 2048

int tree_bucket_of(int64_t id);

/* Proves the bucket of `id` against root: root node, group node, all rows of the
 * bucket. SV_DATA when anything differs: the message says the vault was altered
 * or damaged. Run inside a read or write transaction. */
enum sv_status tree_verify_path(struct db *db, const uint8_t root[32], int64_t id,
                                struct sv_err *err) SV_MUST_USE;

/* The same, and gives the very bytes that were hashed; whoever reads the row again gets
 * what is in the file by then. SV_MISSING (err is left empty): it is proved that there
 * is none. *out is the caller's (blob_clear). */
enum sv_status tree_get(struct db *db, const uint8_t root[32], int64_t id, struct blob *out,
                        struct sv_err *err) SV_MUST_USE;

/* Recomputes bucket, group and root after rows of id's bucket changed, writes the
 * two nodes and gives the new root. The path must have been verified before. */
enum sv_status tree_update(struct db *db, int64_t id, uint8_t root_out[32],
                           struct sv_err *err) SV_MUST_USE;

/* Rebuilds every node from the rows (after many changes in one transaction). */
enum sv_status tree_rebuild(struct db *db, uint8_t root_out[32], struct sv_err *err) SV_MUST_USE;

/* Proves all rows and all nodes against root, in one pass over the table. */
enum sv_status tree_verify_all(struct db *db, const uint8_t root[32],
                               struct sv_err *err) SV_MUST_USE;
/* The same; watch (or NULL) is told of groups of buckets. seen (or NULL) is shown each row as it
 * is hashed, in id order, before anything is proved of it: for who looks for more faults than
 * the first, and would read the whole table again. When SV_DATA is returned, a finding about the
 * tree, rows behind those that were seen may be left. */
#define TREE_GROUPS 64
enum sv_status tree_verify_seeing(struct db *db, const uint8_t root[32],
                                  const struct progress *watch, db_visit *seen, void *context,
                                  struct sv_err *err) SV_MUST_USE;

/* tree_verify_all, and shows each row to visit (in id order) once its group of buckets is
 * proved: the very bytes that were hashed, not a second reading. Whether a row is missing elsewhere
 * is known at the end only: use what was seen when SV_OK is returned, not before. */
enum sv_status tree_walk(struct db *db, const uint8_t root[32], db_visit *visit, void *context,
                         struct sv_err *err) SV_MUST_USE;

/* The root of a tree without rows. */
void tree_empty_root(uint8_t out[32]);

#endif
