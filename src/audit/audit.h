/* SPDX-License-Identifier: ISC */
/*
 * audit: this machine's log of every use of a credential. A folder holds
 * audit.db (sealed entries, RFC 6962 tree head, generations), `seal` (the live
 * evolving key), `lock`. Anyone may append; only the audit key reads.
 *
 *   A_{i+1} || mask_i = BLAKE2b-320("evolve", A_i)        (32 + 8 bytes)
 *   row_i  = tag_i(16) || clock_i(8) || PKSEAL(audit pk, psk NULL, ctx(log id, generation, i),
 *            TLV padded to 256),  clock_i = time XOR mask_i
 *   leaf_i = SHA-256(0x00 || clock_i || PKSEAL) (RFC 6962 section 2.1)
 *   tag_i  = BLAKE2b-128(A_i; "tag", LE64(i), leaf_i)
 *
 * To the byte: audit/head.h (rows), audit/entry.h (content), audit/seal.h (the live
 * key and its file), audit/log.h (the order of writing).
 *
 * An entry is on disk (fsync) when audit_append returns SV_OK, and not before.
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/caller.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

enum audit_op {
#define OP(name, number, word) AUDIT_##name = (number),
#include "audit/ops.def"
#undef OP
};
/* BEGUN is the INTENT of a change; its DONE follows with OK or FAILED and names
 * it. `audit` shows a BEGUN only when no DONE came ("failed: end not recorded"). */
enum audit_result { AUDIT_OK = 1, AUDIT_DENIED = 2, AUDIT_FAILED = 3, AUDIT_BEGUN = 4 };
enum audit_via {
    VIA_NONE = 0,
    VIA_PASSPHRASE = 1,
    VIA_KEYFILE = 2,
    VIA_AGENT = 3,
    VIA_TOKEN = 4,
    VIA_IDENTITY = 5,
    VIA_RECOVERY = 6
};

const char *audit_op_word(enum audit_op op);
bool audit_op_parse(const char *word, enum audit_op *out);
const char *audit_result_word(enum audit_result result);
bool audit_result_parse(const char *word, enum audit_result *out);
bool audit_via_parse(const char *word, enum audit_via *out);
const char *audit_via_word(enum audit_via via); /* "passphrase" "keyfile" ... or "" */

#define AUDIT_PROFILE_MAX 128 /* bytes of a profile's name */
#define AUDIT_NOTE_MAX 96
#define AUDIT_TOKEN_MAX 64
#define AUDIT_EXE_HASH_LEN 8

/* One event. Texts that do not fit the 256 bytes together are cut with "..." in
 * this order: note, cwd, parent, unit, exe; never the profile's name. The caller's tty,
 * package, script and hash are left out before that, and of the hash only the beginning is
 * kept. */
struct audit_event {
    enum audit_op op;
    enum audit_result result;
    enum audit_via via;
    char profile[AUDIT_PROFILE_MAX + 1];
    uint64_t version; /* of the profile, 0 where there is none */
    char token[AUDIT_TOKEN_MAX + 1];
    uint16_t member; /* 1 + number of the key slot that opened the vault, 0: none did */
    char note[AUDIT_NOTE_MAX + 1];
    uint64_t begun; /* for DONE: 1 + seq of its BEGUN, else 0 */
    /* filled by audit_append: */
    uint64_t seq;
    int64_t time; /* seconds, UTC */
    int64_t boottime;
    struct caller caller;
    bool caller_given; /* caller was filled in by who appends: it asked, not our parent */
};

/* Where a log stands: what the vault's signed state and the anchor remember. */
struct audit_mark {
    uint8_t log_id[16];
    uint64_t size;
    uint8_t root[32]; /* RFC 6962 tree hash over the first `size` leaves */
};

struct audit;

/* Opens the log in `dir` (made 0700 when absent), or begins one: new log id,
 * generation 0, first entry LOG_BEGIN. remembered: the anchor's mark for this
 * machine, or NULL at first sight. A log that is shorter than remembered, has
 * another id, or is behind its own seal: SV_DATA, and nothing may be released;
 * the message names `smtpvault audit resume --accept-loss`. A seal that lags is
 * an ordinary crash and is caught up. */
enum sv_status audit_open(struct audit **out, const char *dir, const uint8_t vault_id[16],
                          const uint8_t audit_pk[32], const struct audit_mark *remembered,
                          struct sv_err *err) SV_MUST_USE;
/* Opens a log, whatever its state, for audit_read, audit_verify and
 * audit_kept; it writes nothing. SV_MISSING: there is none. */
enum sv_status audit_open_inspect(struct audit **out, const char *dir, const uint8_t vault_id[16],
                                  struct sv_err *err) SV_MUST_USE;
void audit_close(struct audit *a);
void audit_close_cleanup(struct audit **slot);
#define AUDIT_OWNED __attribute__((cleanup(audit_close_cleanup)))

/* A number that the log keeps beside its entries, written in the same transaction as an
 * entry and found without reading the log: when a profile was last used, how often a token
 * was. Head row `row` = CSEAL(key, LE64(number)). It stays when nobody writes it. */
struct audit_keep {
    int64_t row;        /* 63 bits of a KDF of what the number is about: never 0 */
    const uint8_t *key; /* KEY_LEN bytes */
    uint64_t value;
    bool now;                  /* value: the entry's time */
    bool add;                  /* the value is added to what is kept by then */
    uint64_t most;             /* with add: the sum may not be more. Else the entry is written as
                                  AUDIT_DENIED and none of its item's numbers. 0: any sum */
    const struct secret *text; /* kept in place of a number: CSEAL(key, it), padded; or NULL */
};
/* Where it lies and under which key, both of `parent` and, for one of several, of `what`: the
 * labels of the KDF. The key is written to `key`, and is the caller's to wipe. */
struct audit_keep audit_keep_of(uint8_t key[32], const uint8_t parent[32], const char *place,
                                const char *label, const void *what, size_t len);
/* One entry and its numbers. */
struct audit_item {
    struct audit_event *event;
    const struct audit_keep *keeps;
    size_t keep_count;
};

/* Appends one event, durable on return. keep may be NULL. mark (or NULL) gets the
 * log's new place. event->seq and ->time are filled in. SV_LOCKED when the log's
 * lock stays taken for 10 s; SV_IO (disk full, read-only ...) says what to do. In
 * a process that holds the log open for long, others append in between: head and
 * seal are read again each time. */
enum sv_status audit_append(struct audit *a, struct audit_event *event,
                            const struct audit_keep *keep, struct audit_mark *mark,
                            struct sv_err *err) SV_MUST_USE;
/* The same for many: one lock, one transaction, one sync, in the order given. All of them
 * or none: where it fails no entry of them counts as written. */
enum sv_status audit_append_many(struct audit *a, struct audit_item *items, size_t count,
                                 struct audit_mark *mark, struct sv_err *err) SV_MUST_USE;

/* For a process that serves others: does up to `count` appends' share of the sealing that
 * does not depend on what they say, so that they take less time when they come. 60 us each.
 * False: nothing is left to prepare, or nothing can be. */
#define AUDIT_POOL_MAX ((size_t)32)
bool audit_prepare(struct audit *a, size_t count);
/* Wipes what was prepared. */
void audit_unprepare(struct audit *a);
/* For a process that stays: keeps little of the file in memory. */
enum sv_status audit_stay_small(struct audit *a, struct sv_err *err) SV_MUST_USE;

/* Entries name this caller (copied) from here on; NULL: this process again. */
void audit_act_for(struct audit *a, const struct caller *caller);
/* Whom they name. Borrowed. */
const struct caller *audit_caller(struct audit *a);

/* Where the log stands as of the last append or refresh here. */
void audit_mark_now(const struct audit *a, struct audit_mark *mark);

/* Reads what others appended since. SV_DATA: it is not the log any more that it was. */
enum sv_status audit_refresh(struct audit *a, struct sv_err *err) SV_MUST_USE;

/* Between hold and release many audit_kept see one snapshot, at the cost of
 * one. Nothing is appended in between. */
enum sv_status audit_hold(struct audit *a, struct sv_err *err) SV_MUST_USE;
void audit_release(struct audit *a);

/* The number in its row; 0 when there is none or it does not open. */
uint64_t audit_kept(struct audit *a, const struct audit_keep *which);

/* The number of audit_keep_of. Its key is derived when it is there only: of most profiles of a
 * long list there is none. */
uint64_t audit_kept_of(struct audit *a, const uint8_t parent[32], const char *place,
                       const char *label, const void *what, size_t len);

/* The text in its row. SV_MISSING (err empty): there is none; SV_DATA: it does not open. */
enum sv_status audit_kept_text(struct audit *a, const struct audit_keep *which,
                               struct secret **text, struct sv_err *err) SV_MUST_USE;

/* From here on entries are sealed to this key: the next append begins a generation for
 * it. The same key as before changes nothing. */
void audit_set_key(struct audit *a, const uint8_t audit_pk[32]);

/* ---- kept numbers when their keys change (audit/keep.c) ---- */
/* Numbers sealed under their next keys, for audit_keeps_put. Owner: audit_moves_clear. */
struct audit_moves {
    struct blob rows; /* old row u64, new row u64, box */
};
void audit_moves_clear(struct audit_moves *m);
#define MOVES_OWNED __attribute__((cleanup(audit_moves_clear)))
/* Notes the number of `from`, if there is one, to be found under `to` as well. */
enum sv_status audit_keep_move(struct audit *a, const struct audit_keep *from,
                               const struct audit_keep *to, struct audit_moves *m,
                               struct sv_err *err) SV_MUST_USE;
/* Puts all numbers in their new places, durably; the old ones stay, so that a crash
 * before the keys change loses nothing. */
enum sv_status audit_keeps_put(struct audit *a, const struct audit_moves *m,
                               struct sv_err *err) SV_MUST_USE;
/* Deletes the numbers in their old places, or (kept false) those in the new ones. */
enum sv_status audit_keeps_drop(struct audit *a, const struct audit_moves *m, bool kept,
                                struct sv_err *err) SV_MUST_USE;

/* ---- reading and verifying: need audit secret keys ----
 * keys: one or more of 32 bytes, newest first. Each generation of the log is sealed to
 * the key of its time, which is chosen by its public key. */
struct audit_filter {
    uint64_t last;            /* newest N after the other filters; 0: all */
    const char *profile;      /* exact name or NULL */
    enum audit_op op;         /* 0: any */
    enum audit_result result; /* 0: any */
    enum audit_via via;       /* 0: any */
    uint16_t member;          /* as in an event; 0: any */
    const char *exe;          /* the caller's path, or the last part of it; or NULL */
    int64_t since, until;     /* 0: open */
    uint64_t most;            /* SV_LOCKED when more entries would have to be opened; 0: all */
};
typedef enum sv_status audit_visit(void *context, const struct audit_event *event,
                                   struct sv_err *err);
/* Oldest first. A BEGUN whose DONE is there is left out; one without is given as
 * FAILED with the note "begun; its end was not recorded". since and until are sought
 * (audit/reader.h), and what lies between them is opened from its end backwards until
 * `last` entries are found. An entry that does not open
 * is SV_DATA naming its number; SV_DENIED: one is sealed to a key that is not among
 * `keys`, and the message says which entries are. visit is
 * called when all is read, outside of any transaction. */
enum sv_status audit_read(struct audit *a, const struct secret *keys,
                          const struct audit_filter *filter, audit_visit *visit, void *context,
                          struct sv_err *err) SV_MUST_USE;

/* ---- verifying ---- */
struct audit_report {
    uint64_t entries, generations;
    uint64_t from; /* the first entry that was proved this time; what is before was earlier */
    struct audit_mark mark;
    uint64_t findings;
    char first[400]; /* the first finding in words, "" when clean */
    uint64_t time_reversals;
    uint64_t unproved; /* entries of generations that none of partial keys opens */
};
struct audit_check {
    const struct audit_mark *remembered;  /* the anchor's, or NULL */
    const struct audit_mark *signed_mark; /* the vault's signed state's, or NULL */
    /* The keys are not all that the vault ever had (an auditor's): entries before the
     * first generation that one of them opens are counted as unproved. In all other
     * places, and with all keys, a generation that none opens is a finding. */
    bool partial;
    bool full; /* from the first entry on, whatever was proved before */
};
/* Contiguous from 0, each tag under exactly its own key, generations closed, the
 * A_n of the seal equal to the log's at that place, the tree head equal to the
 * leaves, size and prefix at least `remembered` and `signed_mark`, time reversals of more than
 * AUDIT_CLOCK_SLACK seconds counted as findings. A seal that lags is what a crash leaves and no
 * finding. Entries are not opened: a tag under its own key says more. SV_OK also when there are
 * : look at report.
 *
 * A log of more than AUDIT_PROVED_STRIDE entries is proved from the last multiple of
 * that on up to which it was proved before (audit/proved.h says what that leaves to
 * `full`), and the way is remembered, unless the log was opened to be inspected. */
#define AUDIT_PROVED_STRIDE 65536
#define AUDIT_CLOCK_SLACK 5 /* a step that time daemons make */
enum sv_status audit_verify(struct audit *a, const struct secret *keys,
                            const struct audit_check *check, struct audit_report *report,
                            struct sv_err *err) SV_MUST_USE;

/* After a loss that the owner accepts: moves what is left aside (audit.db.lost-N)
 * and begins a new log whose first entry says so. */
enum sv_status audit_resume(const char *dir, const uint8_t vault_id[16], const uint8_t audit_pk[32],
                            const char *note, struct sv_err *err) SV_MUST_USE;

#endif
