/* SPDX-License-Identifier: ISC */
/*
 * A key slot. Input: mode u8, then
 *   0: a slot as it may stand in a file;
 *   1: place u16, xor u8, role u8, a bundle: the slot is made with the test's key file
 *      and opened; with one byte edited it must not.
 */
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

static void take_sealed(struct buf_reader *in)
{
    SECRET_OWNED struct secret *hash = fuzz_secret(key, sizeof key);
    const struct slot_credentials cred = {.keyfile_hash = hash};
    const struct argon2_cost none = {0};
    SECRET_OWNED struct secret *bundle = NULL, *edited = NULL;
    BLOB_OWNED struct blob slot = {0};
    struct slot_public pub;
    struct sv_err err = {""};
    uint16_t at = buf_get_u16(in);
    uint8_t flip = buf_get_u8(in), role = buf_get_u8(in);
    size_t len;
    const uint8_t *plain = fuzz_rest(in, &len);

    fuzz_hush(plain, len);
    if (fuzz_told(
            slot_make(&slot, &place, SLOT_KEYFILE, role, &none, &cred, plain, len, &pub, &err),
            &err) != SV_OK)
        return;
    CHECK(slot.len <= SLOT_MAX_LEN);
    CHECK(fuzz_told(slot_open(&bundle, NULL, slot.bytes, slot.len, &place, &cred, &err), &err) ==
          SV_OK);
    CHECK(fuzz_secret_is(bundle, plain, len));
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
    if (buf_get_u8(&in) % 2 == 0)
        take_raw(in.at, in.left);
    else
        take_sealed(&in);
    return fuzz_end();
}
