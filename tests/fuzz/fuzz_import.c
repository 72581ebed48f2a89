/* SPDX-License-Identifier: ISC */
/*
 * A source of an import: the name of its row, a line feed, and the file; without a name that
 * there is, whatever it looks like. What is found can be stored or says why not, and whether
 * it can be told by its beginning never changes it.
 */
#include "fuzz.h"
#include "fuzz_found.h"
#include "import/source.h"

static void read_source(const struct import_source *source, const uint8_t *text, size_t len)
{
    FOUND_LIST_OWNED struct found_list list = {.items = NULL};
    struct secret *bytes = fuzz_secret(text, len);
    struct sv_err err = {""};
    enum sv_status s = import_read(source, "the file", bytes, &list, &err);
    CHECK(fuzz_secret_is(bytes, text, len));
    secret_free(bytes);
    if (fuzz_told(s, &err) != SV_OK) {
        CHECK(list.items == NULL && list.count == 0);
        return;
    }
    CHECK(list.count <= FOUND_MAX);
    for (size_t i = 0; i < list.count; i++)
        fuzz_check_found(&list.items[i], len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = size > 0 ? memchr(data, '\n', size) : NULL;
    fuzz_begin();
    if (feed == NULL)
        return fuzz_end();
    size_t len = size - (size_t)(feed + 1 - data);
    FUZZ_OWNED char *name = fuzz_string(data, (size_t)(feed - data));
    FUZZ_OWNED uint8_t *text = fuzz_copy(feed + 1, len);
    const struct import_source *source = import_source_find(name);
    if (source == NULL)
        source = import_guess(name, (const char *)text, len, NULL);
    if (source != NULL)
        read_source(source, text, len);
    (void)import_foreign(name, text, len);
    (void)import_entry_is_mail(name);
    return fuzz_end();
}
