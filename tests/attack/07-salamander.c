/* SPDX-License-Identifier: ISC */
/*
 * Attack 7, salamander and partitioning oracle.
 * Without COMMITMENT: a box opened under a second key
 *
 * A salamander is one ciphertext that XChaCha20-Poly1305 opens under two keys, to
 * two plaintexts. An attacker who can place one learns with each guess whether a
 * key is in a whole set (the partitioning oracle), or shows two readers two
 * secrets. The commitment of CSEAL must refuse it.
 *
 * Poly1305 under one key is (sum of blocks c_i * r^(n-i+1) mod p) + s mod 2^128,
 * p = 2^130 - 5. Leaving one block x free, both tags are equal when
 *
 *   x * (r1^2 - r2^2) = (s2 - s1) + k * 2^128 - (a1 - a2)  (mod p)
 *
 * for a small k (what the reductions mod 2^128 drop). x must be a block, that is
 * 2^128 <= x < 2^129, which one in four is; another block is then varied.
 */
#include "attack.h"

#include "../unit/crypto_support.h"

#define CIPHER_LEN 32 /* one block to vary, one to solve */
#define AD_BLOCKS 3   /* SEAL_CONTEXT_LEN in blocks of 16 */
#define LIMBS 5
#define LIMB_BITS 26
#define LIMB_MASK ((1u << LIMB_BITS) - 1)

/* ---- numbers mod 2^130 - 5, in five limbs of 26 bits, always reduced ---- */

struct num {
    uint64_t limb[LIMBS];
};

static struct num num_carry(struct num a)
{
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i + 1 < LIMBS; i++) {
            a.limb[i + 1] += a.limb[i] >> LIMB_BITS;
            a.limb[i] &= LIMB_MASK;
        }
        a.limb[0] += 5 * (a.limb[LIMBS - 1] >> LIMB_BITS);
        a.limb[LIMBS - 1] &= LIMB_MASK;
    }
    /* p itself and the four numbers above it that 130 bits hold. */
    bool above = a.limb[0] >= LIMB_MASK - 4;
    for (int i = 1; i < LIMBS; i++)
        above = above && a.limb[i] == LIMB_MASK;
    if (above)
        a = (struct num){{a.limb[0] - (LIMB_MASK - 4)}};
    return a;
}

static struct num num_add(struct num a, struct num b)
{
    for (int i = 0; i < LIMBS; i++)
        a.limb[i] += b.limb[i];
    return num_carry(a);
}

/* a + 2p - b: 2p, limb by limb, keeps each of them above zero. */
static struct num num_sub(struct num a, struct num b)
{
    for (int i = 0; i < LIMBS; i++)
        a.limb[i] += 2 * (uint64_t)(i == 0 ? LIMB_MASK - 4 : LIMB_MASK) - b.limb[i];
    return num_carry(a);
}

static struct num num_mul(struct num a, struct num b)
{
    struct num out = {{0}};
    for (int i = 0; i < LIMBS; i++)
        for (int j = 0; j < LIMBS; j++)
            out.limb[(i + j) % LIMBS] += a.limb[i] * b.limb[j] * (i + j < LIMBS ? 1 : 5);
    return num_carry(out);
}

static struct num num_power(struct num base, struct num exponent)
{
    struct num out = {{1}};
    for (int bit = LIMBS * LIMB_BITS - 1; bit >= 0; bit--) {
        out = num_mul(out, out);
        if (exponent.limb[bit / LIMB_BITS] >> bit % LIMB_BITS & 1)
            out = num_mul(out, base);
    }
    return out;
}

/* Fermat: a^(p-2). */
static struct num num_inverse(struct num a)
{
    return num_power(a, (struct num){{LIMB_MASK - 6, LIMB_MASK, LIMB_MASK, LIMB_MASK, LIMB_MASK}});
}

static struct num num_from(const uint8_t bytes[16], unsigned top)
{
    struct num out = {{0}};
    for (int bit = 0; bit < 128; bit++)
        out.limb[bit / LIMB_BITS] |= (uint64_t)(bytes[bit / 8] >> bit % 8 & 1) << bit % LIMB_BITS;
    out.limb[LIMBS - 1] += (uint64_t)top << (128 - 4 * LIMB_BITS);
    return num_carry(out);
}

/* The low 128 bits; the two above are returned. */
static unsigned num_to(uint8_t bytes[16], struct num a)
{
    memset(bytes, 0, 16);
    for (int bit = 0; bit < 128; bit++)
        bytes[bit / 8] |= (uint8_t)((a.limb[bit / LIMB_BITS] >> bit % LIMB_BITS & 1) << bit % 8);
    return (unsigned)(a.limb[LIMBS - 1] >> (128 - 4 * LIMB_BITS));
}

/* ---- the two sides ---- */

struct side {
    uint8_t key[KEY_LEN];            /* K of the CSEAL */
    uint8_t both[KEY_LEN + KEY_LEN]; /* Ke || C */
    struct num r, s;
};

static void side_make(struct side *side, uint8_t first, const struct seal_context *ctx,
                      const uint8_t nonce[24])
{
    uint8_t place[SEAL_CONTEXT_LEN], one_time[32];
    struct hash h;
    count_up(side->key, KEY_LEN, first);
    seal_context_encode(place, ctx);
    hash_begin(&h, side->key, sizeof side->both, "cseal");
    hash_field(&h, nonce, 24);
    hash_field(&h, place, sizeof place);
    hash_end(&h, side->both);
    /* The Poly1305 key is the beginning of the key stream; r is clamped. */
    (void)crypto_stream_xchacha20(one_time, sizeof one_time, nonce, side->both);
    for (int i = 3; i < 16; i += 4)
        one_time[i] &= 15;
    for (int i = 4; i < 16; i += 4)
        one_time[i] &= 252;
    side->r = num_from(one_time, 0);
    side->s = num_from(one_time + 16, 0);
}

/* The polynomial with the solved block (the one before the lengths) left out. */
static struct num side_sum(const struct side *side, const uint8_t place[SEAL_CONTEXT_LEN],
                           const uint8_t varied[16])
{
    uint8_t blocks[AD_BLOCKS * 16] = {0},
                               lengths[16] = {SEAL_CONTEXT_LEN, 0, 0, 0, 0, 0, 0, 0, CIPHER_LEN};
    struct num sum = {{0}};
    memcpy(blocks, place, SEAL_CONTEXT_LEN);
    for (int i = 0; i < AD_BLOCKS; i++)
        sum = num_mul(num_add(sum, num_from(blocks + 16 * i, 1)), side->r);
    sum = num_mul(num_add(sum, num_from(varied, 1)), side->r);
    sum = num_mul(sum, side->r);
    return num_mul(num_add(sum, num_from(lengths, 1)), side->r);
}

static bool side_opens(const struct side *side, const uint8_t *cipher, const uint8_t *place,
                       const uint8_t *nonce, uint8_t plain[CIPHER_LEN])
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, cipher, CIPHER_LEN + 16,
                                                      place, SEAL_CONTEXT_LEN, nonce,
                                                      side->both) == 0;
}

/* The tag of `cipher` under one side, behind it. */
static void side_tag(const struct side *side, uint8_t cipher[CIPHER_LEN + 16],
                     const uint8_t place[SEAL_CONTEXT_LEN])
{
    struct num r2 = num_mul(side->r, side->r);
    struct num h = num_add(side_sum(side, place, cipher), num_mul(num_from(cipher + 16, 1), r2));
    uint8_t pad[16];
    (void)num_to(cipher + CIPHER_LEN, h);
    (void)num_to(pad, side->s);
    sodium_add(cipher + CIPHER_LEN, pad, sizeof pad);
}

/* Solves for the second block; false when k gives none that is a block. */
static bool solve(uint8_t cipher[CIPHER_LEN + 16], const struct side *a, const struct side *b,
                  const uint8_t place[SEAL_CONTEXT_LEN], int k)
{
    static const uint8_t zero[16];
    struct num step = num_from(zero, 1), wanted = num_sub(b->s, a->s);
    for (int i = 0; i < (k < 0 ? -k : k); i++)
        wanted = k < 0 ? num_sub(wanted, step) : num_add(wanted, step);
    wanted = num_sub(wanted, num_sub(side_sum(a, place, cipher), side_sum(b, place, cipher)));
    struct num slope = num_sub(num_mul(a->r, a->r), num_mul(b->r, b->r));
    return num_to(cipher + 16, num_mul(wanted, num_inverse(slope))) == 1;
}

static bool find_salamander(uint8_t cipher[CIPHER_LEN + 16], const struct side *a,
                            const struct side *b, const uint8_t *place, const uint8_t *nonce)
{
    uint8_t plain[CIPHER_LEN];
    memset(cipher, 0, CIPHER_LEN + 16);
    for (unsigned varied = 0; varied < 256; varied++) {
        cipher[0] = (uint8_t)varied;
        for (int k = -4; k <= 4; k++) {
            if (!solve(cipher, a, b, place, k))
                continue;
            side_tag(a, cipher, place);
            if (side_opens(a, cipher, place, nonce, plain) &&
                side_opens(b, cipher, place, nonce, plain))
                return true;
        }
    }
    return false;
}

/* The numbers are right, or the rest proves nothing. */
static void test_numbers(void **state)
{
    (void)state;
    uint8_t low[16] = {7}, out[16];
    struct num seven = num_from(low, 0), a;
    count_up(low, sizeof low, 0xf0);
    a = num_from(low, 3);
    assert_int_equal(num_to(out, num_mul(num_mul(a, seven), num_inverse(seven))), 3);
    assert_memory_equal(out, low, sizeof low);
    assert_int_equal(num_to(out, num_sub(num_add(a, seven), seven)), 3);
    assert_memory_equal(out, low, sizeof low);
    assert_int_equal(num_to(out, num_sub(seven, seven)), 0);
    assert_true(sodium_is_zero(out, sizeof out));
    /* 2^130 is 5. */
    memset(low, 0, sizeof low);
    assert_int_equal(num_to(out, num_mul(num_from(low, 2), num_from((uint8_t[16]){2}, 0))), 0);
    assert_hex(out, sizeof out, "05000000000000000000000000000000");
}

/* A box with the ciphertext that opens for both, and the commitment `c`. */
struct salamander {
    struct seal_context ctx;
    struct side sides[2];
    uint8_t nonce[24];
    uint8_t cipher[CIPHER_LEN + 16];
    uint8_t plain[2][CIPHER_LEN];
};

static void salamander_make(struct salamander *s)
{
    uint8_t place[SEAL_CONTEXT_LEN];
    s->ctx = sample_context();
    count_up(s->nonce, sizeof s->nonce, 0x40);
    seal_context_encode(place, &s->ctx);
    side_make(&s->sides[0], 0x00, &s->ctx, s->nonce);
    side_make(&s->sides[1], 0x80, &s->ctx, s->nonce);
    assert_true(find_salamander(s->cipher, &s->sides[0], &s->sides[1], place, s->nonce));
    for (int i = 0; i < 2; i++)
        assert_true(side_opens(&s->sides[i], s->cipher, place, s->nonce, s->plain[i]));
    assert_memory_not_equal(s->plain[0], s->plain[1], CIPHER_LEN);
}

/* As the reader who has the key of `side` sees it. */
static enum sv_status salamander_open(const struct salamander *s, int side,
                                      const uint8_t commitment[KEY_LEN], struct secret **opened)
{
    uint8_t box[SEAL_OVERHEAD + CIPHER_LEN] = {SEAL_VERSION};
    memcpy(box + 1, s->nonce, sizeof s->nonce);
    memcpy(box + 25, commitment, KEY_LEN);
    memcpy(box + 57, s->cipher, sizeof s->cipher);
    return seal_open(opened, s->sides[side].key, &s->ctx, SEAL_EXACT, box, sizeof box, NULL);
}

/* A box carries one commitment, so it opens for one of them at most. */
static void two_readers_never_read_two_things(void **state)
{
    struct salamander s;
    (void)state;
    salamander_make(&s);
    for (int committed = 0; committed < 2; committed++) {
        const uint8_t *commitment = s.sides[committed].both + KEY_LEN;
        struct secret *opened = NULL;
        assert_int_equal(salamander_open(&s, committed, commitment, &opened), SV_OK);
        assert_secret(opened, s.plain[committed], CIPHER_LEN);
        secret_free(opened);
        opened = NULL;
        enum sv_status st = salamander_open(&s, !committed, commitment, &opened);
        secret_free(opened);
        if (st != SV_DATA)
            broken("a box opened under a second key");
    }
}

/* One box, a set of guesses: whether it opens must not tell that the reader's key is
 * one of the set. Without a commitment it opens for each of them. */
static void one_question_never_asks_for_two_keys(void **state)
{
    struct salamander s;
    uint8_t commitment[KEY_LEN];
    int opens = 0;
    (void)state;
    salamander_make(&s);
    for (int choice = 0; choice < 3; choice++) {
        opens = 0;
        if (choice < 2)
            memcpy(commitment, s.sides[choice].both + KEY_LEN, KEY_LEN);
        else
            randombytes_buf(commitment, sizeof commitment);
        for (int side = 0; side < 2; side++) {
            struct secret *opened = NULL;
            opens += salamander_open(&s, side, commitment, &opened) == SV_OK;
            secret_free(opened);
        }
        if (opens > (choice < 2))
            broken("a box opened under a second key, so a question tests a set of guesses");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(two_readers_never_read_two_things),
        cmocka_unit_test(one_question_never_asks_for_two_keys),
        cmocka_unit_test(test_no_secret_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
