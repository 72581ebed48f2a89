/* SPDX-License-Identifier: ISC */
/* Header, signed state and history: what they hold, and that nothing else passes. */
#include "db_fixture.h"

#include "base/buf.h"
#include "crypto/keys.h"
#include "domain/state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CHANGES 6
struct signer {
    uint8_t pk[32], sk[64];
};

static void signer_from(struct signer *s, uint8_t seed_byte)
{
    uint8_t seed[32];

    memset(seed, seed_byte, sizeof seed);
    crypto_sign_seed_keypair(s->pk, s->sk, seed);
}

/* A state whose fields all differ. */
static struct vault_state sample_state(const struct signer *by, uint64_t seq)
{
    struct vault_state s = {.epoch = 3, .seq = seq, .written = 1700000000};

    memset(s.vault_id, 1, sizeof s.vault_id);
    memset(s.root, 2, 32);
    memset(s.slots_hash, 3, 32);
    memset(s.schema_hash, 4, 32);
    memset(s.header_hash, 5, 32);
    memcpy(s.verify_pk, by->pk, 32);
    memset(s.audit_pk, 7, 32);
    memset(s.log.log_id, 8, 16);
    s.log.size = 99;
    memset(s.log.root, 9, 32);
    return s;
}

/* ---- header ---- */

static void a_header_comes_back(void **state)
{
    struct temp *t = *state;
    const struct vault_header h = {.vault_id = "sixteen bytes..", .created = 1700000000};
    struct vault_header back = {0};
    uint8_t bytes[HEADER_LEN];

    header_encode(bytes, &h);
    assert_memory_equal(bytes, "smtpvault-vault\n\1\1sixteen bytes..", 34);
    expect(SV_OK, header_decode(&back, bytes, sizeof bytes, "v.db", &t->err));
    assert_memory_equal(back.vault_id, h.vault_id, 16);
    assert_int_equal(back.created, h.created);
}

static void another_header_is_refused(void **state)
{
    struct temp *t = *state;
    const struct vault_header h = {.created = 1};
    struct vault_header back;
    uint8_t bytes[HEADER_LEN + 1] = {0};

    header_encode(bytes, &h);
    for (size_t i = 0; i < 18; i++) {
        bytes[i] ^= 0x20;
        expect(SV_DATA, header_decode(&back, bytes, HEADER_LEN, "v.db", &t->err));
        bytes[i] ^= 0x20;
    }
    bytes[17] = 2; /* a suite of the future is named, so that a person knows what to do */
    expect(SV_DATA, header_decode(&back, bytes, HEADER_LEN, "v.db", &t->err));
    expect_text("suite 2");
    bytes[17] = 1;
    for (size_t len = 0; len < HEADER_LEN; len++)
        expect(SV_DATA, header_decode(&back, bytes, len, "v.db", &t->err));
    expect(SV_DATA, header_decode(&back, bytes, HEADER_LEN + 1, "v.db", &t->err));
}

/* ---- state ---- */

static void a_state_comes_back(void **state)
{
    struct temp *t = *state;
    const uint8_t before[32] = "the chain before";
    struct vault_state s, back = {0};
    struct signer by;
    uint8_t bytes[STATE_LEN], h[32], chain[32];

    signer_from(&by, 1);
    s = sample_state(&by, 12);
    state_seal(bytes, h, &s, before, by.sk);
    expect(SV_OK, state_open(&back, bytes, sizeof bytes, &t->err));
    assert_memory_equal(&back, &s, sizeof s);
    memcpy(chain, before, 32);
    state_chain(chain, h);
    assert_memory_equal(back.chain, chain, 32);
}

/* The bytes of this state, once and for all: a change of the format shows here. */
static void the_bytes_of_a_state_are_fixed(void **state)
{
    static const uint8_t nothing[32];
    static const char want[] = "5ff48fce96603a03f6d2bfedce02758738badbd3dbe73b56269b895930a952b9";
    char digest[65];
    struct vault_state s;
    struct signer by;
    uint8_t bytes[STATE_LEN], h[32], sum[32];

    (void)state;
    signer_from(&by, 1);
    s = sample_state(&by, 1);
    state_seal(bytes, h, &s, nothing, by.sk);
    crypto_generichash(sum, sizeof sum, bytes, sizeof bytes, NULL, 0);
    assert_string_equal(sodium_bin2hex(digest, sizeof digest, sum, sizeof sum), want);
}

/* A signature is no licence: at first sight of a vault anybody can sign. */
static void a_state_has_an_epoch_and_a_row_number(void **state)
{
    static const struct {
        uint64_t epoch, seq;
    } wrong[] = {{0, 1}, {1, 0}, {1, (uint64_t)INT64_MAX + 1}, {1, UINT64_MAX}};
    static const uint8_t before[32];
    struct temp *t = *state;
    struct vault_state s, back;
    struct signer by;
    uint8_t bytes[STATE_LEN], h[32];

    signer_from(&by, 1);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        s = sample_state(&by, wrong[i].seq);
        s.epoch = wrong[i].epoch;
        state_seal(bytes, h, &s, before, by.sk);
        expect(SV_DATA, state_open(&back, bytes, sizeof bytes, &t->err));
    }
    s = sample_state(&by, INT64_MAX);
    state_seal(bytes, h, &s, before, by.sk);
    expect(SV_OK, state_open(&back, bytes, sizeof bytes, &t->err));
}

static void every_bit_of_a_state_is_signed(void **state)
{
    struct temp *t = *state;
    static const uint8_t before[32];
    struct vault_state s, back;
    struct signer by;
    uint8_t bytes[STATE_LEN + 1] = {0}, h[32];

    signer_from(&by, 1);
    s = sample_state(&by, 12);
    state_seal(bytes, h, &s, before, by.sk);
    for (size_t i = 0; i < STATE_LEN; i++) {
        uint8_t bit = (uint8_t)(1u << (i % 8));
        bytes[i] ^= bit;
        expect(SV_DATA, state_open(&back, bytes, STATE_LEN, &t->err));
        bytes[i] ^= bit;
    }
    expect(SV_DATA, state_open(&back, bytes, STATE_LEN - 1, &t->err));
    expect(SV_DATA, state_open(&back, bytes, STATE_LEN + 1, &t->err));
    expect(SV_DATA, state_open(&back, bytes, 0, &t->err));
    expect(SV_OK, state_open(&back, bytes, STATE_LEN, &t->err));
}

/* ---- slots ---- */

static void slots_hash_of(struct temp *t, uint8_t out[32])
{
    DB_OWNED struct db *db = NULL;

    expect(SV_OK, db_open(&db, t->path, DB_VAULT, true, &t->err));
    expect(SV_OK, state_slots_hash(db, out, &t->err));
}

static void the_slots_hash_tells_every_arrangement(void **state)
{
    static const char *const arrangements[] = {
        "DELETE FROM slot",
        "INSERT INTO slot VALUES (0, x'0102')",
        "INSERT INTO slot VALUES (1, x'03')",
        "UPDATE slot SET v = x'01' WHERE k = 0; UPDATE slot SET v = x'0203' WHERE k = 1",
        "UPDATE slot SET k = 2 WHERE k = 1",
        "DELETE FROM slot WHERE k = 0",
        "UPDATE slot SET k = -1",
    };
    struct temp *t = *state;
    uint8_t seen[COUNT(arrangements)][32];

    make_vault(t, 0);
    for (size_t i = 0; i < COUNT(arrangements); i++) {
        meddle(t->path, arrangements[i]);
        slots_hash_of(t, seen[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(seen[i], seen[j], 32);
    }
}

/* ---- history ---- */

struct history {
    struct db *db;
    struct signer old, new;
    struct vault_state states[CHANGES + 1]; /* [0]: before the first */
};

static void hist_put(struct temp *t, struct db *db, int64_t seq, const void *row, size_t len)
{
    expect(SV_OK, db_begin_write(db, &t->err));
    expect(SV_OK, db_put(db, TABLE_HIST, seq, row, len, &t->err));
    expect(SV_OK, db_commit(db, &t->err));
}

/* CHANGES changes; the fourth begins an epoch with another key. */
static void history_make(struct temp *t, struct history *h)
{
    memset(h, 0, sizeof *h);
    signer_from(&h->old, 1);
    signer_from(&h->new, 2);
    expect(SV_OK, db_create(&h->db, t->path, DB_VAULT, &t->err));
    memcpy(h->states[0].verify_pk, h->old.pk, 32);
    for (uint64_t i = 1; i <= CHANGES; i++) {
        const struct signer *by = i < 4 ? &h->old : &h->new;
        uint8_t bytes[STATE_LEN], row[HIST_EPOCH_LEN] = {0}, message[96];
        h->states[i] = sample_state(by, i);
        state_seal(bytes, row, &h->states[i], h->states[i - 1].chain, by->sk);
        if (i == 4) {
            row[32] = 1;
            memcpy(row + 33, h->new.pk, 32);
            memcpy(message, row, 32);
            memcpy(message + 32, h->states[i].chain, 32);
            memcpy(message + 64, h->new.pk, 32);
            sign_message(row + 65, h->old.sk, "epoch", message, sizeof message);
        }
        hist_put(t, h->db, (int64_t)i, row, i == 4 ? HIST_EPOCH_LEN : HIST_LEN);
    }
}

static struct state_point point_of(const struct vault_state *s)
{
    struct state_point p = {.seq = s->seq};

    memcpy(p.chain, s->chain, 32);
    memcpy(p.verify_pk, s->verify_pk, 32);
    return p;
}

static void a_later_state_is_reached_from_any_earlier(void **state)
{
    struct temp *t = *state;
    struct history h;

    history_make(t, &h);
    for (int from = 0; from <= CHANGES; from++) {
        for (int to = 1; to <= CHANGES; to++) {
            struct state_point p = point_of(&h.states[from]);
            expect(from <= to ? SV_OK : SV_DATA, state_reaches(h.db, &p, &h.states[to], &t->err));
        }
    }
    db_close(h.db);
}

static void another_history_is_not_reached(void **state)
{
    struct temp *t = *state;
    struct history h;
    struct state_point p;

    history_make(t, &h);
    p = point_of(&h.states[CHANGES]);
    p.chain[0] ^= 1; /* the same number, another past: a fork */
    expect(SV_DATA, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    p = point_of(&h.states[2]);
    p.chain[31] ^= 1;
    expect(SV_DATA, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    p = point_of(&h.states[5]);
    memcpy(p.verify_pk, h.old.pk, 32); /* seen under another key */
    expect(SV_DATA, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    db_close(h.db);
}

/* One change to the row of change `seq`, tried, and taken back. */
static void refuse_edit(struct temp *t, struct history *h, int64_t seq, size_t at)
{
    struct state_point p = point_of(&h->states[1]);
    BLOB_OWNED struct blob row = {0};

    expect(SV_OK, db_get(h->db, TABLE_HIST, seq, &row, &t->err));
    row.bytes[at] ^= 1;
    hist_put(t, h->db, seq, row.bytes, row.len);
    expect(SV_DATA, state_reaches(h->db, &p, &h->states[CHANGES], &t->err));
    row.bytes[at] ^= 1;
    hist_put(t, h->db, seq, row.bytes, row.len - 1);
    expect(SV_DATA, state_reaches(h->db, &p, &h->states[CHANGES], &t->err));
    hist_put(t, h->db, seq, row.bytes, row.len);
}

static void every_byte_of_the_history_counts(void **state)
{
    struct temp *t = *state;
    struct state_point p;
    struct history h;

    history_make(t, &h);
    for (size_t at = 0; at < HIST_LEN; at++)
        refuse_edit(t, &h, 3, at);
    for (size_t at = 0; at < HIST_EPOCH_LEN; at++)
        refuse_edit(t, &h, 4, at);
    p = point_of(&h.states[1]);
    expect(SV_OK, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    meddle(t->path, "DELETE FROM hist WHERE seq = 5");
    expect(SV_DATA, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    meddle(t->path, "DELETE FROM hist WHERE seq > 1");
    expect(SV_DATA, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    db_close(h.db);
}

/* The new key cannot appoint itself. */
static void an_epoch_is_begun_by_the_old_key(void **state)
{
    struct temp *t = *state;
    BLOB_OWNED struct blob row = {0};
    struct state_point p;
    struct history h;
    uint8_t message[96];

    history_make(t, &h);
    p = point_of(&h.states[2]);
    expect(SV_OK, db_get(h.db, TABLE_HIST, 4, &row, &t->err));
    memcpy(message, row.bytes, 32);
    memcpy(message + 32, h.states[4].chain, 32);
    memcpy(message + 64, h.new.pk, 32);
    sign_message(row.bytes + 65, h.new.sk, "epoch", message, sizeof message);
    hist_put(t, h.db, 4, row.bytes, row.len);
    expect(SV_DATA, state_reaches(h.db, &p, &h.states[CHANGES], &t->err));
    db_close(h.db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_header_comes_back),
        CASE(another_header_is_refused),
        CASE(a_state_comes_back),
        CASE(the_bytes_of_a_state_are_fixed),
        CASE(a_state_has_an_epoch_and_a_row_number),
        CASE(every_bit_of_a_state_is_signed),
        CASE(the_slots_hash_tells_every_arrangement),
        CASE(a_later_state_is_reached_from_any_earlier),
        CASE(another_history_is_not_reached),
        CASE(every_byte_of_the_history_counts),
        CASE(an_epoch_is_begun_by_the_old_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
