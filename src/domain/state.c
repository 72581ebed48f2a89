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
};

static enum sv_status another_history(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the vault's history does not follow from the one this machine has seen: it was "
                   "forked, replaced or altered; use the newer copy, or restore a backup");
}

static enum sv_status hist_step(void *context, int64_t key, const uint8_t *bytes, size_t len,
                                struct sv_err *err)
{
    struct walk *w = context;

    if ((uint64_t)key != w->at.seq + 1 || len < HIST_LEN)
        return another_history(err);
    state_chain(w->at.chain, bytes);
    w->at.seq++;
    if (bytes[32] == 0 && len == HIST_LEN)
        return SV_OK;
    if (bytes[32] != 1 || len != HIST_EPOCH_LEN)
        return another_history(err);
    uint8_t message[96];
    memcpy(message, bytes, 32);
    memcpy(message + 32, w->at.chain, 32);
    memcpy(message + 64, bytes + 33, 32);
    if (DEFENDED(EPOCH_SIGNATURE) &&
        !sign_verify(bytes + 65, w->at.verify_pk, "epoch", message, sizeof message))
        return another_history(err);
    memcpy(w->at.verify_pk, bytes + 33, 32);
    return SV_OK;
}

enum sv_status state_reaches(struct db *db, const struct state_point *from,
                             const struct vault_state *to, struct sv_err *err)
{
    struct walk w = {.at = *from};
    enum sv_status st;

    if (from->seq < to->seq && (st = db_walk(db, TABLE_HIST, (int64_t)from->seq + 1,
                                             (int64_t)to->seq, false, hist_step, &w, err)))
        return st;
    if (!DEFENDED(HISTORY))
        return SV_OK;
    if (w.at.seq != to->seq || memcmp(w.at.chain, to->chain, 32) != 0 ||
        memcmp(w.at.verify_pk, to->verify_pk, 32) != 0)
        return another_history(err);
    return SV_OK;
}
