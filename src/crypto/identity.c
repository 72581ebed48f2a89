/* SPDX-License-Identifier: ISC */
/* identity: key pairs, and the line that travels. */
#include "crypto/identity.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "crypto/seal.h"

static const char prefix[] = "smtpvault-identity-1 ";
#define PREFIX_LEN (sizeof prefix - 1)
static const char secret_prefix[] = "smtpvault-identity-secret-";

#define CODE_BYTES (KEY_LEN + 4)
_Static_assert(CODE_BYTES % 3 == 0 && CODE_BYTES / 3 * 4 == IDENTITY_CODE_LEN,
               "the code needs no padding");
_Static_assert(PREFIX_LEN + IDENTITY_CODE_LEN + 1 + IDENTITY_COMMENT_MAX == IDENTITY_LINE_MAX,
               "the line is as the header says");

/* CRC-32 (ISO 3309, the polynomial reflected), of bytes after those that gave `crc`. */
static uint32_t crc32_more(uint32_t crc, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
    }
    return ~crc;
}

/* The key comes last: the character that holds its end and the check's beginning is
 * then one run of bits to the CRC. */
static uint32_t check_of(const struct identity_public *identity)
{
    uint32_t crc = crc32_more(0, identity->comment, strlen(identity->comment));

    return crc32_more(crc, identity->pk, KEY_LEN);
}

static bool comment_is_good(const char *comment, size_t len)
{
    return len <= IDENTITY_COMMENT_MAX && text_is_utf8(comment, len) &&
           !text_has_control(comment, len) &&
           (len == 0 || (comment[0] != ' ' && comment[len - 1] != ' '));
}

enum sv_status identity_check_comment(const char *comment, struct sv_err *err)
{
    if (comment_is_good(comment, strlen(comment)))
        return SV_OK;
    return sv_fail(err, SV_USAGE,
                   "a comment is one line of at most %d bytes of UTF-8, without control characters "
                   "and without blanks at its ends",
                   IDENTITY_COMMENT_MAX);
}

void identity_line(char dst[IDENTITY_LINE_MAX + 1], const struct identity_public *identity)
{
    uint8_t code[CODE_BYTES];
    size_t comment_len = strlen(identity->comment);

    memcpy(code, identity->pk, KEY_LEN);
    le32_put(code + KEY_LEN, check_of(identity));
    memcpy(dst, prefix, PREFIX_LEN);
    dst += PREFIX_LEN;
    (void)sodium_bin2base64(dst, IDENTITY_CODE_LEN + 1, code, sizeof code,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    dst += IDENTITY_CODE_LEN;
    if (comment_len > 0)
        *dst++ = ' ';
    memcpy(dst, identity->comment, comment_len + 1);
}

/* ---- reading ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum sv_status fail_check(struct sv_err *err)
{
    return sv_fail(err, SV_DATA,
                   "the identity line does not agree with its own checksum, so a character of it "
                   "was lost or changed on the way: ask its owner for the line again, whole");
}

/* What is no key: points of small order (RFC 7748 section 6.1), which would share zero with
 * everybody, and a second spelling of a key. */
static bool is_usable(const uint8_t pk[KEY_LEN])
{
    uint8_t some[KEY_LEN] = {1}, shared[KEY_LEN];

    return (pk[KEY_LEN - 1] & 0x80) == 0 && crypto_scalarmult(shared, some, pk) == 0;
}

static enum sv_status fail_prefix(const char *text, size_t len, struct sv_err *err)
{
    size_t secret_len = sizeof secret_prefix - 1;

    if (len >= secret_len && memcmp(text, secret_prefix, secret_len) == 0)
        return sv_fail(err, SV_DATA,
                       "this is the secret part of an identity, which its owner gives to nobody: "
                       "take the line that begins with \"%s\"",
                       prefix);
    return sv_fail(err, SV_DATA,
                   "this is no identity line: it is one line that begins with \"%s\" (\"smtpvault "
                   "member identity\" prints it)",
                   prefix);
}

static enum sv_status parse_code(struct identity_public *out, const char *code, struct sv_err *err)
{
    uint8_t bytes[CODE_BYTES];
    char again[IDENTITY_CODE_LEN + 1];
    size_t len = 0;

    if (sodium_base642bin(bytes, sizeof bytes, code, IDENTITY_CODE_LEN, NULL, &len, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        len != CODE_BYTES)
        return fail_check(err);
    /* libsodium takes some bytes above 0x7f for letters: only its own spelling counts. */
    (void)sodium_bin2base64(again, sizeof again, bytes, sizeof bytes,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (memcmp(again, code, IDENTITY_CODE_LEN) != 0)
        return fail_check(err);
    memcpy(out->pk, bytes, KEY_LEN);
    if (le32_get(bytes + KEY_LEN) != check_of(out))
        return fail_check(err);
    if (!is_usable(out->pk))
        return sv_fail(err, SV_DATA,
                       "the identity line holds no usable key: its owner makes one with "
                       "\"smtpvault member identity\"");
    return SV_OK;
}

enum sv_status identity_parse(struct identity_public *out, const char *text, size_t len,
                              struct sv_err *err)
{
    struct identity_public found = {.comment = ""};

    while (len > 0 && is_blank(text[len - 1]))
        len--;
    while (len > 0 && is_blank(*text))
        text++, len--;
    if (len < PREFIX_LEN || memcmp(text, prefix, PREFIX_LEN) != 0)
        return fail_prefix(text, len, err);
    if (memchr(text, '\n', len) != NULL)
        return sv_fail(err, SV_DATA,
                       "this is more than one line: an identity's public line, and nothing else, "
                       "is what an administrator needs");
    text += PREFIX_LEN;
    len -= PREFIX_LEN;
    if (len < IDENTITY_CODE_LEN)
        return fail_check(err);
    const char *comment = text + IDENTITY_CODE_LEN;
    size_t comment_len = len - IDENTITY_CODE_LEN;
    if (comment_len > 0) {
        if (*comment++ != ' ' || !comment_is_good(comment, --comment_len))
            return fail_check(err);
        memcpy(found.comment, comment, comment_len);
    }
    enum sv_status status = parse_code(&found, text, err);
    if (status == SV_OK)
        *out = found;
    return status;
}

/* ---- making ---- */

enum sv_status identity_make(struct secret **secret_key, struct identity_public *out,
                             const char *comment, struct sv_err *err)
{
    struct secret *key = NULL;
    enum sv_status status = secret_new(&key, KEY_LEN, err);

    if (status != SV_OK)
        return status;
    secret_set_len(key, KEY_LEN);
    randombytes_buf(secret_poke(key), KEY_LEN);
    *out = (struct identity_public){.comment = ""};
    memcpy(out->comment, comment, strlen(comment));
    pkseal_public(out->pk, secret_peek(key));
    *secret_key = key;
    return SV_OK;
}
