/* SPDX-License-Identifier: ISC */
/*
 * What is kept of the dates for while the vault is locked. There is one text of the same dates,
 * and whatever is read can be listed, at any time.
 */
#include "domain/due_dates.h"
#include "fuzz.h"

static void list_all(const struct due_dates *dates)
{
    static const int64_t times[] = {0, 1, INT64_MAX};
    struct sv_err err = {""};

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        PROFILE_LIST_OWNED struct profile_list names = {0};
        DUE_LIST_OWNED struct due_list list = {0};
        const struct due_wish wish = {.now = times[i], .lead = -1, .horizon = INT64_MAX};
        CHECK(fuzz_told(due_dates_list(dates, &wish, &names, &list, &err), &err) == SV_OK);
        CHECK(names.count == dates->count && list.count <= dates->count);
        for (size_t k = 0; k < list.count; k++)
            fuzz_check_text(list.items[k].p->name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    BLOB_OWNED struct blob again = {0};
    DUE_DATES_OWNED struct due_dates dates = {0};
    struct sv_err err = {""};

    if (fuzz_told(due_dates_read(&dates, data, size, &err), &err) == SV_OK) {
        CHECK(fuzz_told(due_dates_write(&again, &dates, &err), &err) == SV_OK);
        CHECK(again.len == size && memcmp(again.bytes, data, size) == 0);
        list_all(&dates);
    }
    due_dates_clear(&dates);
    blob_clear(&again);
    return fuzz_end();
}
