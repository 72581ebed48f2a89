/* SPDX-License-Identifier: ISC */
#include "audit/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/note.h"

#define ORIGIN_START "smtpvault/"
#define DASH "\xe2\x80\x94 "
#define DASH_LEN 4

void audit_note_origin(char out[AUDIT_ORIGIN_MAX], const uint8_t vault_id[16],
                       const uint8_t log_id[16])
{
    char vault[33], log[33];

    (void)snprintf(out, AUDIT_ORIGIN_MAX, ORIGIN_START "%s/%s", text_hex(vault, vault_id, 16),
                   text_hex(log, log_id, 16));
}

size_t audit_note_text(char out[AUDIT_NOTE_MAX_LEN], const uint8_t vault_id[16],
                       const struct audit_mark *mark)
{
    char origin[AUDIT_ORIGIN_MAX], root[NOTE_BASE64_32];

    audit_note_origin(origin, vault_id, mark->log_id);
    note_hash_text(root, mark->root);
    return (size_t)snprintf(out, AUDIT_NOTE_MAX_LEN, "%s\n%" PRIu64 "\n%s\n", origin, mark->size,
                            root);
}

size_t audit_note_sign(char out[AUDIT_NOTE_MAX_LEN], const uint8_t vault_id[16],
                       const struct audit_mark *mark, const struct secret *keys)
{
    char origin[AUDIT_ORIGIN_MAX], signature[NOTE_SIGNATURE_TEXT];
    size_t len = audit_note_text(out, vault_id, mark);

    audit_note_origin(origin, vault_id, mark->log_id);
    note_sign(signature, secret_peek(keys), origin, out, len);
    return len + (size_t)snprintf(out + len, AUDIT_NOTE_MAX_LEN - len, "\n" DASH "%s %s\n", origin,
                                  signature);
}

void audit_note_key(char out[AUDIT_NOTE_MAX_LEN], const uint8_t vault_id[16],
                    const uint8_t log_id[16], const struct secret *keys)
{
    char origin[AUDIT_ORIGIN_MAX], text[NOTE_KEY_TEXT], id[2 * NOTE_ID_LEN + 1];
    struct note_key key;

    audit_note_origin(origin, vault_id, log_id);
    note_key_of(&key, secret_peek(keys), origin);
    note_key_text(text, &key);
    (void)snprintf(out, AUDIT_NOTE_MAX_LEN, "%s+%s+%s", origin, text_hex(id, key.id, sizeof key.id),
                   text);
}

/* ---- reading ---- */

struct line {
    const char *at;
    size_t len;
};

/* Takes a line off; false when there is none that ends. */
static bool take_line(struct line *line, const char **at, const char *end)
{
    const char *feed = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;

    if (feed == NULL)
        return false;
    *line = (struct line){*at, (size_t)(feed - *at)};
    *at = feed + 1;
    return true;
}

static bool starts(const struct line *line, const char *with, size_t len)
{
    return line->len >= len && memcmp(line->at, with, len) == 0;
}

static enum sv_status fail_form(struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "it is not a checkpoint of a log of smtpvault");
}

static bool parse_id(uint8_t id[16], const char *hex)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 32; i++) {
        const char *digit = memchr(digits, hex[i], 16);
        if (digit == NULL)
            return false;
        id[i / 2] = (uint8_t)(id[i / 2] << 4 | (digit - digits));
    }
    return true;
}

static bool parse_origin(struct audit_mark *mark, const struct line *line,
                         const uint8_t vault_id[16])
{
    char expected[AUDIT_ORIGIN_MAX];
    uint8_t log_id[16] = {0};

    audit_note_origin(expected, vault_id, log_id);
    if (line->len != strlen(expected) ||
        memcmp(line->at, expected, line->len - 2 * sizeof log_id) != 0 ||
        !parse_id(log_id, line->at + line->len - 2 * sizeof log_id))
        return false;
    memcpy(mark->log_id, log_id, sizeof log_id);
    return true;
}

static bool parse_size(uint64_t *size, const struct line *line)
{
    char text[24];

    if (line->len == 0 || line->len >= sizeof text || (line->at[0] == '0' && line->len > 1))
        return false;
    memcpy(text, line->at, line->len);
    text[line->len] = '\0';
    return text_parse_u64(text, 0, INT64_MAX, size);
}

/* What the line says to one of the keys. */
static enum note_verdict judge(const struct audit_note *note, const struct line *line,
                               const char *origin, const struct secret *keys)
{
    size_t name = strlen(origin), skip = DASH_LEN + name + 1;

    if (line->len < skip || memcmp(line->at + DASH_LEN, origin, name) != 0 ||
        line->at[skip - 1] != ' ')
        return NOTE_FOREIGN;
    for (size_t k = 0; k < secret_len(keys); k += KEY_LEN) {
        struct note_key key;
        note_key_of(&key, secret_peek(keys) + k, origin);
        enum note_verdict v =
            note_verify(&key, line->at + skip, line->len - skip, note->text, note->len);
        if (v != NOTE_FOREIGN)
            return v;
    }
    return NOTE_FOREIGN;
}

static enum sv_status check_signatures(const struct audit_note *note, const char **at,
                                       const char *end, const uint8_t vault_id[16],
                                       const struct secret *keys, struct sv_err *err)
{
    char origin[AUDIT_ORIGIN_MAX];
    struct line line;
    bool good = keys == NULL, any = false;

    audit_note_origin(origin, vault_id, note->mark.log_id);
    for (const char *next = *at; take_line(&line, &next, end) && starts(&line, DASH, DASH_LEN);
         *at = next) {
        enum note_verdict v = keys != NULL ? judge(note, &line, origin, keys) : NOTE_FOREIGN;
        any = true;
        if (v == NOTE_BAD)
            return sv_fail(err, SV_DATA, "its signature is not of the key that it names");
        good |= v == NOTE_GOOD;
    }
    if (!any)
        return fail_form(err);
    return good ? SV_OK
                : sv_fail(err, SV_DATA,
                          "no signature on it is of a key that this vault had and you know");
}

enum sv_status audit_note_next(struct audit_note *note, const char **at, const char *end,
                               const uint8_t vault_id[16], const struct secret *keys,
                               struct sv_err *err)
{
    struct audit_note n = {.text = *at};
    struct line origin, size, root, blank;

    if (!take_line(&origin, at, end) || !take_line(&size, at, end) || !take_line(&root, at, end))
        return fail_form(err);
    n.len = (size_t)(*at - n.text);
    if (!take_line(&blank, at, end) || blank.len != 0 || !starts(&origin, ORIGIN_START, 10) ||
        !parse_size(&n.mark.size, &size) || !note_hash_parse(n.mark.root, root.at, root.len))
        return fail_form(err);
    if (!parse_origin(&n.mark, &origin, vault_id))
        return sv_fail(err, SV_DATA, "it is a checkpoint of another vault");
    enum sv_status st = check_signatures(&n, at, end, vault_id, keys, err);
    if (st != SV_OK)
        return st;
    if (*at < end && **at == '\n')
        (*at)++;
    *note = n;
    return SV_OK;
}
