/* SPDX-License-Identifier: ISC */
/*
 * The committing seals. Input: mode u8 (bit 0 sealed here, bit 1 to a public key,
 * bit 2 padded, bit 3 the padding is the input's own), place u16, xor u8, then box or
 * plaintext. What was sealed opens to the same bytes; anything else does not open.
 */
#include "crypto/seal.h"
#include "fuzz.h"

static const uint8_t key[KEY_LEN] = "the key of a box, for fuzzing..";
static const struct seal_context ctx = {
    .vault_id = "a vault's number", .epoch = 5, .kind = SEAL_CARD, .row = 9, .version = 2};

struct way {
    bool public;
    enum seal_padding padding;
    uint8_t pk[KEY_LEN];
};

static enum sv_status open_box(const struct way *way, const uint8_t *box, size_t len,
                               struct secret **plain)
{
    struct pkseal_reader reader = {key, way->pk};
    struct sv_err err = {""};

    return fuzz_told(way->public
                         ? pkseal_open(plain, &reader, NULL, &ctx, way->padding, box, len, &err)
                         : seal_open(plain, key, &ctx, way->padding, box, len, &err),
                     &err);
}

static void take_sealed(const struct way *way, bool own_padding, uint16_t at, uint8_t flip,
                        const uint8_t *plain, size_t len)
{
    /* With padding of its own the plaintext is sealed as it is and opened as padded. */
    struct way seal = *way;
    SECRET_OWNED struct secret *opened = NULL, *edited = NULL;

    if (own_padding)
        seal.padding = SEAL_EXACT;
    size_t box_len = way->public ? pkseal_len(seal.padding, len) : seal_len(seal.padding, len);
    FUZZ_OWNED uint8_t *box = malloc(box_len);
    CHECK(box != NULL);
    CHECK((way->public ? pkseal_box(box, way->pk, NULL, &ctx, seal.padding, plain, len, NULL)
                       : seal_box(box, key, &ctx, seal.padding, plain, len, NULL)) == SV_OK);
    if (own_padding && way->padding == SEAL_PADDED) {
        if (open_box(way, box, box_len, &opened) == SV_OK) {
            CHECK(secret_len(opened) < len);
            CHECK(seal_padded_len(SEAL_PADDED, secret_len(opened)) == len);
            CHECK(memcmp(secret_peek(opened), plain, secret_len(opened)) == 0);
        }
        return;
    }
    CHECK(open_box(&seal, box, box_len, &opened) == SV_OK);
    CHECK(fuzz_secret_is(opened, plain, len));
    if (flip == 0)
        return;
    box[at % box_len] ^= flip;
    /* X25519 ignores the top bit of a point; that the box's key is made of all its
     * bytes refuses it all the same. */
    CHECK(open_box(&seal, box, box_len, &edited) == SV_DATA);
    box[at % box_len] ^= flip;
    size_t cut = at % box_len;
    FUZZ_OWNED uint8_t *shorter = fuzz_copy(box, cut);
    CHECK(open_box(&seal, shorter, cut, &edited) == SV_DATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    SECRET_OWNED struct secret *never = NULL;
    struct way way;

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in);
    uint16_t at = buf_get_u16(&in);
    uint8_t flip = buf_get_u8(&in);
    size_t len;
    const uint8_t *bytes = fuzz_rest(&in, &len);
    way.public = (mode & 2) != 0;
    way.padding = (mode & 4) != 0 ? SEAL_PADDED : SEAL_EXACT;
    pkseal_public(way.pk, key);
    fuzz_hush(bytes, len);
    if ((mode & 1) != 0)
        take_sealed(&way, (mode & 8) != 0, at, flip, bytes, len);
    else
        CHECK(open_box(&way, bytes, len, &never) == SV_DATA);
    return fuzz_end();
}
