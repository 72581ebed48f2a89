/* SPDX-License-Identifier: ISC */
/*
 * The signed state. Input: mode u8, then
 *   0: a state as it may stand in a file;
 *   1: a core (cut or filled up with zeros): it is signed here with the test's key, so
 *      that what stands behind the signature is reached. Then place u16 and xor u8,
 *      taken from its end: an edited byte must not open.
 */
#include "crypto/keys.h"
#include "domain/state.h"
#include "fuzz.h"

#define VERIFY_PK_AT (8 + 1 + 16 + 8 + 8 + 4 * 32)

static const uint8_t sign_seed[32] = "a seed that signs, for fuzzing ";

/* One encoding: what opened seals to the same core again. */
static void check_core(const struct vault_state *s, const uint8_t *bytes, const uint8_t sk[64])
{
    static const uint8_t no_chain[32];
    uint8_t again[STATE_LEN], h[32];
    struct vault_state copy = *s;

    state_seal(again, h, &copy, no_chain, sk);
    CHECK(memcmp(again, bytes, STATE_CORE_LEN) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);
    uint8_t bytes[STATE_LEN] = {0}, pk[32], sk[64];
    struct vault_state s;
    struct sv_err err = {""};

    fuzz_begin();
    (void)crypto_sign_seed_keypair(pk, sk, sign_seed);
    if (buf_get_u8(&in) % 2 == 0) {
        if (fuzz_told(state_open(&s, in.at, in.left, &err), &err) == SV_OK)
            check_core(&s, in.at, sk);
        return fuzz_end();
    }
    size_t len;
    const uint8_t *core = fuzz_rest(&in, &len);
    uint32_t tail = len >= 4 ? le32_get(core + len - 4) : 0;
    memcpy(bytes, core, len < STATE_CORE_LEN + 32 ? len : STATE_CORE_LEN + 32);
    memcpy(bytes + VERIFY_PK_AT, pk, sizeof pk);
    sign_message(bytes + STATE_CORE_LEN + 32, sk, "state", bytes, STATE_CORE_LEN + 32);
    if (fuzz_told(state_open(&s, bytes, sizeof bytes, &err), &err) == SV_OK) {
        check_core(&s, bytes, sk);
        CHECK(s.epoch > 0 && s.seq > 0 && s.seq <= INT64_MAX);
        FUZZ_OWNED uint8_t *edited = fuzz_copy(bytes, sizeof bytes);
        edited[(tail & 0xffff) % sizeof bytes] ^= (uint8_t)(tail >> 16 | 1);
        CHECK(fuzz_told(state_open(&s, edited, sizeof bytes, &err), &err) == SV_DATA);
    }
    return fuzz_end();
}
