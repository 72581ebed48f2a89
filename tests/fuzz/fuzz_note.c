/* SPDX-License-Identifier: ISC */
/*
 * Checkpoint notes and consistency proofs. Input: mode u8, then
 *   0: notes as they may stand in a witness file, read one after another without a key;
 *      and with one: none is signed by it;
 *   1: a size u64, a root 32, place u16, byte u8: the note is signed and read back; with
 *      one byte changed it is refused, or its signed text is the same;
 *   2: two sizes u64, two roots 32, how many nodes u8, nodes 32 each: no proof of these
 *      is one, but between equal sizes and roots.
 */
#include "audit/consistency.h"
#include "audit/note.h"
#include "crypto/hash.h"
#include "fuzz.h"

#define NOTES_MAX 64

static const uint8_t vault_id[16] = "a vault's number";
static const uint8_t key[KEY_LEN] = "the secret half of an audit key";

static void take_notes(const uint8_t *bytes, size_t len)
{
    FUZZ_OWNED char *exact = (char *)fuzz_copy(bytes, len);
    SECRET_OWNED struct secret *keys = fuzz_secret(key, sizeof key);
    const char *at = exact, *end = exact + len, *before = at;
    struct audit_note note;
    struct sv_err err = {""};

    fuzz_hush(key, sizeof key);
    for (int i = 0; i < NOTES_MAX && at < end; i++) {
        before = at;
        if (fuzz_told(audit_note_next(&note, &at, end, vault_id, NULL, &err), &err) != SV_OK)
            break;
        CHECK(at > before && at <= end);
        CHECK(note.text == before && note.len <= (size_t)(at - before));
        char text[AUDIT_NOTE_MAX_LEN];
        CHECK(audit_note_text(text, vault_id, &note.mark) == note.len);
        CHECK(memcmp(text, note.text, note.len) == 0);
    }
    at = exact;
    if (at < end &&
        fuzz_told(audit_note_next(&note, &at, end, vault_id, keys, &err), &err) == SV_OK)
        CHECK(at <= end);
}

static void take_mark(struct buf_reader *in)
{
    SECRET_OWNED struct secret *keys = fuzz_secret(key, sizeof key);
    struct audit_mark mark = {.log_id = "a log's number.."};
    char text[AUDIT_NOTE_MAX_LEN];
    struct audit_note note;
    struct sv_err err = {""};

    mark.size = buf_get_u64(in) & INT64_MAX;
    buf_get_bytes(in, mark.root, sizeof mark.root);
    uint16_t place = buf_get_u16(in);
    uint8_t byte = buf_get_u8(in);
    size_t len = audit_note_sign(text, vault_id, &mark, keys);
    CHECK(len < sizeof text);
    FUZZ_OWNED char *exact = (char *)fuzz_copy(text, len);
    const char *at = exact;
    CHECK(fuzz_told(audit_note_next(&note, &at, exact + len, vault_id, keys, &err), &err) == SV_OK);
    CHECK(at == exact + len && memcmp(&note.mark, &mark, sizeof mark) == 0);
    if ((uint8_t)exact[place % len] == byte)
        return;
    exact[place % len] = (char)byte;
    at = exact;
    if (fuzz_told(audit_note_next(&note, &at, exact + len, vault_id, keys, &err), &err) == SV_OK)
        CHECK(memcmp(note.text, text, note.len) == 0 &&
              memcmp(&note.mark, &mark, sizeof mark) == 0);
}

static void take_proof(struct buf_reader *in)
{
    struct audit_consistency proof = {.from = buf_get_u64(in), .to = buf_get_u64(in)};
    uint8_t from_root[MERKLE_LEN], to_root[MERKLE_LEN];

    buf_get_bytes(in, from_root, sizeof from_root);
    buf_get_bytes(in, to_root, sizeof to_root);
    proof.count = buf_get_u8(in);
    for (size_t i = 0; i < proof.count && i < CONSISTENCY_MAX; i++)
        buf_get_bytes(in, proof.nodes[i], MERKLE_LEN);
    bool same =
        proof.from == proof.to && proof.count == 0 && memcmp(from_root, to_root, MERKLE_LEN) == 0;
    CHECK(audit_consistency_holds(&proof, from_root, to_root) == same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in) % 3;
    if (mode == 0)
        take_notes(in.at, in.left);
    else if (mode == 1)
        take_mark(&in);
    else
        take_proof(&in);
    return fuzz_end();
}
