/* SPDX-License-Identifier: ISC */
#include "domain/state.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/defence.h"
#include "crypto/keys.h"

#define FORMAT_VERSION 1

static const uint8_t header_magic[16] = "smtpvault-vault\n";
static const uint8_t state_magic[8] = "svstate1";

void header_encode(uint8_t out[HEADER_LEN], const struct vault_header *h)
{
    struct buf_writer w = buf_writer_over(out, HEADER_LEN);

    buf_put_bytes(&w, header_magic, sizeof header_magic);
    buf_put_u8(&w, FORMAT_VERSION);
    buf_put_u8(&w, SUITE_ID);
    buf_put_bytes(&w, h->vault_id, sizeof h->vault_id);
    buf_put_u64(&w, (uint64_t)h->created);
}

enum sv_status header_decode(struct vault_header *out, const uint8_t *bytes, size_t len,
                             const char *path, struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    struct vault_header h;
    uint8_t magic[16], format, suite;

    buf_get_bytes(&r, magic, sizeof magic);
    format = buf_get_u8(&r);
    suite = buf_get_u8(&r);
    buf_get_bytes(&r, h.vault_id, sizeof h.vault_id);
    h.created = (int64_t)buf_get_u64(&r);
    if (r.bad || memcmp(magic, header_magic, sizeof magic) != 0)
        return sv_fail(
            err, SV_DATA,
            "%s is not a vault of smtpvault, or its header is damaged: name another file", path);
    if (DEFENDED(SUITE) && (format != FORMAT_VERSION || suite != SUITE_ID))
        return sv_fail(
            err, SV_DATA,
            "%s has format %u and suite %u; this smtpvault knows format %d and suite %d: "
            "use a newer smtpvault, or a copy of the vault that was not altered",
            path, format, suite, FORMAT_VERSION, SUITE_ID);
    if (!buf_reader_done(&r))
        return sv_fail(err, SV_DATA, "%s: the header is damaged: restore a backup", path);
    *out = h;
    return SV_OK;
}

void header_hash(uint8_t out[32], const uint8_t *bytes, size_t len)
{
    struct hash h;

    hash_begin(&h, NULL, 32, "header");
    hash_field(&h, bytes, len);
    hash_end(&h, out);
}

static void core_encode(uint8_t out[STATE_CORE_LEN], const struct vault_state *s)
{
    struct buf_writer w = buf_writer_over(out, STATE_CORE_LEN);

    buf_put_bytes(&w, state_magic, sizeof state_magic);
    buf_put_u8(&w, SUITE_ID);
    buf_put_bytes(&w, s->vault_id, 16);
    buf_put_u64(&w, s->epoch);
    buf_put_u64(&w, s->seq);
    buf_put_bytes(&w, s->root, 32);
    buf_put_bytes(&w, s->slots_hash, 32);
    buf_put_bytes(&w, s->schema_hash, 32);
    buf_put_bytes(&w, s->header_hash, 32);
    buf_put_bytes(&w, s->verify_pk, 32);
    buf_put_bytes(&w, s->audit_pk, 32);
    buf_put_bytes(&w, s->log.log_id, 16);
    buf_put_u64(&w, s->log.size);
    buf_put_bytes(&w, s->log.root, 32);
    buf_put_u64(&w, (uint64_t)s->written);
}

static void core_decode(struct vault_state *s, struct buf_reader *r)
{
    buf_get_bytes(r, s->vault_id, 16);
    s->epoch = buf_get_u64(r);
    s->seq = buf_get_u64(r);
    buf_get_bytes(r, s->root, 32);
    buf_get_bytes(r, s->slots_hash, 32);
    buf_get_bytes(r, s->schema_hash, 32);
    buf_get_bytes(r, s->header_hash, 32);
    buf_get_bytes(r, s->verify_pk, 32);
    buf_get_bytes(r, s->audit_pk, 32);
    buf_get_bytes(r, s->log.log_id, 16);
    s->log.size = buf_get_u64(r);
    buf_get_bytes(r, s->log.root, 32);
    s->written = (int64_t)buf_get_u64(r);
    buf_get_bytes(r, s->chain, 32);
}

void state_chain(uint8_t chain[32], const uint8_t h[32])
{
    struct hash c;

    hash_begin(&c, NULL, 32, "chain");
    hash_field(&c, chain, 32);
    hash_field(&c, h, 32);
    hash_end(&c, chain);
}

void state_seal(uint8_t out[STATE_LEN], uint8_t h_out[32], struct vault_state *state,
                const uint8_t chain_before[32], const uint8_t sign_sk[64])
{
    struct hash core;

    core_encode(out, state);
    hash_begin(&core, NULL, 32, "core");
    hash_field(&core, out, STATE_CORE_LEN);
    hash_end(&core, h_out);
    memcpy(state->chain, chain_before, 32);
    state_chain(state->chain, h_out);
    memcpy(out + STATE_CORE_LEN, state->chain, 32);
    sign_message(out + STATE_CORE_LEN + 32, sign_sk, "state", out, STATE_CORE_LEN + 32);
}

static enum sv_status state_damaged(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "the vault's signed state is damaged: restore a backup");
}

enum sv_status state_open(struct vault_state *out, const uint8_t *bytes, size_t len,
                          struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    struct vault_state s;
    uint8_t magic[8];

    memset(&s, 0, sizeof s);
    buf_get_bytes(&r, magic, sizeof magic);
    if (len != STATE_LEN || memcmp(magic, state_magic, sizeof magic) != 0 ||
        buf_get_u8(&r) != SUITE_ID)
        return state_damaged(err);
    core_decode(&s, &r);
    if (DEFENDED(SIGNATURE) &&
        !sign_verify(bytes + STATE_CORE_LEN + 32, s.verify_pk, "state", bytes, STATE_CORE_LEN + 32))
        return sv_fail(
            err, SV_DATA,
            "the signature of the vault's state is wrong, so the vault was altered or damaged: "
            "restore a backup");
    /* seq is the key of a row of table hist, which is signed. */
    if (s.epoch == 0 || s.seq == 0 || s.seq > INT64_MAX)
        return state_damaged(err);
    *out = s;
    return SV_OK;
}

static enum sv_status slot_into_hash(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                     struct sv_err *err)
{
    struct hash *h = context;

    (void)err;
    hash_u64(h, (uint64_t)key);
    hash_field(h, bytes, len);
    return SV_OK;
}

enum sv_status state_slots_hash(struct db *db, uint8_t out[32], struct sv_err *err)
{
    struct hash h;
    enum sv_status st;

    hash_begin(&h, NULL, 32, "slots");
    st = db_walk(db, TABLE_SLOT, INT64_MIN, INT64_MAX, false, slot_into_hash, &h, err);
    if (st == SV_OK)
        hash_end(&h, out);
    return st;
}

/* ---- history ---- */

struct walk {
    struct state_point at;
    uint64_t epoch; /* epochs begun on the way */
};

static void epoch_message(uint8_t message[96], const uint8_t h[32], const uint8_t chain[32],
                          const uint8_t verify_pk[32])
{
    memcpy(message, h, 32);
    memcpy(message + 32, chain, 32);
    memcpy(message + 64, verify_pk, 32);
}

void state_hist_epoch(uint8_t out[HIST_EPOCH_LEN], const uint8_t h[32], const uint8_t chain[32],
                      const uint8_t verify_pk[32], const uint8_t sign_sk[64])
{
    uint8_t message[96];

    epoch_message(message, h, chain, verify_pk);
    memcpy(out, h, 32);
    out[32] = 1;
    memcpy(out + HIST_LEN, verify_pk, 32);
    sign_message(out + HIST_LEN + 32, sign_sk, "epoch", message, sizeof message);
}

static enum sv_status another_history(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the vault's history does not follow from the one this machine has seen: it was "
                   "forked, replaced or altered; use the newer copy, or restore a backup, or, "
                   "when another one was restored on purpose elsewhere, run \"smtpvault restore "
                   "--accept-rollback\" here as well");
}

/* What keeps a row of hist from being the next one, or NULL: then w stands behind it. */
static const char *hist_follow(struct walk *w, int64_t key, const uint8_t *bytes, size_t len)
{
    uint8_t message[96];

    if ((uint64_t)key != w->at.seq + 1)
        return "a commit is missing";
    if (len != HIST_LEN && len != HIST_EPOCH_LEN)
        return "a commit has another length than it should";
    state_chain(w->at.chain, bytes);
    w->at.seq++;
    if (bytes[32] != (len == HIST_EPOCH_LEN))
        return "a commit has another form than it should";
    if (len == HIST_LEN)
        return NULL;
    epoch_message(message, bytes, w->at.chain, bytes + HIST_LEN);
    if (DEFENDED(EPOCH_SIGNATURE) &&
        !sign_verify(bytes + HIST_LEN + 32, w->at.verify_pk, "epoch", message, sizeof message))
        return "an epoch was not begun by the key of the epoch before";
    memcpy(w->at.verify_pk, bytes + HIST_LEN, 32);
    w->epoch++;
    return NULL;
}

static bool walk_arrived(const struct walk *w, const struct vault_state *to)
{
    return w->at.seq == to->seq && memcmp(w->at.chain, to->chain, 32) == 0 &&
           memcmp(w->at.verify_pk, to->verify_pk, 32) == 0;
}

static enum sv_status hist_step(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                struct sv_err *err)
{
    return hist_follow(context, key, bytes, len) ? another_history(err) : SV_OK;
}

enum sv_status state_reaches(struct db *db, const struct state_point *from,
                             const struct vault_state *to, struct sv_err *err)
{
    struct walk w = {.at = *from};
    enum sv_status st;

    if (from->seq < to->seq && (st = db_walk(db, TABLE_HIST, (int64_t)from->seq + 1,
                                             (int64_t)to->seq, false, hist_step, &w, err)))
        return st;
    return !DEFENDED(HISTORY) || walk_arrived(&w, to) ? SV_OK : another_history(err);
}

/* ---- from the first commit ---- */

static enum sv_status history_broken(uint64_t seq, const char *why, struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the history cannot be proved from its first commit: at commit %" PRIu64 ", %s",
                   seq, why);
}

static enum sv_status first_row(struct db *db, struct blob *row, struct sv_err *err)
{
    enum sv_status st = db_get(db, TABLE_HIST, 1, row, err);

    if (st == SV_MISSING)
        return history_broken(1, "it is missing", err);
    return st;
}

enum sv_status state_hist_first(struct db *db, const uint8_t verify_pk[32],
                                const uint8_t sign_sk[64], struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    uint8_t made[HIST_EPOCH_LEN], chain[32] = {0};
    enum sv_status st = first_row(db, &row, err);

    if (st)
        return st;
    if (row.len != HIST_LEN)
        return history_broken(1, "it has another form than it should", err);
    state_chain(chain, row.bytes);
    state_hist_epoch(made, row.bytes, chain, verify_pk, sign_sk);
    return db_put(db, TABLE_HIST, 1, made, sizeof made, err);
}

static enum sv_status whole_step(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                 struct sv_err *err)
{
    struct walk *w = context;
    uint64_t next = w->at.seq + 1;
    const char *why = hist_follow(w, key, bytes, len);

    return why ? history_broken(next, why, err) : SV_OK;
}

enum sv_status state_history_whole(struct db *db, const struct vault_state *to, struct sv_err *err)
{
    BLOB_OWNED struct blob row = {0};
    struct walk w = {0};
    enum sv_status st = first_row(db, &row, err);

    if (st)
        return st;
    /* Its own form counts as the beginning of epoch 1, once there are others. */
    if (row.len == HIST_EPOCH_LEN) {
        memcpy(w.at.verify_pk, row.bytes + HIST_LEN, 32);
    } else {
        if (to->epoch > 1)
            return history_broken(1, "the first epoch's key is not there", err);
        memcpy(w.at.verify_pk, to->verify_pk, 32);
        w.epoch = 1;
    }
    if ((st = db_walk(db, TABLE_HIST, 1, (int64_t)to->seq, false, whole_step, &w, err)))
        return st;
    if (!walk_arrived(&w, to))
        return history_broken(w.at.seq, "it arrives at another state", err);
    return w.epoch == to->epoch
               ? SV_OK
               : history_broken(w.at.seq, "it has seen another number of epochs", err);
}
