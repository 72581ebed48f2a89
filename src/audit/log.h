/* SPDX-License-Identifier: ISC */
/*
 * log: the open log, for the files beside it only. Rows are in audit/head.h,
 * the key and its file in audit/seal.h, the content of an entry in audit/entry.h.
 *
 * The order of an append, under an exclusive flock(2) of the file `lock`:
 *
 *   BEGIN IMMEDIATE; read head, generation and seal; catch the seal up
 *   -> put the entries, their numbers, the head -> COMMIT (synced: WAL, FULL)
 *   -> overwrite the seal in place (not synced) -> give the lock back
 *
 * Killed before the commit, the entry is not there; after it, the entry is there
 * and the seal lags. Catching up checks the tag of each entry it passes.
 *
 * A new generation begins with a LOG_RESUME entry that names the reason when the
 * audit key is another one (the old generation is closed), or when the seal is
 * missing, unreadable or of an older generation (the old one cannot be closed:
 * verify finds that). The order then:
 *
 *   write the seal with the upcoming key, synced -> COMMIT the old generation's
 *   close, the new generation and its first entry -> write the seal, live again
 *
 * A log begins with: seal of generation 0 made, next 0 -> audit.db made ->
 * COMMIT generation 0, head and LOG_BEGIN -> write the seal.
 */
#ifndef AUDIT_LOG_H
#define AUDIT_LOG_H

#include <sys/types.h>

#include "audit/audit.h"
#include "audit/head.h"
#include "base/secret.h"
#include "store/db.h"

#define AUDIT_LOCK_MS 10000
/* When the write-ahead log is moved into the file. Whoever opens the log alone reads all
 * of it, so that a program of one entry gains by a short one; moving it waits for the
 * disk twice, so that whoever stays (AUDIT_STAYS transactions) gains by a long one. */
#define AUDIT_WAL_SHORT ((int64_t)128 << 10)
#define AUDIT_WAL_LONG ((int64_t)512 << 10)
#define AUDIT_STAYS 32

struct audit {
    struct db *db;
    char *dir, *db_path, *seal_path, *lock_path;
    dev_t device;    /* of audit.db as it was opened: another file in its place */
    ino_t inode;     /* means that the log was moved aside or deleted meanwhile */
    bool inspecting; /* audit_open_inspect: nothing is written */
    bool copy;       /* audit_copy_open: likewise, and there is no seal */
    uint64_t stride; /* AUDIT_PROVED_STRIDE; tests take less */
    uint8_t vault_id[16];
    uint8_t own_pk[KEY_LEN]; /* as the vault says */
    bool new_pk;             /* it changed while the log was open */
    uint64_t generation;
    struct audit_gen gen; /* row `generation` */
    bool generation_known;
    struct audit_head head;      /* as the open transaction makes it */
    struct audit_head committed; /* as it stands in the file */
    struct secret *seal;         /* struct audit_seal, wiped between appends */
    struct secret *pool;         /* struct pkseal_pair[] (audit/pool.h), or NULL */
    uint8_t pool_pk[KEY_LEN];    /* which they are for */
    pid_t pool_owner;
    bool prepares;        /* audit_prepare was called: what is left in the pool is used later */
    struct caller caller; /* this process's own */
    bool caller_known;
    struct caller acting_for; /* audit_act_for */
    bool acting;
    unsigned appends; /* transactions of this process, up to AUDIT_STAYS */
};

/* Paths and empty seal; nothing is opened. */
enum sv_status audit_log_new(struct audit **out, const char *dir, struct sv_err *err) SV_MUST_USE;
enum sv_status audit_log_lock(const struct audit *a, int *fd_out, struct sv_err *err) SV_MUST_USE;
/* Opens audit.db and remembers which file it is. */
enum sv_status audit_log_open_db(struct audit *a, struct sv_err *err) SV_MUST_USE;
enum sv_status audit_log_remember_file(struct audit *a, struct sv_err *err) SV_MUST_USE;
/* SV_DATA when audit.db, or what belongs beside it, is not that file any more. */
enum sv_status audit_log_same_file(const struct audit *a, struct sv_err *err) SV_MUST_USE;
/* Moves audit.db (with -wal and -shm) and seal aside to NAME.lost-N. */
enum sv_status audit_log_set_aside(struct audit *a, struct sv_err *err) SV_MUST_USE;
/* Does so when only what belongs beside an audit.db is there, and none. */
enum sv_status audit_log_clear_way(struct audit *a, struct sv_err *err) SV_MUST_USE;

/* Begins a new log where there is none (audit.db is absent, or open and empty). */
enum sv_status audit_log_begin(struct audit *a, enum audit_op op, const char *note,
                               struct sv_err *err) SV_MUST_USE;
/* Reads head and newest generation, inside a transaction. SV_DATA when they do
 * not fit together; SV_MISSING (err empty) when there is no row at all. */
enum sv_status audit_log_load(struct audit *a, struct sv_err *err) SV_MUST_USE;
/* Leaves a write transaction open in which the log is ready for the next entry,
 * after a new generation where one is needed; any other outcome leaves none.
 * check_pk: a foreign audit key of the generation is a reason for a new one. */
enum sv_status audit_log_ready(struct audit *a, bool check_pk, struct sv_err *err) SV_MUST_USE;
/* Looks at /proc, once; best before the lock is taken. */
void audit_log_know_caller(struct audit *a);
/* Says in the event when it is and who the caller is. */
void audit_log_stamp(struct audit *a, struct audit_event *event);
/* Puts one entry under the live key and moves key and tree forward, in memory
 * and in the open transaction. Fills in event->seq. */
enum sv_status audit_log_put(struct audit *a, struct audit_event *event,
                             struct sv_err *err) SV_MUST_USE;
/* Puts the head, commits, writes the seal; the files must be the same still. */
enum sv_status audit_log_commit(struct audit *a, struct sv_err *err) SV_MUST_USE;

/* ---- audit/keep.c, inside the open transaction ---- */
/* What a number to be added to will be; *within false: that is more than it may be. */
enum sv_status audit_keep_sum(struct audit *a, const struct audit_keep *keep, uint64_t *sum,
                              bool *within, struct sv_err *err) SV_MUST_USE;
/* time: of the entry that it stands beside. */
enum sv_status audit_keep_put(struct audit *a, const struct audit_keep *keep, int64_t time,
                              struct sv_err *err) SV_MUST_USE;

/* Brings the seal that was read up to the head. SV_MISSING: it is of no use any
 * more, *why says why in a few words. SV_DATA: the log was shortened or altered. */
enum sv_status audit_log_catch_up(struct audit *a, const char **why,
                                  struct sv_err *err) SV_MUST_USE;

enum sv_status audit_log_gen(struct audit *a, uint64_t generation, struct audit_gen *gen,
                             struct sv_err *err) SV_MUST_USE;

/* What cannot be written means refusal, whichever call found it: gives the fault of a call
 * the words for that. */
enum sv_status audit_log_refuse(const char *dir, enum sv_status st, struct sv_err *err);
/* SV_DATA: what was lost, and how to go on. */
enum sv_status audit_log_lost(const struct audit *a, struct sv_err *err, const char *fmt, ...)
    SV_PRINTF(3, 4);

#endif
