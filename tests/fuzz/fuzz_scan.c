/* SPDX-License-Identifier: ISC */
/*
 * Any text that scan looks at, and references in one. A finding is on a line that there is
 * and shows no more than a hint; a reference lies within the text.
 */
#include "format/reference.h"
#include "fuzz.h"
#include "scan/look.h"

struct seen {
    size_t lines;
};

static bool see(void *context, const struct scan_finding *f)
{
    struct seen *s = context;
    CHECK(f->line <= s->lines && f->kind != NULL);
    CHECK(strlen(f->hint) < sizeof f->hint && strlen(f->whose) < sizeof f->whose);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct filter words;
    struct seen s = {.lines = 1};
    const struct scan_found found = {see, &s};
    REFERENCE_LIST_OWNED struct reference_list list = {0};
    SECRET_OWNED struct secret *text = NULL;
    struct sv_err err = {""};

    fuzz_begin();
    CHECK(secret_copy(&text, data, size, NULL) == SV_OK);
    for (size_t i = 0; i < size; i++)
        s.lines += data[i] == '\n';
    scan_words(&words);
    (void)scan_is_worth_it(&words, "x", (const char *)data, size);
    CHECK(scan_look(&words, "x", text, &found));
    if (fuzz_told(reference_list_parse(&list, "the text", data, size, &err), &err) == SV_OK) {
        for (size_t i = 0; i < list.count; i++)
            CHECK(list.items[i].begin < list.items[i].end && list.items[i].end <= size);
    }
    secret_free(text);
    text = NULL;
    return fuzz_end();
}
