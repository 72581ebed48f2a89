/* SPDX-License-Identifier: ISC */
/*
 * Rows of the history. Input: the seq to start from u64, how many the state is ahead
 * u8, then for each row: gap u8, how u8, and
 *   how % 4 = 0: length u8, a row as it may stand in a file;
 *   how % 4 = 1: h 32, an ordinary row;
 *   how % 4 = 2: h 32, a row that begins an epoch, signed by the key of the one before;
 *   how % 4 = 3: the same, signed by another key.
 * The state names the chain and key that a second reading of the rows here arrives
 * at: it is reached exactly when every row is as it should be.
 */
#include <limits.h>

#include "crypto/keys.h"
#include "domain/state.h"
#include "fuzz.h"

#define ROWS_MAX 16

struct history {
    struct state_point from, at; /* at: where the rows so far lead */
    uint8_t sk[64];              /* of the key in `at` */
    int64_t key;
    bool whole;
    struct db *db;
};

static struct db *open_db(void)
{
    static struct db *db;
    struct sv_err err = {""};

    if (db == NULL)
        CHECK(db_create(&db, fuzz_path("history.db"), DB_VAULT, &err) == SV_OK);
    return db;
}

static void keys_of(uint8_t pk[32], uint8_t sk[64], uint8_t number)
{
    uint8_t seed[32] = "a seed of an epoch, for fuzzing";

    seed[31] = number;
    (void)crypto_sign_seed_keypair(pk, sk, seed);
}

/* What the walk must make of a row; false: it must refuse. */
static bool follow(struct history *h, const uint8_t *row, size_t len)
{
    uint8_t message[96];

    if (len != (len > 32 && row[32] == 1 ? HIST_EPOCH_LEN : HIST_LEN) || row[32] > 1)
        return false;
    state_chain(h->at.chain, row);
    if (row[32] == 0)
        return true;
    memcpy(message, row, 32);
    memcpy(message + 32, h->at.chain, 32);
    memcpy(message + 64, row + 33, 32);
    if (!sign_verify(row + 65, h->at.verify_pk, "epoch", message, sizeof message))
        return false;
    memcpy(h->at.verify_pk, row + 33, 32);
    return true;
}

static size_t make_row(struct history *h, struct buf_reader *in, uint8_t row[UINT8_MAX])
{
    uint8_t how = buf_get_u8(in), sk[64], message[96], chain[32];
    size_t len;

    if (how % 4 == 0) {
        const uint8_t *at = fuzz_some(in, buf_get_u8(in), &len);
        memcpy(row, at, len);
        return len;
    }
    buf_get_bytes(in, row, 32);
    row[32] = how % 4 != 1;
    if (row[32] == 0)
        return HIST_LEN;
    keys_of(row + 33, sk, how);
    memcpy(chain, h->at.chain, 32);
    state_chain(chain, row);
    memcpy(message, row, 32);
    memcpy(message + 32, chain, 32);
    memcpy(message + 64, row + 33, 32);
    sign_message(row + 65, how % 4 == 2 ? h->sk : sk, "epoch", message, sizeof message);
    if (how % 4 == 2)
        memcpy(h->sk, sk, sizeof sk);
    return HIST_EPOCH_LEN;
}

static void put_rows(struct history *h, struct buf_reader *in, uint64_t want)
{
    for (int i = 0; i < ROWS_MAX && in->left > 0; i++) {
        uint8_t row[UINT8_MAX] = {0};
        uint8_t gap = buf_get_u8(in);
        size_t len = make_row(h, in, row);
        if (h->key > INT64_MAX - 1 - gap)
            return;
        h->key += 1 + (gap > 250 ? gap - 250 : 0);
        if ((uint64_t)h->key > want)
            return;
        CHECK(db_put(h->db, TABLE_HIST, h->key, row, len, NULL) == SV_OK);
        if (!h->whole)
            continue;
        h->whole = (uint64_t)h->key == h->at.seq + 1 && follow(h, row, len);
        h->at.seq++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    struct history h = {.whole = true};
    struct vault_state to = {.epoch = 1};
    struct sv_err err = {""};

    fuzz_begin();
    h.db = open_db();
    h.from.seq = buf_get_u64(&in) & INT64_MAX;
    uint8_t ahead = buf_get_u8(&in);
    to.seq = h.from.seq > INT64_MAX - UINT8_MAX ? h.from.seq : h.from.seq + ahead % 20;
    keys_of(h.from.verify_pk, h.sk, 0);
    h.at = h.from;
    h.key = (int64_t)h.from.seq;
    CHECK(db_begin_write(h.db, NULL) == SV_OK);
    put_rows(&h, &in, to.seq);
    memcpy(to.chain, h.at.chain, 32);
    memcpy(to.verify_pk, h.at.verify_pk, 32);
    enum sv_status st = fuzz_told(state_reaches(h.db, &h.from, &to, &err), &err);
    CHECK((st == SV_OK) == (h.whole && h.at.seq == to.seq));
    CHECK(st == SV_OK || st == SV_DATA);
    db_rollback(h.db);
    return fuzz_end();
}
