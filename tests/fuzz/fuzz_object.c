/* SPDX-License-Identifier: ISC */
/*
 * A row of table obj. Input: mode u8, then
 *   0: a row as it may stand in a file: it opens with no key;
 *   1: place u16, xor u8, kind u8, version u64, card length u16, card, secret: sealed
 *      under the test's key and opened again, with the parsers behind; with one byte
 *      edited no part that holds it opens.
 *   2: the same boxes with a card length u32 of its own, and a box of any length.
 */
#include "crypto/seal.h"
#include "domain/object.h"
#include "domain/profile.h"
#include "fuzz.h"

#define ROW_ID 0x1122334455667788

static const struct object_space space = {.vault_id = "a vault's number", .epoch = 2};
static const uint8_t wrap_key[KEY_LEN] = "the key that wraps, for fuzzing";
static const uint8_t dek[KEY_LEN] = "the key of a profile, to fuzz..";

struct opened {
    struct secret *wrap, *card, *secret;
};

static void opened_clear(struct opened *o)
{
    secret_free(o->wrap);
    secret_free(o->card);
    secret_free(o->secret);
}
#define OPENED_OWNED __attribute__((cleanup(opened_clear)))

/* How many parts opened: wrap, then card and secret each for itself. */
static void open_all(struct opened *o, const uint8_t *row, size_t len)
{
    struct sv_err err = {""};

    if (fuzz_told(object_open_wrap(&o->wrap, &space, ROW_ID, wrap_key, row, len, &err), &err))
        return;
    (void)fuzz_told(object_open_card(&o->card, &space, ROW_ID, o->wrap, row, len, &err), &err);
    (void)fuzz_told(object_open_secret(&o->secret, &space, ROW_ID, o->wrap, row, len, &err), &err);
}

/* The parsers behind the seal. */
static void parse_parts(const struct opened *o)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *password = NULL;
    struct sv_err err = {""};

    if (o->card != NULL)
        (void)fuzz_told(profile_decode(&p, secret_peek(o->card), secret_len(o->card), &err), &err);
    if (o->secret != NULL)
        (void)fuzz_told(object_secret_decode(&password, o->secret, &err), &err);
}

static void take_raw(const uint8_t *row, size_t len)
{
    OPENED_OWNED struct opened o = {0};

    open_all(&o, row, len);
    CHECK(o.wrap == NULL);
}

/* Which of wrap, card, secret holds the byte at `at`: 0, 1, 2; 3 for those that no
 * box holds (E, and the length of the card, which moves both). */
static int part_of(size_t at, size_t card_len)
{
    if (at < 32)
        return -1;
    if (at < 32 + OBJECT_WRAP_LEN)
        return 0;
    if (at < OBJECT_HEAD_LEN)
        return 3;
    return at < OBJECT_HEAD_LEN + card_len ? 1 : 2;
}

static void edit_one(const struct blob *row, size_t at, uint8_t flip, size_t card_len)
{
    OPENED_OWNED struct opened o = {0};
    FUZZ_OWNED uint8_t *copy = fuzz_copy(row->bytes, row->len);
    int part = part_of(at, card_len);

    copy[at] ^= flip;
    open_all(&o, copy, row->len);
    CHECK((o.wrap != NULL) == (part != 0));
    CHECK((o.card != NULL) == (part == 2 || part == -1));
    CHECK((o.secret != NULL) == (part == 1 || part == -1));
}

static void take_sealed(struct buf_reader *in, bool lie)
{
    OPENED_OWNED struct opened o = {0};
    SECRET_OWNED struct secret *wrap = NULL, *card = NULL, *secret = NULL;
    BLOB_OWNED struct blob row = {0};
    struct sv_err err = {""};
    uint16_t at = buf_get_u16(in);
    uint8_t flip = buf_get_u8(in), kind = buf_get_u8(in);
    uint64_t version = buf_get_u64(in);
    uint32_t told = lie ? buf_get_u32(in) : 0;
    size_t card_len = buf_get_u16(in), secret_size;
    const uint8_t *card_bytes = fuzz_some(in, card_len, &card_len);
    const uint8_t *secret_bytes = fuzz_rest(in, &secret_size);

    card = fuzz_secret(card_bytes, card_len);
    secret = fuzz_secret(secret_bytes, secret_size);
    fuzz_hush(secret_bytes, secret_size);
    CHECK(object_wrap_new(&wrap, kind, version, dek, &err) == SV_OK);
    CHECK(fuzz_told(object_seal(&row, &space, ROW_ID, wrap_key, wrap, card, secret, &err), &err) ==
          SV_OK);
    /* A length of its own, or one near the one that takes all of the row. */
    if (lie)
        le32_put(row.bytes + 32 + OBJECT_WRAP_LEN,
                 told % 2 == 0 ? told
                               : (uint32_t)(row.len - OBJECT_HEAD_LEN) + (told >> 8) % 8 - 4);
    FUZZ_OWNED uint8_t *exact = fuzz_copy(row.bytes, row.len);
    open_all(&o, exact, row.len);
    parse_parts(&o);
    CHECK(o.wrap != NULL);
    CHECK(object_wrap_peek(o.wrap)->kind == kind && object_wrap_peek(o.wrap)->version == version);
    CHECK(memcmp(object_wrap_peek(o.wrap)->dek, dek, KEY_LEN) == 0);
    if (!lie)
        CHECK(secret_equal(o.card, card) && secret_equal(o.secret, secret));
    CHECK(o.card == NULL || secret_equal(o.card, card));
    CHECK(o.secret == NULL || secret_equal(o.secret, secret));
    if (!lie && flip != 0)
        edit_one(&row, at % row.len, flip, seal_len(SEAL_PADDED, card_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in) % 3;
    if (mode == 0)
        take_raw(in.at, in.left);
    else
        take_sealed(&in, mode == 2);
    return fuzz_end();
}
