/* SPDX-License-Identifier: ISC */
/*
 * Verifying the whole vault: pages, header, state, history from its first entry,
 * tree, and every box of every row. Nothing is released: a secret is opened, its
 * form is looked at, and it is wiped.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/rotation_record.h"
#include "domain/vault_impl.h"
#include "store/tree.h"

/* Version rows must belong to a profile that has them: both are collected and
 * compared at the end. */
struct version_of {
    uint8_t uid[16];
    uint64_t version; /* of a profile: the current one; of a version row: its own */
    bool is_profile;
    bool waits; /* of a profile: its record says that a secret is pending */
};

/* Rows between two looks at the watch. */
#define ROWS_AT_ONCE 256

struct verifying {
    struct vault *v;
    const struct vault_verifying *how;
    uint64_t findings;
    uint64_t rows, opened;
    int64_t last;       /* of those that were opened: its id */
    struct blob seen;   /* struct version_of each */
    struct blob tokens; /* ids of their rows, int64_t each */
    uint64_t slots;
    int64_t directory;
    bool directory_seen;
    uint32_t entries; /* of the directory, when it could be read */
};

static void finding(struct verifying *x, const char *text)
{
    x->findings++;
    if (x->how->tell)
        x->how->tell(x->how->context, text);
}

/* A fault that speaks of the data is a finding; any other (no memory, no disk) ends
 * the verification. */
static enum sv_status judge(struct verifying *x, enum sv_status st, struct sv_err *err)
{
    if (st != SV_DATA)
        return st;
    finding(x, err->text);
    err->text[0] = 0;
    return SV_OK;
}

static enum sv_status verify_header(struct vault *v, struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    uint8_t hash[32];
    enum sv_status st = db_get(v->db, TABLE_META, META_HEADER, &b, err);

    if (st && st != SV_MISSING)
        return st;
    header_hash(hash, b.bytes, b.len);
    if (st == SV_OK && memcmp(hash, v->state.header_hash, 32) == 0)
        return SV_OK;
    return sv_fail(err, SV_DATA, "the header was altered or damaged");
}

/* A row that nothing speaks of is nobody's: it would not be missed, nor trusted. */
static enum sv_status verify_count(struct verifying *x, enum db_table table, uint64_t want,
                                   struct sv_err *err)
{
    uint64_t count;
    enum sv_status st = db_count(x->v->db, table, &count, err);

    if (st == SV_OK && count != want)
        finding(x, table == TABLE_META ? "there are rows beside the header and the state"
                                       : "there are rows of a history that is not this vault's");
    return st;
}

static enum sv_status remember(struct verifying *x, const struct profile *p, bool is_profile,
                               struct sv_err *err)
{
    struct version_of of = {.version = p->version, .is_profile = is_profile};
    struct rotation_record record;

    of.waits = is_profile && rotation_of_card(&record, p) && rotation_is_pending(&record);
    memcpy(of.uid, p->uid, sizeof of.uid);
    return blob_append(&x->seen, &of, sizeof of) ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status verify_profile(struct verifying *x, struct vault_row *row,
                                     enum object_kind kind, struct sv_err *err)
{
    const uint8_t *index = keys_peek(x->v->keys)->index;
    const struct profile *p = &row->profile;
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status st;
    int64_t id;

    if ((st = vault_row_card(x->v, kind, row, err)) ||
        (st = vault_row_secret(x->v, row, &secret, err)) ||
        (st = remember(x, p, kind == OBJECT_PROFILE, err)))
        return st;
    id = kind == OBJECT_PROFILE ? object_id(index, kind, p->name, strlen(p->name))
                                : object_version_id(index, p->uid, p->version);
    if (id != row->id)
        return sv_fail(err, SV_DATA, "a row does not stand where its name belongs");
    return SV_OK;
}

static enum sv_status verify_directory(struct verifying *x, const struct vault_row *row,
                                       struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    enum sv_status st;

    x->directory_seen = true;
    st = vault_directory_open(x->v, row->bytes.bytes, row->bytes.len, &dir, err);
    return st ? st : directory_count(dir.card, &x->entries, err);
}

static bool is_token(const struct verifying *x, int64_t id)
{
    for (size_t at = 0; at < x->tokens.len; at += sizeof id)
        if (memcmp(x->tokens.bytes + at, &id, sizeof id) == 0)
            return true;
    return false;
}

static enum sv_status verify_tokens(struct verifying *x, struct sv_err *err)
{
    enum sv_status st = SV_OK;

    for (uint32_t i = 0; i < x->entries && st == SV_OK; i++)
        st = judge(x, vault_token_check(x->v, i, err), err);
    return st;
}

/* Who takes a member away makes all slots anew, and needs each to be one. Tokens stand in the
 * directory too; they have no slot. */
static enum sv_status slots_of(struct verifying *x, struct sv_err *err)
{
    DIRECTORY_OWNED struct vault_directory dir = {0};
    DIRECTORY_ENTRY_OWNED struct directory_entry entry = {0};
    enum sv_status st = vault_directory_load(x->v, x->v->state.root, &dir, err);
    uint32_t listed = 0;

    for (uint32_t i = 0; i < x->entries && st == SV_OK; i++) {
        BLOB_OWNED struct blob row = {0};
        if ((st = directory_at(dir.card, i, &entry, err)) || entry.number >= SLOT_COUNT_MAX)
            continue;
        listed++;
        st = judge(x, vault_slot_row(x->v, &entry, &row, err), err);
    }
    if (st == SV_OK && x->slots != listed)
        return sv_fail(err, SV_DATA, "the directory lists %u slots, the vault has %" PRIu64, listed,
                       x->slots);
    return st;
}

static enum sv_status verify_row(struct verifying *x, struct vault_row *row, struct sv_err *err)
{
    struct object_space space = vault_space(x->v);
    enum sv_status st;
    uint8_t kind;

    if (row->id == x->directory)
        return verify_directory(x, row, err);
    if (is_token(x, row->id))
        return SV_OK;
    if ((st = object_open_wrap(&row->wrap, &space, row->id, keys_peek(x->v->keys)->wrap,
                               row->bytes.bytes, row->bytes.len, err)))
        return st;
    kind = object_wrap_peek(row->wrap)->kind;
    if (kind == OBJECT_POLICY && row->id == vault_policy_id(x->v))
        return vault_policy_check(x->v, row->bytes.bytes, row->bytes.len, err);
    if (kind != OBJECT_PROFILE && kind != OBJECT_VERSION)
        return sv_fail(err, SV_DATA, "a row is of kind %u, which this smtpvault does not know",
                       kind);
    return verify_profile(x, row, kind, err);
}

static enum sv_status visit_row(void *context, int64_t id, const uint8_t *bytes, size_t len,
                                struct sv_err *err)
{
    struct verifying *x = context;
    ROW_OWNED struct vault_row row = {.id = id};
    enum sv_status st;

    if (x->opened > 0 && id <= x->last)
        return SV_OK;
    x->last = id;
    if (x->opened++ % ROWS_AT_ONCE == 0 &&
        (st = progress_tell(x->how->progress, x->opened - 1, x->rows, err)))
        return st;
    if (!blob_append(&row.bytes, bytes, len))
        return sv_fail_nomem(err);
    return judge(x, verify_row(x, &row, err), err);
}

static int by_uid(const void *a, const void *b)
{
    const struct version_of *x = a, *y = b;
    int order = memcmp(x->uid, y->uid, sizeof x->uid);

    if (order)
        return order;
    if (x->is_profile != y->is_profile)
        return x->is_profile ? 1 : -1;
    return x->version < y->version ? -1 : x->version > y->version;
}

/* Sorted, each profile stands behind its versions 1, 2 ... current - 1, and the pending one if
 * its record says so. */
static void verify_versions(struct verifying *x)
{
    struct version_of *all = (struct version_of *)(void *)x->seen.bytes;
    size_t count = x->seen.len / sizeof *all;
    uint64_t next = 1;
    bool waits = false;

    if (count)
        qsort(all, count, sizeof *all, by_uid);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count || memcmp(all[i].uid, all[i + 1].uid, 16) != 0;
        if (!last && !waits && all[i].version == PROFILE_VERSION_PENDING) {
            waits = true;
            continue;
        }
        if (all[i].version != next || all[i].is_profile != last || (last && all[i].waits != waits))
            finding(x, "the versions of a profile are not complete, or belong to no profile");
        next = last ? 1 : all[i].version + 1;
        waits = !last && waits;
    }
}

/* Groups of the tree become rows. */
static enum sv_status tell_groups(void *context, uint64_t done, uint64_t total, struct sv_err *err)
{
    struct verifying *x = context;

    return progress_tell(x->how->progress, x->rows * done / total, x->rows, err);
}

static enum sv_status verify_tree(struct verifying *x, struct sv_err *err)
{
    const struct progress watch = {tell_groups, x};

    return judge(x,
                 tree_verify_seeing(x->v->db, x->v->state.root, x->how->progress ? &watch : NULL,
                                    NULL, NULL, err),
                 err);
}

/* In the same reading of the table every box is opened. Where the tree is at fault its walk
 * ends; the rows behind that are opened all the same, so that each fault in them is told. */
static enum sv_status verify_tree_and_boxes(struct verifying *x, struct sv_err *err)
{
    struct vault *v = x->v;
    enum sv_status st = tree_verify_seeing(v->db, v->state.root, NULL, visit_row, x, err);

    if (st != SV_DATA)
        return st;
    if ((st = judge(x, st, err)))
        return st;
    return db_walk(v->db, TABLE_OBJ, x->opened > 0 ? x->last : INT64_MIN, INT64_MAX, false,
                   visit_row, x, err);
}

static enum sv_status verify_boxes(struct verifying *x, struct sv_err *err)
{
    struct vault *v = x->v;
    enum sv_status st;

    x->directory = vault_directory_id(v);
    if ((st = judge(x, vault_token_rows(v, &x->tokens, err), err)) ||
        (st = db_count(v->db, TABLE_SLOT, &x->slots, err)) || (st = verify_tree_and_boxes(x, err)))
        return st;
    verify_versions(x);
    if (!x->directory_seen) {
        finding(x, "the directory of slots is missing");
        return SV_OK;
    }
    /* No entry is known where it cannot be read, which was told. */
    if (x->entries > 0 && (st = judge(x, slots_of(x, err), err)))
        return st;
    return verify_tokens(x, err);
}

bool vault_opens_boxes(const struct vault *v)
{
    return v->keys && v->role == ROLE_ADMIN;
}

static enum sv_status verify_rows(struct verifying *x, struct sv_err *err)
{
    struct vault *v = x->v;
    enum sv_status st;

    /* Counting reads the whole table: only for somebody who looks on. */
    if (x->how->progress && (st = db_count(v->db, TABLE_OBJ, &x->rows, err)))
        return st;
    return x->how->boxes && vault_opens_boxes(v) ? verify_boxes(x, err) : verify_tree(x, err);
}

static enum sv_status verify_all(struct verifying *x, struct sv_err *err)
{
    struct vault *v = x->v;
    enum sv_status st;

    /* Forces the whole proof of the state, as at opening. */
    memset(v->state_bytes, 0, sizeof v->state_bytes);
    if ((st = judge(x, vault_refresh(v, err), err)) ||
        (st = judge(x, verify_header(v, err), err)) ||
        (st = judge(x, state_history_whole(v->db, &v->state, err), err)) ||
        (st = verify_count(x, TABLE_META, 2, err)) ||
        (st = verify_count(x, TABLE_HIST, v->state.seq, err)))
        return st;
    return verify_rows(x, err);
}

enum sv_status vault_verify_as(struct vault *v, const struct vault_verifying *how,
                               uint64_t *findings, struct sv_err *err)
{
    struct verifying x = {.v = v, .how = how};
    enum sv_status st;

    st = judge(&x, db_check_pages(v->db, err), err);
    if (st == SV_OK && (st = db_begin_read(v->db, err)) == SV_OK) {
        st = verify_all(&x, err);
        db_rollback(v->db);
    }
    blob_clear(&x.seen);
    blob_clear(&x.tokens);
    if (st)
        return st;
    *findings = x.findings;
    return SV_OK;
}

enum sv_status vault_verify(struct vault *v, uint64_t *findings, vault_tell *tell, void *context,
                            struct sv_err *err)
{
    const struct vault_verifying how = {.boxes = true, .tell = tell, .context = context};

    return vault_verify_as(v, &how, findings, err);
}

/* ---- a file ---- */

static void keep_first(void *context, const char *finding)
{
    struct sv_err *first = context;

    if (first->text[0] == '\0')
        (void)snprintf(first->text, sizeof first->text, "%s", finding);
}

enum sv_status vault_file_prove(struct vault *v, const struct progress *progress,
                                struct sv_err *err)
{
    struct sv_err first = {""};
    const struct vault_verifying how = {
        .tell = keep_first, .context = &first, .progress = progress};
    uint64_t findings = 0;
    enum sv_status st = vault_verify_as(v, &how, &findings, err);

    return st == SV_OK && findings ? sv_fail(err, SV_DATA, "%s", first.text) : st;
}
