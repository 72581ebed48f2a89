/* SPDX-License-Identifier: ISC */
/* fuzz_found: what holds for each login that a source gives, whatever it was made of. */
#ifndef TESTS_FUZZ_FUZZ_FOUND_H
#define TESTS_FUZZ_FUZZ_FOUND_H

#include "base/text.h"
#include "fuzz.h"
#include "import/found.h"

static inline void fuzz_found_text(const char *text)
{
    CHECK(text == NULL || (text[0] != '\0' && text_is_utf8(text, strlen(text)) &&
                           !text_has_control(text, strlen(text))));
}

static inline void fuzz_check_found(const struct found *f, size_t len)
{
    PROFILE_OWNED struct profile again = {.name = NULL};
    const char *const keys[] = {"host", "username", "from"};
    const char *const values[] = {f->card.host, f->card.username, f->card.from};
    fuzz_found_text(f->fault);
    CHECK(f->at <= len && f->len <= len - f->at);
    CHECK(f->card.name != NULL && profile_check_name(f->card.name, NULL) == SV_OK);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        CHECK(values[i] == NULL ||
              profile_set(&again, profile_field(keys[i]), values[i], NULL) == SV_OK);
    CHECK(f->card.tag_count <= PROFILE_TAGS_MAX && f->card.rotated >= 0);
    CHECK(f->fault != NULL || f->secret == NULL || profile_check_secret(f->secret, NULL) == SV_OK);
}

#endif
