/* SPDX-License-Identifier: ISC */
/*
 * Attack 21, a nonce used twice.
 * Without NONCE: two boxes have one nonce
 * Without PAIR_ONCE: two appends have one ephemeral key
 *
 * 10^6 boxes of one plaintext under one key: no two have the nonce, the commitment or
 * the beginning of the ciphertext in common. That a box is what smtpvault-store(5)
 * says, to the byte, is known from the answers of another implementation
 * (tests/unit/test_seal.c), and from the decoder, which opens what was made here.
 */
#include "attack.h"

#include "../unit/audit_fixture.h"
#include "../unit/crypto_support.h"
#include "audit/log.h"

#define SEALS ((size_t)1000000)
#define PIECE 16 /* bytes that are compared: 2^-88 that two random ones of 10^6 are equal */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, PIECE);
}

static void no_two_are_equal(uint8_t (*pieces)[PIECE], size_t count, const char *whose,
                             const char *what)
{
    qsort(pieces, count, PIECE, by_bytes);
    for (size_t i = 1; i < count; i++)
        if (memcmp(pieces[i - 1], pieces[i], PIECE) == 0)
            broken("two %s have one %s", whose, what);
}

static void a_million_boxes_are_all_different(void **state)
{
    static const uint8_t key[KEY_LEN] = "the one key that seals all these";
    struct seal_context ctx = sample_context();
    uint8_t(*nonces)[PIECE] = malloc(SEALS * PIECE), (*commitments)[PIECE] = malloc(SEALS * PIECE),
    (*ciphers)[PIECE] = malloc(SEALS * PIECE), box[SEAL_OVERHEAD + 32];
    (void)state;

    assert_true(nonces && commitments && ciphers);
    for (size_t i = 0; i < SEALS; i++) {
        assert_int_equal(
            seal_box(box, key, &ctx, SEAL_EXACT, "the same plaintext, 32 byte", 32, NULL), SV_OK);
        memcpy(nonces[i], box + 1, PIECE);
        memcpy(commitments[i], box + 25, PIECE);
        memcpy(ciphers[i], box + 57, PIECE);
    }
    no_two_are_equal(nonces, SEALS, "boxes", "nonce");
    no_two_are_equal(commitments, SEALS, "boxes", "commitment");
    no_two_are_equal(ciphers, SEALS, "boxes", "ciphertext");
    free(nonces);
    free(commitments);
    free(ciphers);
}

/* A box for a public key has an ephemeral key besides. */
static void boxes_for_a_reader_are_all_different(void **state)
{
    enum { BOXES = 20000 };
    static uint8_t ephemeral[BOXES][PIECE], nonces[BOXES][PIECE];
    struct seal_context ctx = sample_context();
    uint8_t sk[KEY_LEN] = {1}, pk[KEY_LEN], box[PKSEAL_OVERHEAD + 1];
    (void)state;

    pkseal_public(pk, sk);
    for (size_t i = 0; i < BOXES; i++) {
        assert_int_equal(pkseal_box(box, pk, NULL, &ctx, SEAL_EXACT, "x", 1, NULL), SV_OK);
        memcpy(ephemeral[i], box, PIECE);
        memcpy(nonces[i], box + KEY_LEN + 1, PIECE);
    }
    no_two_are_equal(ephemeral, BOXES, "boxes", "ephemeral key");
    no_two_are_equal(nonces, BOXES, "boxes", "nonce");
}

/* The log seals with pairs that were made beforehand: each is good for one append. */
static void entries_of_a_log_are_all_different(void **state)
{
    enum { ENTRIES = 2000, AT = AUDIT_TAG_LEN + AUDIT_CLOCK_LEN };
    static uint8_t ephemeral[ENTRIES][PIECE], nonces[ENTRIES][PIECE];
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    BLOB_OWNED struct blob row = {0};

    for (int i = 1; i < ENTRIES; i++) {
        if (i % 50 == 0)
            (void)audit_prepare(a, 40);
        log_append(l, a, "billing");
    }
    for (int64_t i = 0; i < ENTRIES; i++) {
        blob_clear(&row);
        expect(SV_OK, db_get(a->db, TABLE_ENTRY, i, &row, &t->err));
        memcpy(ephemeral[i], row.bytes + AT, PIECE);
        memcpy(nonces[i], row.bytes + AT + KEY_LEN + 1, PIECE);
    }
    no_two_are_equal(ephemeral, ENTRIES, "appends", "ephemeral key");
    no_two_are_equal(nonces, ENTRIES, "boxes", "nonce");
}

/* Entries of one append share a pair, and have different keys by their numbers
 * (tests/unit/test_audit_pool.c); those of the next have another. */
static void appends_of_many_are_all_different(void **state)
{
    enum {
        APPENDS = 40,
        EACH = 50,
        ENTRIES = APPENDS * EACH,
        AT = AUDIT_TAG_LEN + AUDIT_CLOCK_LEN
    };
    static uint8_t ephemeral[APPENDS][PIECE], nonces[ENTRIES][PIECE];
    struct log *l = *state;
    struct temp *t = l->t;
    AUDIT_OWNED struct audit *a = log_open(l, NULL);
    struct audit_event events[EACH];
    struct audit_item items[EACH] = {0};
    BLOB_OWNED struct blob row = {0};

    (void)audit_prepare(a, APPENDS / 2);
    for (int n = 0; n < ENTRIES; n += EACH) {
        for (int i = 0; i < EACH; i++) {
            events[i] = (struct audit_event){.op = AUDIT_GET, .profile = "billing"};
            items[i].event = &events[i];
        }
        expect(SV_OK, audit_append_many(a, items, EACH, NULL, &t->err));
        for (int i = 0; i < EACH; i++) {
            blob_clear(&row);
            expect(SV_OK, db_get(a->db, TABLE_ENTRY, (int64_t)events[i].seq, &row, &t->err));
            memcpy(ephemeral[n / EACH], row.bytes + AT, PIECE);
            memcpy(nonces[n + i], row.bytes + AT + KEY_LEN + 1, PIECE);
        }
    }
    no_two_are_equal(ephemeral, APPENDS, "appends", "ephemeral key");
    no_two_are_equal(nonces, ENTRIES, "boxes", "nonce");
}

ATTACK_MAIN(cmocka_unit_test(a_million_boxes_are_all_different),
            cmocka_unit_test(boxes_for_a_reader_are_all_different),
            cmocka_unit_test_setup_teardown(entries_of_a_log_are_all_different, log_setup,
                                            log_teardown),
            cmocka_unit_test_setup_teardown(appends_of_many_are_all_different, log_setup,
                                            log_teardown))
