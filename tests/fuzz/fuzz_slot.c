/* SPDX-License-Identifier: ISC */
/*
 * A key slot. Input: mode u8, then
 *   0: a slot as it may stand in a file;
 *   1, 2, 3: place u16, xor u8, role u8, a bundle: the slot is made with the test's key
 *      file, identity or recovery secret and opened; with one byte edited it must not. Sealed
 *      anew with the directory's keys it opens to the other bundle.
 */
#include "crypto/seal.h"
#include "crypto/slot.h"
#include "fuzz.h"

static const uint8_t key[KEY_LEN] = "a key file's hash, for fuzzing ";
static const struct slot_place place = {.vault_id = "a vault's number", .epoch = 3, .number = 7};

static void take_raw(const uint8_t *bytes, size_t len)
{
    SECRET_OWNED struct secret *hash = fuzz_secret(key, sizeof key);
    const struct slot_credentials cred = {.keyfile_hash = hash};
    SECRET_OWNED struct secret *bundle = NULL;
    struct slot_head head;
    struct sv_err err = {""};

    if (fuzz_told(slot_read_head(&head, bytes, len, &err), &err) != SV_OK)
        return;
    CHECK(len <= SLOT_MAX_LEN);
    CHECK(head.role >= ROLE_ADMIN && head.role <= ROLE_TOKEN);
    CHECK(argon2_cost_check(&head.cost, NULL) == SV_OK || head.cost.memory_kib == 0);
    /* Nobody has sealed to this key here. Argon2 is not asked: a slot of that kind
     * does not accept a key file alone. */
    enum sv_status st = fuzz_told(slot_open(&bundle, NULL, bytes, len, &place, &cred, &err), &err);
    CHECK(st == SV_DENIED || st == SV_DATA);
}

static void check_resealed(const struct blob *slot, const struct slot_public *pub,
                           const struct slot_credentials *cred)
{
    static const char other[] = "another bundle of another epoch";
    SECRET_OWNED struct secret *bundle = NULL;
    struct slot_place later = place;
    BLOB_OWNED struct blob again = {0};
    struct sv_err err = {""};

    later.epoch++;
    CHECK(fuzz_told(
              slot_reseal(&again, slot->bytes, slot->len, &later, pub, other, sizeof other, &err),
              &err) == SV_OK);
    CHECK(slot_open(&bundle, NULL, again.bytes, again.len, &later, cred, &err) == SV_OK);
    CHECK(fuzz_secret_is(bundle, other, sizeof other));
}

/* Opens with them, and is made with them. */
struct ways {
    enum slot_type type;
    struct slot_credentials open, make;
    struct secret *secret;
    uint8_t pk[KEY_LEN];
};

static void ways_clear(struct ways *w)
{
    secret_free(w->secret);
}
#define WAYS_OWNED __attribute__((cleanup(ways_clear)))

static void ways_init(struct ways *w, uint8_t mode)
{
    static const enum slot_type types[] = {SLOT_KEYFILE, SLOT_IDENTITY, SLOT_RECOVERY};

    *w = (struct ways){.type = types[mode - 1], .secret = fuzz_secret(key, sizeof key)};
    pkseal_public(w->pk, key);
    if (w->type == SLOT_KEYFILE)
        w->open.keyfile_hash = w->secret;
    else if (w->type == SLOT_RECOVERY)
        w->open.recovery = w->secret;
    else
        w->open.identity = w->secret;
    w->make = w->open;
    if (w->type == SLOT_IDENTITY)
        w->make = (struct slot_credentials){.identity_pk = w->pk};
}

static void take_sealed(struct buf_reader *in, uint8_t mode)
{
    WAYS_OWNED struct ways ways;
    const struct argon2_cost none = {0};
    SECRET_OWNED struct secret *bundle = NULL, *edited = NULL;
    BLOB_OWNED struct blob slot = {0};
    struct slot_public pub;
    struct sv_err err = {""};

    ways_init(&ways, mode);
    const struct slot_credentials cred = ways.open;
    uint16_t at = buf_get_u16(in);
    uint8_t flip = buf_get_u8(in), role = buf_get_u8(in);
    size_t len;
    const uint8_t *plain = fuzz_rest(in, &len);

    fuzz_hush(plain, len);
    if (fuzz_told(
            slot_make(&slot, &place, ways.type, role, &none, &ways.make, plain, len, &pub, &err),
            &err) != SV_OK)
        return;
    CHECK(slot.len <= SLOT_MAX_LEN);
    CHECK(fuzz_told(slot_open(&bundle, NULL, slot.bytes, slot.len, &place, &cred, &err), &err) ==
          SV_OK);
    CHECK(fuzz_secret_is(bundle, plain, len));
    check_resealed(&slot, &pub, &cred);
    if (flip == 0)
        return;
    FUZZ_OWNED uint8_t *copy = fuzz_copy(slot.bytes, slot.len);
    copy[at % slot.len] ^= flip;
    enum sv_status st =
        fuzz_told(slot_open(&edited, NULL, copy, slot.len, &place, &cred, &err), &err);
    CHECK(st == SV_DENIED || st == SV_DATA);
    size_t cut = at % slot.len;
    FUZZ_OWNED uint8_t *shorter = fuzz_copy(slot.bytes, cut);
    CHECK(fuzz_told(slot_open(&edited, NULL, shorter, cut, &place, &cred, &err), &err) == SV_DATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in) % 4;
    if (mode == 0)
        take_raw(in.at, in.left);
    else
        take_sealed(&in, mode);
    return fuzz_end();
}
