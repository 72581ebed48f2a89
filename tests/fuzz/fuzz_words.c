/* SPDX-License-Identifier: ISC */
/*
 * A line of the shell command. What it is taken apart into can be quoted and is taken
 * apart into the same again; the unfinished form agrees with the whole one.
 */
#include "base/alloc.h"
#include "cli/words.h"
#include "fuzz.h"

static void check_quoted(const struct words *w)
{
    BLOB_OWNED struct blob line = {0};
    WORDS_OWNED struct words again = {.items = NULL};
    struct sv_err err = {""};

    for (size_t i = 0; i < w->count; i++) {
        SV_AUTOFREE char *quoted = words_quote(w->items[i], '\0');
        CHECK(quoted != NULL);
        CHECK(blob_append(&line, quoted, strlen(quoted)) && blob_append(&line, " ", 1));
    }
    CHECK(blob_append(&line, "", 1));
    CHECK(fuzz_told(words_split(&again, (const char *)line.bytes, &err), &err) == SV_OK);
    CHECK(again.count == w->count);
    for (size_t i = 0; i < w->count; i++)
        CHECK(strcmp(again.items[i], w->items[i]) == 0);
}

static void check_open(const char *line)
{
    WORDS_OWNED struct words before = {.items = NULL};
    struct words_tail tail = {.text = NULL};
    struct sv_err err = {""};

    CHECK(fuzz_told(words_split_open(&before, &tail, line, &err), &err) == SV_OK);
    CHECK(tail.text != NULL && tail.start <= strlen(line));
    for (size_t i = 0; line[i] != '\0'; i++)
        (void)words_is_quoted(line, i);
    sv_free(tail.text);
}

static void take(const char *line)
{
    WORDS_OWNED struct words w = {.items = NULL};
    struct sv_err err = {""};
    enum sv_status st = fuzz_told(words_split(&w, line, &err), &err);

    CHECK(st == SV_OK || st == SV_USAGE);
    if (st == SV_OK)
        check_quoted(&w);
    check_open(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    FUZZ_OWNED char *line = fuzz_string(data, size);
    take(line);
    return fuzz_end();
}
