/* SPDX-License-Identifier: ISC */
/* log: the folder, the rows, and one entry going in. */
#include "audit/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/pool.h"
#include "base/alloc.h"
#include "base/defence.h"
#include "base/env.h"
#include "base/file.h"

enum sv_status audit_log_lost(const struct audit *a, struct sv_err *err, const char *fmt, ...)
{
    char what[SV_ERR_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return sv_fail(err, SV_DATA,
                   "the audit log in %s is not what it was: %s. Nothing is released; if you know "
                   "and accept the loss, run \"smtpvault audit resume --accept-loss\"",
                   a->dir, what);
}

enum sv_status audit_log_refuse(const char *dir, enum sv_status st, struct sv_err *err)
{
    struct sv_err inner = {""};

    if (st == SV_OK || st == SV_DATA || st == SV_LOCKED || st == SV_INTERNAL)
        return st;
    if (err != NULL)
        inner = *err;
    return sv_fail(err, SV_IO,
                   "the audit log in %s cannot be written, and nothing is released without it: %s",
                   dir, inner.text);
}

/* ---- the folder ---- */

enum sv_status audit_log_new(struct audit **out, const char *dir, struct sv_err *err)
{
    AUDIT_OWNED struct audit *a = sv_alloc(sizeof *a);

    if (a == NULL || (a->dir = sv_strdup(dir)) == NULL ||
        (a->db_path = path_join(dir, "audit.db")) == NULL ||
        (a->seal_path = path_join(dir, "seal")) == NULL ||
        (a->lock_path = path_join(dir, "lock")) == NULL)
        return sv_fail_nomem(err);
    a->stride = AUDIT_PROVED_STRIDE;
    enum sv_status st = audit_seal_new(&a->seal, err);
    if (st != SV_OK)
        return st;
    *out = a;
    a = NULL;
    return SV_OK;
}

enum sv_status audit_log_lock(const struct audit *a, int *fd_out, struct sv_err *err)
{
    return file_lock(a->lock_path, AUDIT_LOCK_MS, fd_out, err);
}

enum sv_status audit_log_remember_file(struct audit *a, struct sv_err *err)
{
    struct stat st;

    if (lstat(a->db_path, &st) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", a->db_path);
    a->device = st.st_dev;
    a->inode = st.st_ino;
    return SV_OK;
}

enum sv_status audit_log_open_db(struct audit *a, struct sv_err *err)
{
    enum sv_status st = db_open(&a->db, a->db_path, DB_AUDIT, false, err);

    return st == SV_OK ? audit_log_remember_file(a, err) : st;
}

enum sv_status audit_log_same_file(const struct audit *a, struct sv_err *err)
{
    struct stat st;

    if (lstat(a->db_path, &st) == 0 && st.st_dev == a->device && st.st_ino == a->inode)
        return db_check_beside(a->db, err);
    return sv_fail(err, SV_DATA,
                   "%s was moved aside or deleted while this program was running: nothing is "
                   "released; start it again",
                   a->db_path);
}

/* The files that belong together, as NAME TAIL, moved to NAME.lost-N TAIL; journal
 * (of a log that was being made) and write-ahead log go first, so that none is ever
 * left beside a database that is not its own. */
static const struct {
    const char *name, *tail;
} aside[] = {{"audit.db", "-journal"},
             {"audit.db", "-wal"},
             {"audit.db", "-shm"},
             {"audit.db", ""},
             {"seal", ""}};
#define ASIDE (sizeof aside / sizeof aside[0])
#define ASIDE_NAME_MAX 64

static void aside_names(size_t i, unsigned n, char from[ASIDE_NAME_MAX], char to[ASIDE_NAME_MAX])
{
    (void)snprintf(from, ASIDE_NAME_MAX, "%s%s", aside[i].name, aside[i].tail);
    (void)snprintf(to, ASIDE_NAME_MAX, "%s.lost-%u%s", aside[i].name, n, aside[i].tail);
}

static bool aside_taken(int dir, unsigned n)
{
    char from[ASIDE_NAME_MAX], to[ASIDE_NAME_MAX];
    struct stat st;

    for (size_t i = 0; i < ASIDE; i++) {
        aside_names(i, n, from, to);
        if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return true;
    }
    return false;
}

/* Without a database of theirs they are of one that was being made when the power went,
 * and would be taken for parts of the next. */
enum sv_status audit_log_clear_way(struct audit *a, struct sv_err *err)
{
    FD_OWNED int dir = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[ASIDE_NAME_MAX];
    struct stat st;

    if (dir < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot open the folder %s", a->dir);
    for (size_t i = 0; i < ASIDE; i++) {
        (void)snprintf(name, sizeof name, "%s%s", aside[i].name, aside[i].tail);
        if (aside[i].tail[0] != '\0' && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            return audit_log_set_aside(a, err);
    }
    return SV_OK;
}

enum sv_status audit_log_set_aside(struct audit *a, struct sv_err *err)
{
    FD_OWNED int dir = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unsigned n = 1;

    if (dir < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot open the folder %s", a->dir);
    while (aside_taken(dir, n))
        n++;
    for (size_t i = 0; i < ASIDE; i++) {
        char from[ASIDE_NAME_MAX], to[ASIDE_NAME_MAX];
        aside_names(i, n, from, to);
        if (renameat(dir, from, dir, to) != 0 && errno != ENOENT)
            return sv_fail_errno(err, SV_IO, errno, "cannot rename %s in %s", from, a->dir);
    }
    if (fsync(dir) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot sync the folder %s", a->dir);
    return SV_OK;
}

/* ---- the rows ---- */

enum sv_status audit_log_gen(struct audit *a, uint64_t generation, struct audit_gen *gen,
                             struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = db_get(a->db, TABLE_GEN, (int64_t)generation, &row, err);

    if (st == SV_MISSING)
        return audit_log_lost(a, err, "its generation %llu is not there",
                              (unsigned long long)generation);
    if (st != SV_OK)
        return st;
    struct audit_gen read;
    if (!audit_gen_decode(&read, row.bytes, row.len))
        return audit_log_lost(a, err, "its generation %llu is damaged",
                              (unsigned long long)generation);
    *gen = read;
    return SV_OK;
}

static enum sv_status load_head(struct audit *a, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    enum sv_status st = db_get(a->db, TABLE_HEAD, AUDIT_HEAD_KEY, &row, err);

    if (st != SV_OK)
        return st;
    if (!audit_head_decode(&a->head, row.bytes, row.len))
        return audit_log_lost(a, err, "its head is damaged");
    if (memcmp(a->head.vault_id, a->vault_id, sizeof a->vault_id) != 0)
        return audit_log_lost(a, err, "it belongs to another vault");
    return SV_OK;
}

static enum sv_status push_entry(void *context, int64_t key, const uint8_t *row, size_t len,
                                 struct sv_err *err)
{
    struct frontier *tree = context;
    uint8_t leaf[MERKLE_LEN];

    (void)err;
    if ((uint64_t)key != tree->size || len != AUDIT_ROW_LEN)
        return SV_DATA;
    merkle_leaf(leaf, row + AUDIT_TAG_LEN, len - AUDIT_TAG_LEN);
    frontier_push(tree, leaf);
    return SV_OK;
}

/* A log that is open for long must be the one that it was, and what others appended since
 * must follow: an older copy may have been written over it, in the same file. */
static enum sv_status check_growth(struct audit *a, struct sv_err *err)
{
    struct frontier tree = a->committed.tree;
    const struct frontier *now = &a->head.tree;

    if (tree.size == 0 || !DEFENDED(LOG_GROWS))
        return SV_OK;
    if (memcmp(a->head.log_id, a->committed.log_id, sizeof a->head.log_id) != 0)
        return audit_log_lost(a, err, "another log was put in its place");
    if (now->size < tree.size)
        return audit_log_lost(a, err, "it has %llu entries, this program has seen %llu",
                              (unsigned long long)now->size, (unsigned long long)tree.size);
    enum sv_status st = SV_OK;
    if (now->size > tree.size)
        st = db_walk(a->db, TABLE_ENTRY, (int64_t)tree.size, (int64_t)now->size - 1, false,
                     push_entry, &tree, err);
    if (st != SV_OK && st != SV_DATA)
        return st;
    if (st == SV_DATA || now->size != tree.size ||
        memcmp(now->nodes, tree.nodes, frontier_count(tree.size) * MERKLE_LEN) != 0)
        return audit_log_lost(a, err,
                              "its entries do not follow from those that this program "
                              "has seen");
    return SV_OK;
}

enum sv_status audit_log_load(struct audit *a, struct sv_err *err)
{
    int64_t last_entry = 0, last_gen = 0;
    bool entries = false, gens = false;
    enum sv_status st = load_head(a, err);

    if (st != SV_OK && st != SV_MISSING)
        return st;
    bool head = st == SV_OK;
    if ((st = db_max_key(a->db, TABLE_ENTRY, &last_entry, &entries, err)) != SV_OK ||
        (st = db_max_key(a->db, TABLE_GEN, &last_gen, &gens, err)) != SV_OK)
        return st;
    if (!head && !entries && !gens)
        return SV_MISSING;
    if (!head || !gens || last_gen < 0)
        return audit_log_lost(a, err, "its %s was deleted", head ? "list of generations" : "head");
    uint64_t size = entries ? (uint64_t)last_entry + 1 : 0;
    if (size == 0 || size != a->head.tree.size)
        return audit_log_lost(a, err, "it ends with entry %lld and its head counts %llu entries",
                              entries ? (long long)last_entry : -1LL,
                              (unsigned long long)a->head.tree.size);
    enum sv_status follows = check_growth(a, err);
    if (follows != SV_OK)
        return follows;
    a->committed = a->head;
    if (a->generation_known && (uint64_t)last_gen == a->generation)
        return SV_OK;
    if ((st = audit_log_gen(a, (uint64_t)last_gen, &a->gen, err)) != SV_OK)
        return st;
    a->generation = (uint64_t)last_gen;
    a->generation_known = true;
    return SV_OK;
}

/* ---- one entry ---- */

/* The row of the next entry, sealed and tagged; the live key moves on. */
static enum sv_status entry_row(struct audit *a, const struct audit_event *event,
                                uint8_t row[AUDIT_ROW_LEN], uint8_t leaf[MERKLE_LEN],
                                struct sv_err *err)
{
    struct audit_seal *s = audit_seal_poke(a->seal);
    struct seal_context ctx =
        audit_context(a->head.log_id, a->generation, SEAL_AUDIT_ENTRY, event->seq);
    uint8_t *clock = row + AUDIT_TAG_LEN;
    uint8_t plain[AUDIT_ENTRY_MAX];
    uint8_t key[KEY_LEN];

    size_t len = audit_entry_encode(plain, event);
    enum sv_status st =
        audit_pool_box(a, clock + AUDIT_CLOCK_LEN, a->gen.pk, &ctx, plain, len, err);
    if (st != SV_OK)
        return st;
    memcpy(key, s->live, sizeof key);
    le64_put(clock, (uint64_t)event->time ^ audit_evolve(s->live));
    merkle_leaf(leaf, clock, AUDIT_CLOCK_LEN + AUDIT_BOX_LEN);
    audit_tag(row, key, event->seq, leaf);
    sodium_memzero(key, sizeof key);
    s->next++;
    return SV_OK;
}

void audit_act_for(struct audit *a, const struct caller *caller)
{
    a->acting = caller != NULL;
    if (caller != NULL)
        a->acting_for = *caller;
}

void audit_log_know_caller(struct audit *a)
{
    if (!a->caller_known)
        caller_of_this_process(&a->caller);
    a->caller_known = true;
}

const struct caller *audit_caller(struct audit *a)
{
    audit_log_know_caller(a);
    return a->acting ? &a->acting_for : &a->caller;
}

void audit_log_stamp(struct audit *a, struct audit_event *event)
{
    event->time = env_now();
    event->boottime = env_boottime();
    if (!event->caller_given)
        event->caller = *audit_caller(a);
}

enum sv_status audit_log_put(struct audit *a, struct audit_event *event, struct sv_err *err)
{
    uint8_t row[AUDIT_ROW_LEN];
    uint8_t leaf[MERKLE_LEN];

    event->seq = a->head.tree.size;
    enum sv_status st = entry_row(a, event, row, leaf, err);
    if (st == SV_OK)
        st = db_put(a->db, TABLE_ENTRY, (int64_t)event->seq, row, sizeof row, err);
    if (st == SV_OK)
        frontier_push(&a->head.tree, leaf);
    return st;
}

enum sv_status audit_log_commit(struct audit *a, struct sv_err *err)
{
    uint8_t row[AUDIT_HEAD_MAX];
    size_t len = audit_head_encode(row, &a->head);
    enum sv_status st = db_put(a->db, TABLE_HEAD, AUDIT_HEAD_KEY, row, len, err);

    if (st != SV_OK || (st = db_commit(a->db, err)) != SV_OK)
        return st;
    a->committed = a->head;
    if ((st = audit_seal_write(a->seal, a->seal_path, false, err)) != SV_OK)
        return st;
    /* An entry in a file that has lost its name meanwhile is in no log. */
    return audit_log_same_file(a, err);
}
