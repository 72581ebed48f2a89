/* SPDX-License-Identifier: ISC */
/*
 * What a person may write into a field. Input: pairs of a field u8 and a word. A
 * value that is taken can be stored: the card of the profile opens to the same card
 * again, and no rule that took it lets a control character through.
 */
#include "base/text.h"
#include "domain/profile.h"
#include "fuzz.h"

static void check_stored(const struct profile *p)
{
    SECRET_OWNED struct secret *card = NULL, *again = NULL;
    PROFILE_OWNED struct profile back = {.name = NULL};
    struct sv_err err = {""};

    CHECK(fuzz_told(profile_encode(&card, p, &err), &err) == SV_OK);
    CHECK(fuzz_told(profile_decode(&back, secret_peek(card), secret_len(card), &err), &err) ==
          SV_OK);
    CHECK(fuzz_told(profile_encode(&again, &back, &err), &err) == SV_OK);
    CHECK(secret_equal(card, again));
    enum sv_status st = fuzz_told(profile_check(&back, false, &err), &err);
    CHECK(st == SV_OK || st == SV_USAGE);
}

static void check_plain(const char *text)
{
    if (text != NULL)
        CHECK(text[0] != '\0' && !text_has_control(text, strlen(text)));
}

static void take(struct buf_reader *in)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct sv_err err = {""};

    for (int i = 0; i < 64 && in->left > 0; i++) {
        const struct field *f = &profile_fields[buf_get_u8(in) % profile_field_count];
        FUZZ_OWNED char *value = fuzz_word(in);
        enum sv_status st = f->type == FT_TAGS && (i & 1) != 0
                                ? fuzz_told(profile_add_tag(&p, value, &err), &err)
                                : fuzz_told(profile_set(&p, f, value, &err), &err);
        CHECK(st == SV_OK || st == SV_USAGE);
        CHECK(p.tag_count <= PROFILE_TAGS_MAX);
    }
    check_plain(p.name);
    check_plain(p.host);
    check_plain(p.username);
    check_plain(p.from);
    if (p.name != NULL)
        check_stored(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    take(&in);
    return fuzz_end();
}
