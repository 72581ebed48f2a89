/* SPDX-License-Identifier: ISC */
/*
 * The JSON writer. A string that it writes is read back here, by RFC 8259 section 7,
 * and must be the same; one that is not UTF-8 is refused.
 */
#include "base/text.h"
#include "format/json.h"
#include "fuzz.h"

static unsigned hex4(const uint8_t *at)
{
    unsigned v = 0;

    for (int i = 0; i < 4; i++) {
        CHECK((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f') ||
              (at[i] >= 'A' && at[i] <= 'F'));
        v = v * 16 + (unsigned)(at[i] <= '9' ? at[i] - '0' : (at[i] | 0x20) - 'a' + 10);
    }
    return v;
}

/* Takes one escape; every escape of ours stands for a byte below 0x80, or for a
 * character of the basic plane. Returns how many bytes of `want` it stands for. */
static size_t take_escape(const uint8_t *text, size_t left, size_t *used, const uint8_t *want,
                          size_t want_left)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    uint32_t c = 0;

    CHECK(left >= 2);
    const char *letter = memchr(letters, text[1], sizeof letters - 1);
    *used = letter != NULL ? 2 : 6;
    CHECK(letter != NULL || (text[1] == 'u' && left >= 6));
    size_t n = text_decode(want, want_left, &c);
    CHECK(n > 0);
    CHECK(c == (letter != NULL ? (uint32_t)(uint8_t)means[letter - letters] : hex4(text + 2)));
    return n;
}

static void check_string(const uint8_t *text, size_t len, const uint8_t *want, size_t want_len)
{
    size_t at = 1, done = 0;

    CHECK(len >= 2 && text[0] == '"' && text[len - 1] == '"');
    while (at < len - 1) {
        size_t used = 1, stands = 1;
        CHECK(text[at] >= 0x20 && text[at] != '"');
        if (text[at] == '\\')
            stands = take_escape(text + at, len - 1 - at, &used, want + done, want_len - done);
        else
            CHECK(done < want_len && text[at] == want[done]);
        at += used;
        done += stands;
    }
    CHECK(done == want_len);
}

static void take(const uint8_t *data, size_t size)
{
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *text = NULL;
    struct sv_err err = {""};
    struct json j;

    CHECK(out != NULL);
    json_begin(&j, out);
    json_string_n(&j, (const char *)data, size);
    enum sv_status st = fuzz_told(json_end(&j, &err), &err);
    CHECK((st == SV_OK) == text_is_utf8(data, size));
    if (st != SV_OK)
        return;
    CHECK(sink_to_secret(out, &text, &err) == SV_OK);
    size_t len = secret_len(text);
    if (len > 0 && secret_peek(text)[len - 1] == '\n')
        len--;
    check_string(secret_peek(text), len, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    FUZZ_OWNED uint8_t *exact = fuzz_copy(data, size);
    take(exact, size);
    return fuzz_end();
}
