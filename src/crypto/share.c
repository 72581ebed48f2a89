/* SPDX-License-Identifier: ISC */
/* share: sets of shares, and their layout in words. */
#include "crypto/share.h"

#include <sodium.h>
#include <string.h>

#include "crypto/share_words.h"

#define SHARE_VERSION 1
#define AT_SET 1
#define AT_PIECE 3

_Static_assert(AT_PIECE + SHARE_WHOLE_LEN / 2 + SHARE_CHECK_WORDS == SHARE_WORDS,
               "a share is as share.h draws it");

void share_clear(struct share *share)
{
    secret_free(share->piece);
    share->piece = NULL;
}

enum sv_status share_split(struct share *shares, unsigned k, unsigned n, const struct secret *whole,
                           struct sv_err *err)
{
    struct secret *pieces[SHAMIR_MAX] = {NULL};
    uint32_t set = randombytes_random();

    if (k < 2 || k > n || n > SHAMIR_MAX)
        return sv_fail(err, SV_USAGE,
                       "shares are 2/2 to %d/%d: how many are needed, and of how many (3/5)",
                       SHAMIR_MAX, SHAMIR_MAX);
    enum sv_status status = shamir_split(pieces, k, n, whole, err);
    for (unsigned i = 0; status == SV_OK && i < n; i++)
        shares[i] = (struct share){.needed = (uint8_t)k,
                                   .count = (uint8_t)n,
                                   .index = (uint8_t)(i + 1),
                                   .set = set,
                                   .piece = pieces[i]};
    return status;
}

/* ---- one share and its words ---- */

enum sv_status share_write(struct secret **text, const struct share *share, struct sv_err *err)
{
    SHARE_WORDS_OWNED struct share_words w;
    const uint8_t *piece = secret_peek(share->piece);

    w.at[0] = (uint16_t)(SHARE_VERSION << 12 | (share->needed - 1) << 8 | (share->count - 1) << 4 |
                         (share->index - 1));
    w.at[AT_SET] = (uint16_t)(share->set >> 16);
    w.at[AT_SET + 1] = (uint16_t)share->set;
    for (size_t i = 0; i < SHARE_WHOLE_LEN / 2; i++)
        w.at[AT_PIECE + i] = (uint16_t)(piece[2 * i] << 8 | piece[2 * i + 1]);
    share_words_protect(&w);
    return share_words_write(text, &w, err);
}

static enum sv_status take(struct share *out, const struct share_words *w, struct sv_err *err)
{
    struct share found = {.needed = (uint8_t)((w->at[0] >> 8 & 15) + 1),
                          .count = (uint8_t)((w->at[0] >> 4 & 15) + 1),
                          .index = (uint8_t)((w->at[0] & 15) + 1),
                          .set = (uint32_t)w->at[AT_SET] << 16 | w->at[AT_SET + 1]};

    if (w->at[0] >> 12 != SHARE_VERSION || found.needed < 2 || found.needed > found.count ||
        found.index > found.count)
        return sv_fail(err, SV_DATA,
                       "its words are typed right, but this version of smtpvault does not know "
                       "this kind of share: update smtpvault");
    enum sv_status status = secret_new(&found.piece, SHARE_WHOLE_LEN, err);
    if (status != SV_OK)
        return status;
    secret_set_len(found.piece, SHARE_WHOLE_LEN);
    uint8_t *piece = secret_poke(found.piece);
    for (size_t i = 0; i < SHARE_WHOLE_LEN / 2; i++) {
        piece[2 * i] = (uint8_t)(w->at[AT_PIECE + i] >> 8);
        piece[2 * i + 1] = (uint8_t)w->at[AT_PIECE + i];
    }
    *out = found;
    return SV_OK;
}

enum sv_status share_read(struct share *out, const struct secret *text, struct sv_err *err)
{
    SHARE_WORDS_OWNED struct share_words w;
    enum sv_status status = share_words_read(&w, text, err);

    if (status == SV_OK)
        status = share_words_check(&w, err);
    return status == SV_OK ? take(out, &w, err) : status;
}

/* ---- a set ---- */

enum sv_status share_fits(const struct share *shares, size_t count, const struct share *next,
                          struct sv_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct share *other = &shares[i];
        if (other->set != next->set || other->needed != next->needed || other->count != next->count)
            return sv_fail(err, SV_DATA,
                           "share %zu is of set %08x, and share %zu of set %08x: only shares of "
                           "one set go together",
                           count + 1, next->set, i + 1, other->set);
        if (other->index == next->index)
            return sv_fail(err, SV_DATA,
                           "shares %zu and %zu are the same one (number %u of %u): give another "
                           "in its place",
                           i + 1, count + 1, next->index, next->count);
    }
    return SV_OK;
}

enum sv_status share_join(struct secret **whole, const struct share *shares, size_t count,
                          struct sv_err *err)
{
    struct shamir_piece pieces[SHAMIR_MAX];

    if (count == 0 || count > SHAMIR_MAX)
        return sv_fail(err, SV_DATA, "no share was given");
    for (size_t i = 0; i < count; i++) {
        enum sv_status status = share_fits(shares, i, &shares[i], err);
        if (status != SV_OK)
            return status;
        pieces[i] = (struct shamir_piece){.x = shares[i].index, .bytes = shares[i].piece};
    }
    if (count < shares[0].needed)
        return sv_fail(err, SV_DATA, "%u shares of set %08x are needed, and %zu %s given: find %s",
                       shares[0].needed, shares[0].set, count, count == 1 ? "was" : "were",
                       shares[0].needed - count == 1 ? "one more" : "more of them");
    return shamir_join(whole, pieces, shares[0].needed, err);
}
