/* SPDX-License-Identifier: ISC */
/*
 * A file whose secrets give way to what asks the vault: a line of which logins (each byte's lowest
 * bit), the name of a source, and the file. A source without a hook has one of the test's here.
 * What comes of it is read as it should be, whoever changed it, and its diff can be shown.
 */
#include "adopt/adopt_file.h"
#include "fuzz.h"

static enum sv_status account(struct blob *out, const struct found *f, const struct import_ask *ask,
                              struct sv_err *err)
{
    (void)f;
    bool done = blob_append(out, "account \"", 9) &&
                blob_append(out, ask->command, strlen(ask->command)) && blob_append(out, "\"", 1);
    return done ? SV_OK : sv_fail_nomem(err);
}

static void check_change(const struct import_source *source, const struct adopted *a,
                         const struct secret *bytes, const struct import_ask *asks)
{
    FOUND_LIST_OWNED struct found_list now = {.items = NULL};
    struct sv_err err = {""};
    size_t len = secret_len(bytes), end = 0, at = 0;
    CHECK(import_read(source, "the file", a->text, &now, &err) == SV_OK);
    CHECK(now.count <= a->logins.count);
    for (size_t i = 0; i < a->count; i++) {
        CHECK(a->spots[i].at >= end && a->spots[i].len > 0);
        end = a->spots[i].at + a->spots[i].len;
        len += a->spots[i].text.len - a->spots[i].len;
    }
    CHECK(end <= secret_len(bytes) && len == secret_len(a->text));
    for (size_t i = 0; i < a->logins.count; i++) {
        const struct found *f = &a->logins.items[i];
        if (asks[i].name != NULL)
            continue;
        CHECK(at < now.count);
        while (strcmp(now.items[at].card.name, f->card.name) != 0)
            CHECK(++at < now.count);
        at++;
    }
}

static void show(const struct adopted *a, const struct secret *bytes)
{
    struct adopt_file file = {.file = {.path = (char *)"/home/ann/file"}, .change = *a};
    SINK_OWNED struct sink *out = sink_new(false);
    struct sv_err err = {""};
    CHECK(out != NULL &&
          secret_copy(&file.file.bytes, secret_peek(bytes), secret_len(bytes), &err) == SV_OK);
    CHECK(adopt_file_diff(&file, out, &err) == SV_OK);
    CHECK(a->count == 0 || sink_len(out) > strlen("--- /home/ann/file\n+++ /home/ann/file\n"));
    secret_free(file.file.bytes);
}

static void adopt(const struct import_source *source, const struct secret *bytes,
                  const struct found_list *found, const char *which)
{
    static const struct import_ask ask = {"work", "smtpvault get work",
                                          "smtpvault://work/password"};
    FUZZ_OWNED struct import_ask *asks = calloc(found->count + 1, sizeof *asks);
    ADOPTED_OWNED struct adopted a = {.count = 0};
    struct sv_err err = {""};
    size_t bits = strlen(which);
    CHECK(asks != NULL);
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].secret != NULL && found->items[i].len > 0 &&
            (bits == 0 || (which[i % bits] & 1) != 0))
            asks[i] = ask;
    enum sv_status s = adopt_make(&a, source, "the file", bytes, asks, found->count, &err);
    CHECK(s == SV_OK || s == SV_DATA);
    if (fuzz_told(s, &err) != SV_OK)
        return;
    check_change(source, &a, bytes, asks);
    show(&a, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = data + size, *first = size > 0 ? memchr(data, '\n', size) : NULL;
    const uint8_t *second =
        first != NULL ? memchr(first + 1, '\n', (size_t)(end - first - 1)) : NULL;
    fuzz_begin();
    if (second == NULL)
        return fuzz_end();
    FUZZ_OWNED char *which = fuzz_string(data, (size_t)(first - data));
    FUZZ_OWNED char *name = fuzz_string(first + 1, (size_t)(second - first - 1));
    const struct import_source *row = import_source_find(name);
    if (row == NULL || row->shape != IMPORT_TEXT)
        return fuzz_end();
    FOUND_LIST_OWNED struct found_list found = {.items = NULL};
    struct secret *bytes = fuzz_secret(second + 1, (size_t)(end - second - 1));
    struct import_source source = *row;
    struct sv_err err = {""};
    if (source.hook == NULL)
        source.hook = account;
    if (fuzz_told(import_read(&source, "the file", bytes, &found, &err), &err) == SV_OK)
        adopt(&source, bytes, &found, which);
    secret_free(bytes);
    found_list_clear(&found);
    return fuzz_end();
}
