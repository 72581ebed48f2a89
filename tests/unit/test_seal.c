/* SPDX-License-Identifier: ISC */
#include "crypto_support.h"

#include "crypto/keys.h"
#include "crypto/seal_known.h"

static const char text[] = "attack at dawn";
#define TEXT_LEN (sizeof text - 1)
#define BOX_MAX 70000

/* The parties of the frozen PKSEALs. */
struct parties {
    uint8_t reader_sk[KEY_LEN], reader_pk[KEY_LEN];
    uint8_t ephemeral_sk[KEY_LEN];
    uint8_t psk[KEY_LEN];
    uint8_t nonce[SEAL_NONCE_LEN];
};

static struct parties sample_parties(void)
{
    struct parties p;
    count_up(p.reader_sk, KEY_LEN, 0x60);
    count_up(p.ephemeral_sk, KEY_LEN, 0x80);
    count_up(p.psk, KEY_LEN, 0xc0);
    count_up(p.nonce, sizeof p.nonce, 0x40);
    (void)crypto_scalarmult_base(p.reader_pk, p.reader_sk);
    return p;
}

static void sample_key(uint8_t key[KEY_LEN])
{
    count_up(key, KEY_LEN, 0);
}

/* ---- known answers ---- */

/* draft-irtf-cfrg-xchacha-03, A.3.1. */
static void test_xchacha20_poly1305(void **state)
{
    (void)state;
    static const char plain[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                                "only one tip for the future, sunscreen would be it.";
    uint8_t key[32], nonce[24], ad[12], out[sizeof plain - 1 + 16];
    unsigned long long len = 0;
    count_up(key, sizeof key, 0x80);
    count_up(nonce, sizeof nonce, 0x40);
    (void)unhex(ad, sizeof ad, "50515253c0c1c2c3c4c5c6c7");
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, &len, (const uint8_t *)plain, sizeof plain - 1, ad, sizeof ad, NULL, nonce, key);
    assert_hex(out, (size_t)len,
               "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
               "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
               "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
               "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49");
}

static void test_frozen_context(void **state)
{
    (void)state;
    struct seal_context ctx = sample_context();
    uint8_t out[SEAL_CONTEXT_LEN];
    seal_context_encode(out, &ctx);
    assert_hex(out, sizeof out,
               "01a0a1a2a3a4a5a6a7a8a9aaabacadaeaf181716151413121104"
               "282726252423222138373635343332314151");
}

static void test_frozen_cseal(void **state)
{
    (void)state;
    struct seal_context ctx = sample_context();
    struct parties p = sample_parties();
    uint8_t key[KEY_LEN], box[512], digest[32];
    sample_key(key);
    assert_int_equal(seal_box_with_nonce(box, key, &ctx, SEAL_EXACT, text, TEXT_LEN, p.nonce, NULL),
                     SV_OK);
    assert_hex(box, seal_len(SEAL_EXACT, TEXT_LEN),
               "01404142434445464748494a4b4c4d4e4f5051525354555657"
               "e83b75f0761f30425882d85b6e534cdf6ea1092c481311bff203e25aed22a930"
               "eca103e3b878b3a293cffb386f565f969fcd712a8a5c874894a32c5ea5f2");
    assert_int_equal(
        seal_box_with_nonce(box, key, &ctx, SEAL_PADDED, text, TEXT_LEN, p.nonce, NULL), SV_OK);
    assert_int_equal(seal_len(SEAL_PADDED, TEXT_LEN), 329);
    (void)crypto_hash_sha256(digest, box, 329);
    assert_hex(digest, sizeof digest,
               "a69a0a083eb48c3b095b8982711a456b0156f5b3447e265af8aec75790fa695e");
}

static void test_frozen_pkseal(void **state)
{
    (void)state;
    struct seal_context ctx = sample_context();
    struct parties p = sample_parties();
    uint8_t box[256];
    assert_hex(p.reader_pk, KEY_LEN,
               "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f");
    assert_int_equal(pkseal_box_with_ephemeral(box, p.reader_pk, p.psk, &ctx, SEAL_EXACT, text,
                                               TEXT_LEN, p.ephemeral_sk, p.nonce, NULL),
                     SV_OK);
    assert_hex(box, pkseal_len(SEAL_EXACT, TEXT_LEN),
               "493e82fc74464a59268817623d2053c5eb8e2cc4a988b4fee179ec6b010d531d"
               "01404142434445464748494a4b4c4d4e4f5051525354555657"
               "0e67b8be364d29347a6d66d1a6b4c11fea2b405b33d3847b0eaa0ea082c3325a"
               "eea1af7fc8e7c73826ee5ca3f33ef59cd6699438210dd783557c23055699");
    assert_int_equal(pkseal_box_with_ephemeral(box, p.reader_pk, NULL, &ctx, SEAL_EXACT, text,
                                               TEXT_LEN, p.ephemeral_sk, p.nonce, NULL),
                     SV_OK);
    assert_hex(box, pkseal_len(SEAL_EXACT, TEXT_LEN),
               "493e82fc74464a59268817623d2053c5eb8e2cc4a988b4fee179ec6b010d531d"
               "01404142434445464748494a4b4c4d4e4f5051525354555657"
               "f70af1ba1be9396e33bb63654f28f248ed6ce1711fd560e2dbe152a5a10fc20b"
               "3d5b3ffa02cf4144d1b44053688fa7972225357b6396af7b950e1c8e19b6");
}

/* ---- lengths ---- */

static void test_padding_classes(void **state)
{
    (void)state;
    static const struct {
        size_t len, padded;
    } rows[] = {{0, 256},       {1, 256},       {255, 256},     {256, 512},
                {511, 512},     {512, 1024},    {1023, 1024},   {1024, 2048},
                {4095, 4096},   {8191, 8192},   {8192, 16384},  {16383, 16384},
                {16384, 32768}, {32767, 32768}, {32768, 49152}, {49152, 65536}};
    struct seal_context ctx = sample_context();
    static uint8_t plain[BOX_MAX], box[BOX_MAX];
    uint8_t key[KEY_LEN];
    sample_key(key);
    /* The last bytes look like padding, which must not confuse the unpadding. */
    memset(plain, 0x80, sizeof plain);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(seal_padded_len(SEAL_PADDED, rows[i].len), rows[i].padded);
        assert_int_equal(seal_padded_len(SEAL_EXACT, rows[i].len), rows[i].len);
        assert_int_equal(seal_len(SEAL_PADDED, rows[i].len), rows[i].padded + 73);
        assert_int_equal(pkseal_len(SEAL_PADDED, rows[i].len), rows[i].padded + 105);
        for (int padding = SEAL_EXACT; padding <= SEAL_PADDED; padding++) {
            SECRET_OWNED struct secret *opened = NULL;
            assert_int_equal(seal_box(box, key, &ctx, padding, plain, rows[i].len, NULL), SV_OK);
            assert_int_equal(
                seal_open(&opened, key, &ctx, padding, box, seal_len(padding, rows[i].len), NULL),
                SV_OK);
            assert_secret(opened, plain, rows[i].len);
        }
    }
}

/* A padding that we would not have laid does not open. */
static void test_padding_is_ours(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        size_t mark; /* where 0x80 stands, len for nowhere */
    } rows[] = {{256, 256}, {300, 14}, {512, 14}, {512, 255}, {0, 0}, {16384, 100}, {49152, 32000}};
    struct seal_context ctx = sample_context();
    static uint8_t plain[BOX_MAX], box[BOX_MAX];
    uint8_t key[KEY_LEN];
    sample_key(key);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct secret *opened = NULL;
        memset(plain, 0, sizeof plain);
        if (rows[i].mark < rows[i].len)
            plain[rows[i].mark] = 0x80;
        assert_int_equal(seal_box(box, key, &ctx, SEAL_EXACT, plain, rows[i].len, NULL), SV_OK);
        assert_int_equal(seal_open(&opened, key, &ctx, SEAL_PADDED, box,
                                   seal_len(SEAL_EXACT, rows[i].len), NULL),
                         SV_DATA);
        assert_null(opened);
    }
}

/* ---- what must not open ---- */

static void assert_box_refused(const uint8_t *key, const struct seal_context *ctx,
                               const uint8_t *box, size_t len)
{
    struct secret *opened = NULL;
    struct sv_err err = {0};
    assert_int_equal(seal_open(&opened, key, ctx, SEAL_PADDED, box, len, &err), SV_DATA);
    assert_null(opened);
    assert_non_null(strstr(err.text, "a sealed record does not open"));
}

static void assert_pk_refused(const struct parties *p, const struct seal_context *ctx,
                              const uint8_t *box, size_t len)
{
    struct pkseal_reader reader = {p->reader_sk, p->reader_pk};
    struct secret *opened = NULL;
    assert_int_equal(pkseal_open(&opened, &reader, p->psk, ctx, SEAL_PADDED, box, len, NULL),
                     SV_DATA);
    assert_null(opened);
}

static void test_every_byte_counts(void **state)
{
    (void)state;
    struct seal_context ctx = sample_context();
    struct parties p = sample_parties();
    uint8_t key[KEY_LEN], box[512];
    SECRET_OWNED struct secret *opened = NULL;
    size_t len = seal_len(SEAL_PADDED, TEXT_LEN);
    sample_key(key);
    assert_int_equal(seal_box(box, key, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL), SV_OK);
    for (size_t bit = 0; bit < len * 8; bit++) {
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_box_refused(key, &ctx, box, len);
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_box_refused(key, &ctx, box, cut);
    box[len] = 0;
    assert_box_refused(key, &ctx, box, len + 1);
    assert_int_equal(seal_open(&opened, key, &ctx, SEAL_PADDED, box, len, NULL), SV_OK);

    len = pkseal_len(SEAL_PADDED, TEXT_LEN);
    assert_int_equal(pkseal_box(box, p.reader_pk, p.psk, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL),
                     SV_OK);
    for (size_t i = 0; i < len; i++)
        for (unsigned mask = 0x01; mask <= 0x80; mask *= 0x80) {
            box[i] ^= (uint8_t)mask;
            assert_pk_refused(&p, &ctx, box, len);
            box[i] ^= (uint8_t)mask;
        }
    for (size_t cut = 0; cut < len; cut++)
        assert_pk_refused(&p, &ctx, box, cut);
}

static void test_every_context_field_counts(void **state)
{
    (void)state;
    struct parties p = sample_parties();
    struct seal_context others[7 + 16], ctx = sample_context();
    size_t n = 0;
    uint8_t key[KEY_LEN], box[512], pkbox[512];
    sample_key(key);
    for (size_t i = 0; i < sizeof ctx.vault_id; i++) {
        others[n] = ctx;
        others[n++].vault_id[i] ^= 1;
    }
    for (size_t i = 0; i < 6; i++)
        others[n + i] = ctx;
    others[n++].epoch ^= 1;
    others[n++].kind ^= 1;
    others[n++].row ^= (uint64_t)1 << 63;
    others[n++].version ^= 1;
    others[n++].field ^= 1;
    others[n++].role ^= 1;
    /* Fields that change places. */
    others[n] = ctx;
    others[n].row = ctx.version;
    others[n++].version = ctx.row;
    assert_int_equal(seal_box(box, key, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL), SV_OK);
    assert_int_equal(pkseal_box(pkbox, p.reader_pk, p.psk, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL),
                     SV_OK);
    for (size_t i = 0; i < n; i++) {
        assert_box_refused(key, &others[i], box, seal_len(SEAL_PADDED, TEXT_LEN));
        assert_pk_refused(&p, &others[i], pkbox, pkseal_len(SEAL_PADDED, TEXT_LEN));
    }
}

static void test_other_keys(void **state)
{
    (void)state;
    struct seal_context ctx = sample_context();
    struct parties p = sample_parties(), other = p;
    uint8_t key[KEY_LEN], box[512];
    SECRET_OWNED struct secret *opened = NULL;
    size_t len = pkseal_len(SEAL_PADDED, TEXT_LEN);
    sample_key(key);
    assert_int_equal(seal_box(box, key, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL), SV_OK);
    for (size_t i = 0; i < KEY_LEN; i++) {
        key[i] ^= 1;
        assert_box_refused(key, &ctx, box, seal_len(SEAL_PADDED, TEXT_LEN));
        key[i] ^= 1;
    }
    assert_int_equal(pkseal_box(box, p.reader_pk, p.psk, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL),
                     SV_OK);
    other.psk[5] ^= 1;
    assert_pk_refused(&other, &ctx, box, len);
    memset(other.psk, 0, KEY_LEN);
    assert_pk_refused(&other, &ctx, box, len);
    other = p;
    other.reader_sk[5] ^= 1;
    assert_pk_refused(&other, &ctx, box, len);
    /* No psk is 32 zero bytes, as the header says. */
    assert_int_equal(pkseal_box(box, p.reader_pk, NULL, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL),
                     SV_OK);
    assert_pk_refused(&p, &ctx, box, len);
    memset(other.psk, 0, KEY_LEN);
    struct pkseal_reader reader = {p.reader_sk, p.reader_pk};
    assert_int_equal(pkseal_open(&opened, &reader, other.psk, &ctx, SEAL_PADDED, box, len, NULL),
                     SV_OK);
    assert_secret(opened, text, TEXT_LEN);
    secret_free(opened);
    opened = NULL;
    p.reader_pk[0] ^= 1; /* not the key it was sealed for */
    assert_int_equal(pkseal_open(&opened, &reader, other.psk, &ctx, SEAL_PADDED, box, len, NULL),
                     SV_DATA);
    assert_null(opened);
}

/* Points whose order divides 8 give a shared secret that anybody knows. */
static void test_low_order_points(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    struct seal_context ctx = sample_context();
    struct parties p = sample_parties();
    for (size_t i = 0; i < COUNT(points); i++) {
        uint8_t point[KEY_LEN], box[512];
        struct sv_err err = {0};
        (void)unhex(point, sizeof point, points[i]);
        memset(box, 0xee, sizeof box);
        assert_int_equal(pkseal_box(box, point, p.psk, &ctx, SEAL_PADDED, text, TEXT_LEN, &err),
                         SV_DATA);
        assert_non_null(strstr(err.text, "public key"));
        for (size_t at = 0; at < sizeof box; at++)
            assert_int_equal(box[at], 0xee);

        /* What a forger would send: E of low order, everything else right for ss = 0. */
        uint8_t zero[KEY_LEN] = {0}, key[KEY_LEN], place[SEAL_CONTEXT_LEN];
        struct hash h;
        seal_context_encode(place, &ctx);
        hash_begin(&h, p.psk, KEY_LEN, "pkseal");
        hash_field(&h, zero, sizeof zero);
        hash_field(&h, point, sizeof point);
        hash_field(&h, p.reader_pk, KEY_LEN);
        hash_field(&h, place, sizeof place);
        hash_end(&h, key);
        memcpy(box, point, sizeof point);
        assert_int_equal(seal_box(box + KEY_LEN, key, &ctx, SEAL_PADDED, text, TEXT_LEN, NULL),
                         SV_OK);
        assert_pk_refused(&p, &ctx, box, pkseal_len(SEAL_PADDED, TEXT_LEN));
    }
}

/* ---- randomness ---- */

static int compare_nonces(const void *a, const void *b)
{
    return memcmp(a, b, SEAL_NONCE_LEN);
}

static void test_nonces_are_unique(void **state)
{
    (void)state;
    enum { SEALS = 100000 };
    struct seal_context ctx = sample_context();
    uint8_t key[KEY_LEN], box[SEAL_OVERHEAD];
    uint8_t(*nonces)[SEAL_NONCE_LEN] = calloc(SEALS, SEAL_NONCE_LEN);
    assert_non_null(nonces);
    sample_key(key);
    for (size_t i = 0; i < SEALS; i++) {
        assert_int_equal(seal_box(box, key, &ctx, SEAL_EXACT, NULL, 0, NULL), SV_OK);
        memcpy(nonces[i], box + 1, SEAL_NONCE_LEN);
    }
    qsort(nonces, SEALS, SEAL_NONCE_LEN, compare_nonces);
    for (size_t i = 1; i < SEALS; i++)
        assert_memory_not_equal(nonces[i - 1], nonces[i], SEAL_NONCE_LEN);
    free(nonces);
}

static void test_ephemeral_keys_differ(void **state)
{
    (void)state;
    struct seal_context ctx = sample_context();
    struct parties p = sample_parties();
    uint8_t boxes[64][PKSEAL_OVERHEAD];
    for (size_t i = 0; i < COUNT(boxes); i++) {
        assert_int_equal(pkseal_box(boxes[i], p.reader_pk, p.psk, &ctx, SEAL_EXACT, NULL, 0, NULL),
                         SV_OK);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(boxes[i], boxes[j], KEY_LEN);
    }
}

/* ---- no memory ---- */

struct attempt {
    struct seal_context ctx;
    struct parties p;
    uint8_t key[KEY_LEN];
    uint8_t box[512], pkbox[512];
    uint8_t out[512];
};

static enum sv_status try_box(struct attempt *a, struct secret **opened)
{
    (void)opened;
    return seal_box(a->out, a->key, &a->ctx, SEAL_PADDED, text, TEXT_LEN, NULL);
}

static enum sv_status try_open(struct attempt *a, struct secret **opened)
{
    return seal_open(opened, a->key, &a->ctx, SEAL_PADDED, a->box, seal_len(SEAL_PADDED, TEXT_LEN),
                     NULL);
}

static enum sv_status try_pkbox(struct attempt *a, struct secret **opened)
{
    (void)opened;
    return pkseal_box(a->out, a->p.reader_pk, a->p.psk, &a->ctx, SEAL_PADDED, text, TEXT_LEN, NULL);
}

static enum sv_status try_pkopen(struct attempt *a, struct secret **opened)
{
    struct pkseal_reader reader = {a->p.reader_sk, a->p.reader_pk};
    return pkseal_open(opened, &reader, a->p.psk, &a->ctx, SEAL_PADDED, a->pkbox,
                       pkseal_len(SEAL_PADDED, TEXT_LEN), NULL);
}

static void test_allocation_failures(void **state)
{
    (void)state;
    enum sv_status (*const tries[])(struct attempt *, struct secret **) = {try_box, try_open,
                                                                           try_pkbox, try_pkopen};
    struct attempt a = {.ctx = sample_context(), .p = sample_parties()};
    sample_key(a.key);
    assert_int_equal(seal_box(a.box, a.key, &a.ctx, SEAL_PADDED, text, TEXT_LEN, NULL), SV_OK);
    assert_int_equal(
        pkseal_box(a.pkbox, a.p.reader_pk, a.p.psk, &a.ctx, SEAL_PADDED, text, TEXT_LEN, NULL),
        SV_OK);
    for (size_t i = 0; i < COUNT(tries); i++) {
        unsigned long n = 1;
        for (;; n++) {
            struct secret *opened = NULL;
            memset(a.out, 0xee, sizeof a.out);
            sv_alloc_fail_at(n);
            enum sv_status status = tries[i](&a, &opened);
            int failed = sv_alloc_failed();
            sv_alloc_fail_at(0);
            if (!failed) {
                assert_int_equal(status, SV_OK);
                secret_free(opened);
                break;
            }
            assert_int_equal(status, SV_INTERNAL);
            assert_null(opened);
            assert_int_equal(secret_live(), 0);
            for (size_t at = 0; at < sizeof a.out; at++)
                assert_int_equal(a.out[at], 0xee);
        }
        assert_true(n > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xchacha20_poly1305),
        cmocka_unit_test(test_frozen_context),
        cmocka_unit_test(test_frozen_cseal),
        cmocka_unit_test(test_frozen_pkseal),
        cmocka_unit_test(test_padding_classes),
        cmocka_unit_test(test_padding_is_ours),
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_every_context_field_counts),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_low_order_points),
        cmocka_unit_test(test_nonces_are_unique),
        cmocka_unit_test(test_ephemeral_keys_differ),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
