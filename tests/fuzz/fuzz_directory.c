/* SPDX-License-Identifier: ISC */
/*
 * The directory of slots. Whatever is counted without a fault can be read entry by
 * entry, each label can be shown, and an entry put twice is put once.
 */
#include "base/text.h"
#include "domain/directory.h"
#include "fuzz.h"

static void check_entry(const struct secret *dir, uint32_t number)
{
    DIRECTORY_ENTRY_OWNED struct directory_entry e = {0}, twice = {0};
    SECRET_OWNED struct secret *next = NULL, *same = NULL, *again = NULL;
    struct sv_err err = {""};
    uint32_t before = 0, after = 0;
    enum sv_status st = fuzz_told_missing(directory_get(dir, number, &e, &err), &err);

    CHECK(st == SV_OK || st == SV_MISSING);
    CHECK(directory_count(dir, &before, &err) == SV_OK);
    if (st == SV_OK) {
        CHECK(e.number == number);
        CHECK(text_is_utf8(e.label, strlen(e.label)));
        CHECK(!text_has_control(e.label, strlen(e.label)));
        CHECK(fuzz_told(directory_put(&same, dir, &e, &err), &err) == SV_OK);
        CHECK(directory_put(&again, same, &e, &err) == SV_OK && secret_equal(again, same));
        CHECK(directory_count(same, &after, &err) == SV_OK && after == before);
        return;
    }
    e.number = number;
    (void)snprintf(e.label, sizeof e.label, "new");
    if (fuzz_told(directory_put(&next, dir, &e, &err), &err) != SV_OK)
        return;
    CHECK(directory_count(next, &after, &err) == SV_OK);
    CHECK(after == before + 1);
    CHECK(directory_get(next, number, &twice, &err) == SV_OK);
    CHECK(strcmp(twice.label, "new") == 0);
}

static void take(const uint8_t *data, size_t size)
{
    SECRET_OWNED struct secret *dir = fuzz_secret(data, size);
    struct sv_err err = {""};
    uint32_t count = 0;

    fuzz_hush(data, size);
    if (fuzz_told(directory_count(dir, &count, &err), &err) != SV_OK)
        return;
    CHECK(count <= size / (4 + 1 + 1 + 32 + 32 + 8 + 2));
    check_entry(dir, 0);
    check_entry(dir, 1);
    check_entry(dir, size >= 6 ? le32_get(data + 2) : 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    take(data, size);
    return fuzz_end();
}
