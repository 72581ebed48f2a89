/* SPDX-License-Identifier: ISC */
/*
 * smtpvault-store(5) is whole about tokens: the decoder, which knows only that page, opens their
 * rows as their holder does and as an administrator does.
 */
#include "members.h"
#include "token_fixture.h"

#include "base/env.h"
#include "base/file.h"

/* A key file proper: the decoder reads files. */
static void take_key_file(struct fixture *f)
{
    SECRET_OWNED struct secret *content = NULL, *hash = NULL;
    struct slot_credentials cred = {0};
    char path[160];

    must(keyfile_make(&content, &f->err));
    must(keyfile_hash(&hash, content, &f->err));
    cred.keyfile_hash = hash;
    must(vault_change_credentials(f->v, &cred, NULL, &f->err));
    snprintf(path, sizeof path, "%.63s/key", f->dir);
    must(file_create(path, secret_peek(content), secret_len(content), 0600, &f->err));
}

static void write_token(struct fixture *f, const struct secret *text)
{
    char path[160];

    snprintf(path, sizeof path, "%.63s/token", f->dir);
    must(file_replace(path, secret_peek(text), secret_len(text), 0600, &f->err));
}

/* The decoder's output, and whether it took the file. */
static bool decode(struct fixture *f, const char *options, char *out, size_t size)
{
    BLOB_OWNED struct blob b = {0};
    char command[512], path[160];
    int status;

    snprintf(
        command, sizeof command,
        "d=%.63s; PYTHONDONTWRITEBYTECODE=1 tests/decoder/decode.py --reveal %s $d/data/vault.db "
        ">$d/out 2>&1",
        f->dir, options);
    status = system(command);
    snprintf(path, sizeof path, "%.63s/out", f->dir);
    must(file_read_blob(path, size - 1, &b, &f->err));
    if (b.len)
        memcpy(out, b.bytes, b.len);
    out[b.len] = 0;
    return status == 0;
}

static void expect(struct fixture *f, const char *options, const char *const *words)
{
    static char out[65536];

    if (!decode(f, options, out, sizeof out))
        fail_msg("the decoder says: %s", out);
    for (; *words; words++)
        if (!strstr(out, *words))
            fail_msg("\"%s\" is not in: %s", *words, out);
}

/* Both tokens as their holder and as an administrator see them. */
static void expect_tokens(struct fixture *f, const struct secret *ci, int64_t until)
{
    static char out[65536];
    char end[64];

    snprintf(end, sizeof end, "\"until\": %lld", (long long)until);
    write_token(f, ci);
    expect(f, "--token $d/token",
           (const char *[]){"\"name\": \"house\"", "\"secret\": \"first\"", "\"name\": \"work\"",
                            "\"secret\": \"fourth\"", NULL});
    assert_true(decode(f, "--token $d/token", out, sizeof out));
    assert_null(strstr(out, "third"));
    expect(f, "--keyfile $d/key --state $d/state/*",
           (const char *[]){"{\"token\": {\"token\": 65536, \"profiles\": [\"house\", \"work\"], "
                            "\"label\": \"ci\"",
                            end, "{\"token\": {\"token\": 65537, \"profiles\": [\"work\"]",
                            "\"secret\": \"third\"", NULL});
}

static void the_decoder_opens_tokens(void **state)
{
    struct fixture fx, *f = &fx;
    int64_t until = env_now() + 86400;
    SECRET_OWNED struct secret *ci = NULL;
    PERSON_OWNED struct person ben = {0};
    static char out[65536];
    (void)state;

    fixture_begin(f);
    fixture_add(f, "home", "first");
    fixture_add(f, "work", "second");
    fixture_add(f, "shop", "third");
    take_key_file(f);
    must(token_try(f, "ci", "home work", until, &ci));
    SECRET_OWNED struct secret *cron = token_for(f, "cron", "work");
    assert_non_null(cron);
    token_edit(f, "work", "fourth");
    must(vault_rename(f->v, "home", "house", &f->err));
    expect_tokens(f, ci, until);
    SECRET_OWNED struct secret *limited = token_for_agent(f, "limited", "shop", 7);
    write_token(f, limited);
    assert_false(decode(f, "--token $d/token", out, sizeof out));
    assert_null(strstr(out, "third"));
    expect(f, "--keyfile $d/key",
           (const char *[]){"\"label\": \"limited\"", "\"most_uses\": 7", "\"agent\": 1", NULL});
    expect_tokens(f, ci, until);
    person_join(f, &ben, "ben", ROLE_READER);
    must(vault_member_remove(f->v, ben.slot, NULL, NULL, &f->err));
    expect_tokens(f, ci, until);
    must(vault_token_revoke(f->v, "ci", false, NULL, &f->err));
    assert_false(decode(f, "--token $d/token", out, sizeof out));
    assert_non_null(strstr(out, "no row of the token"));
    expect(f, "--keyfile $d/key", (const char *[]){"\"label\": \"cron\"", NULL});
    fixture_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_decoder_opens_tokens)};
    struct sv_err err;
    int failed;

    if (secret_process_harden(&err) != SV_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (secret_live() != 0) {
        fprintf(stderr, "%zu secrets are still alive\n", secret_live());
        return 1;
    }
    return failed;
}
