/* SPDX-License-Identifier: ISC */
/*
 * A recovery share as words. Input: mode u8, then
 *   0: words as somebody types them: what is read is written as the same words;
 *   1: k u8, n u8, which of them u32 bits, words to spoil u8 (0, 1 or 2), then for each
 *      word u8, letter u8, other u8, then a secret: split, written, read and joined.
 *      Fewer than k are refused; a share with one or two wrong words is never read.
 */
#include "crypto/share.h"
#include "fuzz.h"

static void take_words(const uint8_t *bytes, size_t len)
{
    SECRET_OWNED struct secret *text = fuzz_secret(bytes, len), *again = NULL, *same = NULL;
    SHARE_OWNED struct share share = {.piece = NULL}, twice = {.piece = NULL};
    struct sv_err err = {""};

    fuzz_hush(bytes, len);
    if (fuzz_told(share_read(&share, text, &err), &err) != SV_OK)
        return;
    CHECK(share.needed >= 2 && share.needed <= share.count && share.count <= SHAMIR_MAX);
    CHECK(share.index >= 1 && share.index <= share.count);
    CHECK(secret_len(share.piece) == SHARE_WHOLE_LEN);
    CHECK(fuzz_told(share_write(&again, &share, &err), &err) == SV_OK);
    CHECK(secret_len(again) == SHARE_TEXT_LEN);
    CHECK(fuzz_told(share_read(&twice, again, &err), &err) == SV_OK);
    CHECK(share_write(&same, &twice, &err) == SV_OK && secret_equal(same, again));
}

/* Another letter of its kind in its place; false when it is the same one. */
static bool spoil(char *text, struct buf_reader *in)
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";
    size_t at = buf_get_u8(in) % SHARE_WORDS * 6 + buf_get_u8(in) % 5;
    bool vowel = at % 6 % 2 == 1;
    char other = vowel ? vowels[buf_get_u8(in) % 4] : consonants[buf_get_u8(in) % 16];
    bool changed = text[at] != other;

    text[at] = other;
    return changed;
}

static void read_spoilt(const struct share *share, struct buf_reader *in)
{
    SECRET_OWNED struct secret *text = NULL, *wrong = NULL;
    SHARE_OWNED struct share back = {.piece = NULL};
    struct sv_err err = {""};
    char words[SHARE_TEXT_LEN];
    unsigned count = buf_get_u8(in) % 3;
    bool changed = false;

    CHECK(share_write(&text, share, &err) == SV_OK);
    memcpy(words, secret_peek(text), sizeof words);
    for (unsigned i = 0; i < count; i++)
        changed = spoil(words, in) || changed;
    changed = changed && memcmp(words, secret_peek(text), sizeof words) != 0;
    wrong = fuzz_secret(words, sizeof words);
    CHECK(fuzz_told(share_read(&back, wrong, &err), &err) == (changed ? SV_DATA : SV_OK));
}

struct set {
    struct share shares[SHAMIR_MAX];
};

static void set_clear(struct set *set)
{
    for (size_t i = 0; i < SHAMIR_MAX; i++)
        share_clear(&set->shares[i]);
}

static void take_secret(struct buf_reader *in)
{
    __attribute__((cleanup(set_clear))) struct set set = {0};
    struct share *shares = set.shares;
    SECRET_OWNED struct secret *whole = NULL, *joined = NULL;
    struct share some[SHAMIR_MAX];
    struct sv_err err = {""};
    uint8_t bytes[SHARE_WHOLE_LEN];
    unsigned k = buf_get_u8(in) % 20, n = buf_get_u8(in) % 20, count = 0;
    uint32_t which = buf_get_u32(in);
    struct buf_reader spoiling = *in;

    buf_get_bytes(in, bytes, sizeof bytes);
    whole = fuzz_secret(bytes, sizeof bytes);
    enum sv_status st = fuzz_told(share_split(shares, k, n, whole, &err), &err);
    CHECK((st == SV_OK) == (k >= 2 && k <= n && n <= SHAMIR_MAX));
    if (st != SV_OK)
        return;
    for (unsigned i = 0; i < n; i++)
        if ((which >> i & 1) != 0) {
            CHECK(fuzz_told(share_fits(some, count, &shares[i], &err), &err) == SV_OK);
            some[count++] = shares[i];
        }
    st = fuzz_told(share_join(&joined, some, count, &err), &err);
    CHECK((st == SV_OK) == (count >= k));
    CHECK(st != SV_OK || secret_equal(joined, whole));
    if (count > 0)
        CHECK(fuzz_told(share_fits(some, count, &some[0], &err), &err) == SV_DATA);
    read_spoilt(&shares[which % n], &spoiling);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    if (buf_get_u8(&in) % 2 == 0)
        take_words(in.at, in.left);
    else
        take_secret(&in);
    return fuzz_end();
}
