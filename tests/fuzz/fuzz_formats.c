/* SPDX-License-Identifier: ISC */
/*
 * A login on its way into other tools' files. Input: format u8, then a word for each
 * of name, host, user, from, and the secret. A value is written or refused with words
 * that do not repeat the secret; with or without it nothing crashes.
 */
#include "base/alloc.h"
#include "domain/profile.h"
#include "fuzz.h"
#include "tool/format.h"

static bool set(struct profile *p, const char *key, struct buf_reader *in)
{
    FUZZ_OWNED char *value = fuzz_word(in);
    struct sv_err err = {""};

    return fuzz_told(profile_set(p, profile_field(key), value, &err), &err) == SV_OK;
}

static void write_it(const struct format *f, const struct profile *p, const struct secret *secret)
{
    struct format_input in[2] = {{.profile = p, .secret = secret, .program = "smtpvault"},
                                 {.profile = p, .secret = secret, .program = "smtpvault"}};
    SINK_OWNED struct sink *one = sink_new(true), *two = sink_new(true);
    struct sv_err err = {""};

    CHECK(one != NULL && two != NULL);
    enum sv_status st = fuzz_told(format_write(f, one, in, 1, &err), &err);
    CHECK(st == SV_OK || st == SV_DATA || st == SV_USAGE);
    enum sv_status both = fuzz_told(format_write(f, two, in, 2, &err), &err);
    CHECK(both == SV_OK || both == SV_DATA || both == SV_USAGE);
    CHECK(both != SV_OK || st == SV_OK);
}

static void take(struct buf_reader *in)
{
    PROFILE_OWNED struct profile p = {.name = NULL, .port = 587, .tls = TLS_STARTTLS};
    const struct format *f = formats[buf_get_u8(in) % format_count];
    bool whole = set(&p, "name", in);

    whole = set(&p, "host", in) && whole;
    whole = set(&p, "username", in) && whole;
    whole = set(&p, "from", in) && whole;
    size_t len;
    const uint8_t *bytes = fuzz_rest(in, &len);
    FUZZ_OWNED uint8_t *exact = fuzz_copy(bytes, len);
    SECRET_OWNED struct secret *secret = fuzz_secret(exact, len);
    if (p.name == NULL || p.host == NULL)
        return;
    (void)whole;
    fuzz_hush(exact, len);
    if (profile_check_secret(secret, NULL) == SV_OK)
        write_it(f, &p, secret);
    write_it(f, &p, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf_reader in = buf_reader_over(data, size);

    fuzz_begin();
    take(&in);
    return fuzz_end();
}
