/* SPDX-License-Identifier: ISC */
#include "rotator/mask.h"

#include <sodium.h>
#include <string.h>

#include "base/alloc.h"

/* Shorter forms would match by chance; the bytes themselves are masked at any length. */
#define FORM_MIN 6
#define FORMS 11 /* of one secret */

struct form {
    size_t at, len;
};

struct mask {
    struct secret *bytes; /* all forms, one behind the other */
    struct form *forms;
    size_t count;
};

void mask_free(struct mask *mask)
{
    if (mask == NULL)
        return;
    secret_free(mask->bytes);
    sv_free(mask->forms);
    sv_free(mask);
}

void mask_free_cleanup(struct mask **slot)
{
    mask_free(*slot);
}

/* What was appended since `at` is one more form. */
static void close_form(struct mask *m, size_t at, size_t least)
{
    size_t len = secret_len(m->bytes) - at;
    if (len >= least)
        m->forms[m->count++] = (struct form){at, len};
}

static void append(struct mask *m, const void *bytes, size_t len)
{
    (void)!secret_append(m->bytes, bytes, len, NULL); /* there is room: room_for */
}

/* The digits that the secret alone decides, `before` bytes behind the beginning of three. */
static enum sv_status add_base64(struct mask *m, const struct secret *secret, size_t before,
                                 int variant, struct sv_err *err)
{
    SECRET_OWNED struct secret *plain = NULL;
    SECRET_OWNED struct secret *digits = NULL;
    size_t len = before + secret_len(secret), at = secret_len(m->bytes);
    size_t room = sodium_base64_encoded_len(len, variant);
    size_t first = (before * 8 + 5) / 6, end = len * 8 / 6;
    enum sv_status s = secret_new(&plain, len, err);
    if (s == SV_OK)
        s = secret_append(plain, "\0\0", before, err);
    if (s == SV_OK)
        s = secret_append(plain, secret_peek(secret), secret_len(secret), err);
    if (s == SV_OK)
        s = secret_new(&digits, room, err);
    if (s != SV_OK)
        return s;
    char *text = (char *)secret_poke(digits);
    sodium_bin2base64(text, room, secret_peek(plain), len, variant);
    append(m, text + first, end > first ? end - first : 0);
    close_form(m, at, FORM_MIN);
    return SV_OK;
}

static void add_hex(struct mask *m, const struct secret *secret, const char *digits)
{
    const uint8_t *bytes = secret_peek(secret);
    size_t at = secret_len(m->bytes);
    for (size_t i = 0; i < secret_len(secret); i++) {
        append(m, &digits[bytes[i] >> 4], 1);
        append(m, &digits[bytes[i] & 15], 1);
    }
    close_form(m, at, FORM_MIN);
}

static bool is_plain_in_url(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           memchr("-._~", c, 4) != NULL;
}

static void add_url(struct mask *m, const struct secret *secret, const char *digits)
{
    const uint8_t *bytes = secret_peek(secret);
    size_t at = secret_len(m->bytes);
    for (size_t i = 0; i < secret_len(secret); i++) {
        if (is_plain_in_url(bytes[i])) {
            append(m, &bytes[i], 1);
            continue;
        }
        append(m, "%", 1);
        append(m, &digits[bytes[i] >> 4], 1);
        append(m, &digits[bytes[i] & 15], 1);
    }
    close_form(m, at, FORM_MIN);
}

static void add_json(struct mask *m, const struct secret *secret)
{
    const uint8_t *bytes = secret_peek(secret);
    size_t at = secret_len(m->bytes);
    for (size_t i = 0; i < secret_len(secret); i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            append(m, "\\", 1);
        append(m, &bytes[i], 1);
    }
    close_form(m, at, FORM_MIN);
}

static enum sv_status add(struct mask *m, const struct secret *secret, struct sv_err *err)
{
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    size_t at = secret_len(m->bytes);
    enum sv_status s = SV_OK;
    append(m, secret_peek(secret), secret_len(secret));
    close_form(m, at, 1);
    for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++)
        for (size_t before = 0; s == SV_OK && before < 3; before++)
            s = add_base64(m, secret, before, variants[v], err);
    add_hex(m, secret, lower);
    add_hex(m, secret, upper);
    add_url(m, secret, upper);
    add_json(m, secret);
    return s;
}

/* 1 plain, 6 of base64 with 4/3 and a little, 2 of hex, 3 in a URL, 2 in JSON. */
static size_t room_for(const struct secret *secret)
{
    return secret_len(secret) * (1 + 8 + 4 + 3 + 2) + 64;
}

enum sv_status mask_new(struct mask **out, const struct secret *const *secrets, size_t count,
                        struct sv_err *err)
{
    MASK_OWNED struct mask *m = sv_alloc(sizeof *m);
    size_t room = 0;
    if (m == NULL || (m->forms = sv_alloc_array(count * FORMS + 1, sizeof *m->forms)) == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < count; i++)
        room += secrets[i] != NULL ? room_for(secrets[i]) : 0;
    enum sv_status s = secret_new(&m->bytes, room, err);
    for (size_t i = 0; s == SV_OK && i < count; i++)
        if (secrets[i] != NULL)
            s = add(m, secrets[i], err);
    if (s != SV_OK)
        return s;
    *out = m;
    m = NULL;
    return SV_OK;
}

static void mark(const struct mask *m, const uint8_t *bytes, size_t len, bool *hidden)
{
    for (size_t i = 0; i < m->count; i++) {
        const uint8_t *form = secret_peek(m->bytes) + m->forms[i].at, *end = bytes + len;
        size_t n = m->forms[i].len;
        for (const uint8_t *at = bytes; (at = memmem(at, (size_t)(end - at), form, n)) != NULL;
             at++)
            memset(hidden + (at - bytes), true, n);
    }
}

enum sv_status mask_apply(const struct mask *mask, const void *bytes, size_t len, struct blob *out,
                          struct sv_err *err)
{
    SV_AUTOFREE bool *hidden = sv_alloc(len + 1);
    const uint8_t *from = bytes;
    if (hidden == NULL)
        return sv_fail_nomem(err);
    mark(mask, from, len, hidden);
    for (size_t at = 0; at < len;) {
        size_t end = at + 1;
        while (end < len && hidden[end] == hidden[at])
            end++;
        bool put = hidden[at] ? blob_append(out, MASK_WORDS, strlen(MASK_WORDS))
                              : blob_append(out, from + at, end - at);
        if (!put)
            return sv_fail_nomem(err);
        at = end;
    }
    return SV_OK;
}
