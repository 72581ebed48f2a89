/* SPDX-License-Identifier: ISC */
/*
 * The grants of a card, and their words. What decodes encodes to the same bytes; a decision
 * about any caller comes with a grant of the list, and can be told.
 */
#include "domain/grant.h"
#include "fuzz.h"

/* The rest of the input names the caller. */
static void caller_from(struct caller *c, const uint8_t *data, size_t size)
{
    size_t len = size < sizeof c->exe ? size : sizeof c->exe - 1;

    memset(c, 0, sizeof *c);
    memcpy(c->exe, data, len);
    memcpy(c->unit, data + size / 2, len / 2);
    memcpy(c->parent, data + size / 3, len / 3);
    c->uid = (uint32_t)size;
}

static void check_texts(const struct grants *list, const struct caller *c)
{
    char text[GRANT_SHOWN_MAX], note[GRANT_NOTE_MAX];
    struct sv_err err = {""};
    struct grant_verdict v;
    struct grant g;

    for (size_t i = 0; i < list->count; i++) {
        fuzz_check_text(grant_options(text, &list->items[i]));
        fuzz_check_text(grant_interpreter_text(text, &list->items[i]));
    }
    fuzz_check_text(grant_caller_text(text, c));
    (void)grant_of_caller(&g, c);
    CHECK(grant_check(&g, &err) == SV_OK);
    static const int64_t times[] = {0, 1000, 1800000000, INT64_C(1) << 40, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        grant_decide(list, c, times[i], NULL, &v);
        CHECK(v.grant >= list->items && v.grant < list->items + list->count);
        CHECK((v.answer == GRANT_NO) == (v.missing != GRANT_HOLDS));
        CHECK(!(v.grant->has & GRANT_MAX) || v.answer == GRANT_NO);
        fuzz_check_text(grant_note(note, &v));
        if (v.answer == GRANT_NO)
            CHECK(fuzz_told(grant_refuse("mail", c, &v, &err), &err) == SV_DENIED);
    }
}

static void check_list(const uint8_t *data, size_t size)
{
    GRANTS_OWNED struct grants list = {0};
    BLOB_OWNED struct blob again = {0};
    struct sv_err err = {""};
    struct caller c;

    if (fuzz_told(grants_decode(&list, data, size, &err), &err) != SV_OK)
        return;
    CHECK(fuzz_told(grants_encode(&again, &list, &err), &err) == SV_OK);
    CHECK(again.len == size && (size == 0 || memcmp(again.bytes, data, size) == 0));
    if (list.count == 0)
        return;
    caller_from(&c, data, size);
    check_texts(&list, &c);
}

/* A person's words: what is taken can be stored. */
static void check_words(const uint8_t *data, size_t size)
{
    GRANTS_OWNED struct grants list = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct grant g = {.has = GRANT_USER};
    struct sv_err err = {""};
    char word[64];

    memcpy(word, data, size < sizeof word ? size : sizeof word - 1);
    word[size < sizeof word ? size : sizeof word - 1] = '\0';
    (void)fuzz_told(grant_set_hours(&g, word, &err), &err);
    (void)fuzz_told(grant_set_max(&g, word, &err), &err);
    (void)fuzz_told(grant_set_unit(&g, word, &err), &err);
    (void)fuzz_told(grant_set_until(&g, word, 1000, &err), &err);
    CHECK(grants_add(&list, &g, &err) == SV_OK);
    CHECK(fuzz_told(grants_encode(&bytes, &list, &err), &err) == SV_OK);
    check_list(bytes.bytes, bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_begin();
    check_list(data, size);
    check_words(data, size);
    return fuzz_end();
}
