/* SPDX-License-Identifier: ISC */
/*
 * A profile's folder: logins.json, a NUL, prefs.js, a NUL, what smtpvault-nss answered. The
 * second is read as profiles.ini as well. What is to be decrypted are two values for each login,
 * and whatever the answers are, what is found can be stored or says why not.
 */
#include "base/alloc.h"
#include "fuzz.h"
#include "fuzz_found.h"
#include "import/mozilla.h"

static void check_values(const struct secret *logins, bool *is_logins)
{
    BLOB_OWNED struct blob values = {0};
    struct sv_err err = {""};
    size_t aes = 0, count = 0, len;
    *is_logins = fuzz_told(mozilla_values("x", logins, &values, &aes, &err), &err) == SV_OK;
    struct buf_reader r = buf_reader_over(values.bytes, values.len);
    for (; r.left > 0 && !r.bad; count++)
        (void)buf_get_block(&r, SIZE_MAX, &len);
    CHECK(!r.bad && count % 2 == 0 && aes <= count);
}

static void check_profile(struct secret **logins, const char *prefs, size_t len,
                          const struct secret *plain)
{
    FOUND_LIST_OWNED struct found_list list = {.items = NULL};
    const struct import_profile profile = {
        .prefs = prefs, .prefs_len = len, .plain = plain, .why = "why not"};
    struct sv_err err = {""};
    enum sv_status s =
        import_take_profile(import_source_find("thunderbird"), "x", logins, &profile, &list, &err);
    CHECK(fuzz_told(s, &err) == SV_OK || list.count == 0);
    for (size_t i = 0; i < list.count; i++) {
        const struct found *f = &list.items[i];
        fuzz_check_found(f, 0); /* nothing of it is replaced */
        CHECK(f->card.kind != KIND_OAUTH2 || (f->secret == NULL && f->fault != NULL));
    }
}

static void check_ini(const char *text, size_t len)
{
    struct sv_err err = {""};
    char *path = NULL;
    enum sv_status s = mozilla_default_profile("x", text, len, &path, &err);
    CHECK((fuzz_told(s, &err) == SV_OK) == (path != NULL && path[0] != '\0'));
    sv_free(path);
}

/* Up to the next NUL. */
static size_t part(const uint8_t **at, size_t *left, const uint8_t **begin)
{
    const uint8_t *stop = *left > 0 ? memchr(*at, 0, *left) : NULL;
    size_t len = stop != NULL ? (size_t)(stop - *at) : *left, past = len + (stop != NULL);
    *begin = *at;
    *at = *left > 0 ? *at + past : *at;
    *left -= past;
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *logins_at, *prefs_at;
    fuzz_begin();
    size_t logins_len = part(&data, &size, &logins_at), prefs_len = part(&data, &size, &prefs_at);
    struct secret *logins = fuzz_secret(logins_at, logins_len), *plain = fuzz_secret(data, size);
    FUZZ_OWNED uint8_t *prefs = fuzz_copy(prefs_at, prefs_len);
    bool is_logins;
    check_values(logins, &is_logins);
    check_ini((const char *)prefs, prefs_len);
    if (is_logins) /* else nobody reads them */
        check_profile(&logins, (const char *)prefs, prefs_len, plain);
    secret_free(logins);
    secret_free(plain);
    return fuzz_end();
}
