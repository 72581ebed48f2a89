/* SPDX-License-Identifier: ISC */
/*
 * The content of an audit entry. Input: mode u8, then
 *   0: a TLV: one encoding;
 *   1: numbers and texts of an event: what is encoded fits, decodes, and encodes to
 *      the same bytes again; profile and token are never cut.
 */
#include "audit/entry.h"
#include "base/text.h"
#include "fuzz.h"

static void take_bytes(const uint8_t *bytes, size_t len)
{
    struct audit_event e;
    uint8_t again[AUDIT_ENTRY_MAX];
    struct sv_err err = {""};

    if (fuzz_told(audit_entry_decode(&e, bytes, len, &err), &err) != SV_OK)
        return;
    CHECK(len <= AUDIT_ENTRY_MAX);
    CHECK(audit_entry_encode(again, &e) == len);
    CHECK(memcmp(again, bytes, len) == 0);
    (void)audit_op_word(e.op), (void)audit_result_word(e.result), (void)audit_via_word(e.via);
}

static void take_text(struct buf_reader *in, char *dst, size_t capacity)
{
    FUZZ_OWNED char *word = fuzz_word(in);

    (void)snprintf(dst, capacity, "%s", word);
}

/* There as it was, or not at all. */
static void take_extra(const char *back, const char *text)
{
    CHECK(back[0] == '\0' || strcmp(back, text) == 0);
}

static void take_event(struct buf_reader *in)
{
    struct audit_event e = {0}, back;
    uint8_t bytes[AUDIT_ENTRY_MAX], again[AUDIT_ENTRY_MAX];
    struct sv_err err = {""};

    e.op = buf_get_u8(in);
    e.result = buf_get_u8(in);
    e.via = buf_get_u8(in);
    e.time = (int64_t)buf_get_u64(in);
    e.boottime = (int64_t)buf_get_u64(in);
    e.caller.uid = buf_get_u32(in);
    e.caller.pid = buf_get_u32(in);
    e.version = buf_get_u64(in);
    e.begun = buf_get_u64(in);
    take_text(in, e.profile, sizeof e.profile);
    take_text(in, e.token, sizeof e.token);
    take_text(in, e.note, sizeof e.note);
    take_text(in, e.caller.exe, sizeof e.caller.exe);
    take_text(in, e.caller.parent, sizeof e.caller.parent);
    take_text(in, e.caller.unit, sizeof e.caller.unit);
    take_text(in, e.caller.cwd, sizeof e.caller.cwd);
    take_text(in, e.caller.tty, sizeof e.caller.tty);
    take_text(in, e.caller.package, sizeof e.caller.package);
    take_text(in, e.caller.script, sizeof e.caller.script);
    e.caller.exe_hashed = buf_get_u8(in) % 2;
    le64_put(e.caller.exe_hash, buf_get_u64(in));
    size_t len = audit_entry_encode(bytes, &e);
    CHECK(len >= 1 && len <= AUDIT_ENTRY_MAX);
    CHECK(fuzz_told(audit_entry_decode(&back, bytes, len, &err), &err) == SV_OK);
    CHECK(audit_entry_encode(again, &back) == len && memcmp(again, bytes, len) == 0);
    CHECK(strcmp(back.profile, e.profile) == 0 && strcmp(back.token, e.token) == 0);
    CHECK(back.time == e.time && back.begun == e.begun && back.version == e.version);
    take_extra(back.caller.tty, e.caller.tty);
    take_extra(back.caller.package, e.caller.package);
    take_extra(back.caller.script, e.caller.script);
    CHECK(!back.caller.exe_hashed || memcmp(back.caller.exe_hash, e.caller.exe_hash, 8) == 0);
    CHECK(back.op == e.op && back.result == e.result && back.via == e.via);
    /* A cut never makes UTF-8 of a text into something else. */
    if (text_is_utf8(e.note, strlen(e.note)))
        CHECK(text_is_utf8(back.note, strlen(back.note)));
    if (text_is_utf8(e.caller.cwd, strlen(e.caller.cwd)))
        CHECK(text_is_utf8(back.caller.cwd, strlen(back.caller.cwd)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    if (buf_get_u8(&in) % 2 == 0)
        take_bytes(in.at, in.left);
    else
        take_event(&in);
    return fuzz_end();
}
