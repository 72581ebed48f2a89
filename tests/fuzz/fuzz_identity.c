/* SPDX-License-Identifier: ISC */
/*
 * An identity's public line and its file. Input: mode u8, then
 *   0: a line as it may have travelled;
 *   1: a file: its public part (the secret one asks for Argon2id);
 *   2: place u8, byte u8, a key 32, a comment: the line made of them is read back, and
 *      with one byte changed it is not.
 */
#include "base/text.h"
#include "crypto/identity.h"
#include "fuzz.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void take_line(const uint8_t *bytes, size_t len)
{
    FUZZ_OWNED char *exact = (char *)fuzz_copy(bytes, len);
    struct identity_public found;
    char line[IDENTITY_LINE_MAX + 1];
    struct sv_err err = {""};
    const char *at = exact;

    if (fuzz_told(identity_parse(&found, exact, len, &err), &err) != SV_OK)
        return;
    fuzz_check_text(found.comment);
    CHECK(fuzz_told(identity_check_comment(found.comment, &err), &err) == SV_OK);
    identity_line(line, &found);
    while (len > 0 && is_blank(at[len - 1]))
        len--;
    while (len > 0 && is_blank(*at))
        at++, len--;
    CHECK(strlen(line) == len && memcmp(line, at, len) == 0);
}

static void take_file(const uint8_t *bytes, size_t len)
{
    FUZZ_OWNED uint8_t *exact = fuzz_copy(bytes, len);
    struct identity_public found;
    char line[IDENTITY_LINE_MAX + 1];
    struct sv_err err = {""};

    if (fuzz_told(identity_file_public(&found, exact, len, &err), &err) != SV_OK)
        return;
    CHECK(len <= IDENTITY_FILE_MAX);
    identity_line(line, &found);
    CHECK(len > strlen(line) && memcmp(line, exact, strlen(line)) == 0);
    CHECK(exact[strlen(line)] == '\n' && exact[len - 1] == '\n');
}

static void take_key(struct buf_reader *in)
{
    struct identity_public made = {.comment = ""}, back;
    char line[IDENTITY_LINE_MAX + 1];
    struct sv_err err = {""};
    uint8_t at = buf_get_u8(in), byte = buf_get_u8(in);

    buf_get_bytes(in, made.pk, KEY_LEN);
    FUZZ_OWNED char *comment = fuzz_word(in);
    if (fuzz_told(identity_check_comment(comment, &err), &err) == SV_OK)
        (void)snprintf(made.comment, sizeof made.comment, "%s", comment);
    identity_line(line, &made);
    size_t len = strlen(line);
    if (fuzz_told(identity_parse(&back, line, len, &err), &err) != SV_OK)
        return;
    CHECK(memcmp(back.pk, made.pk, KEY_LEN) == 0 && strcmp(back.comment, made.comment) == 0);
    if ((uint8_t)line[at % len] == byte)
        return;
    line[at % len] = (char)byte;
    /* A blank at an end is dropped; what is left is a wrong line all the same. */
    CHECK(fuzz_told(identity_parse(&back, line, len, &err), &err) == SV_DATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    uint8_t mode = buf_get_u8(&in) % 3;
    if (mode == 0)
        take_line(in.at, in.left);
    else if (mode == 1)
        take_file(in.at, in.left);
    else
        take_key(&in);
    return fuzz_end();
}
