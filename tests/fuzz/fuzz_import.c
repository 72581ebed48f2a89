/* SPDX-License-Identifier: ISC */
/*
 * A source of an import: the name of its row, a line feed, and the file; without a name that
 * there is, whatever it looks like. What is found can be stored or says why not, and whether
 * it can be told by its beginning never changes it.
 */
#include "base/text.h"
#include "fuzz.h"
#include "import/source.h"

static void check_text(const char *text)
{
    CHECK(text == NULL || (text[0] != '\0' && text_is_utf8(text, strlen(text)) &&
                           !text_has_control(text, strlen(text))));
}

static void check_found(const struct found *f, size_t len)
{
    PROFILE_OWNED struct profile again = {.name = NULL};
    const char *const keys[] = {"host", "username", "from"};
    const char *const values[] = {f->card.host, f->card.username, f->card.from};
    check_text(f->fault);
    CHECK(f->at <= len && f->len <= len - f->at);
    CHECK(f->card.name != NULL && profile_check_name(f->card.name, NULL) == SV_OK);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        CHECK(values[i] == NULL ||
              profile_set(&again, profile_field(keys[i]), values[i], NULL) == SV_OK);
    CHECK(f->card.tag_count <= PROFILE_TAGS_MAX && f->card.rotated >= 0);
    CHECK(f->fault != NULL || f->secret == NULL || profile_check_secret(f->secret, NULL) == SV_OK);
}

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
        check_found(&list.items[i], len);
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
