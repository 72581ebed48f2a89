/* SPDX-License-Identifier: ISC */
/*
 * What each format writes for one login, byte by byte, in tests/data/formats/NAME.txt: by
 * command and inline, for each way to the server; what it refuses, with a tame password, too.
 * GOLDEN=write writes these files anew, to be read before they are kept.
 */
#include "format_fixture.h"

#define FOLDER "tests/data/formats/"
#define WHOLE_MAX 32768

struct text {
    char bytes[WHOLE_MAX];
    size_t len;
};

static void add(struct text *t, const char *bytes, size_t len)
{
    assert_true(t->len + len < sizeof(t->bytes));
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
}

static const char *const secret = "a test's \"secret\" #1 \\ $HOME 50% p\xc3\xa4ss";
static const char *const tame = "tame";
static const struct {
    enum profile_tls tls;
    enum profile_auth auth;
    const char *name, *ca_file;
    const char *head;
} cases[] = {
    {TLS_STARTTLS, AUTH_AUTO, "work", NULL, "STARTTLS"},
    {TLS_IMPLICIT, AUTH_LOGIN, "my work", "/etc/ssl/our own.pem", "implicit TLS, LOGIN, a CA file"},
    {TLS_NONE, AUTH_PLAIN, "work", NULL, "no TLS, PLAIN"},
    {TLS_IMPLICIT, AUTH_XOAUTH2, "work", NULL, "implicit TLS, XOAUTH2"},
};

/* False: it is refused for a character of the password. */
static bool write_answer(struct text *t, const struct answer *a)
{
    assert_int_not_equal(a->status, SV_INTERNAL);
    if (a->status == SV_OK) {
        add(t, a->text, a->len);
    } else {
        add(t, "refused: ", 9);
        add(t, a->err.text, strlen(a->err.text));
        add(t, "\n", 1);
    }
    return a->status == SV_OK || !strstr(a->err.text, "this password");
}

static void write_all(struct text *t, const struct format *f)
{
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        struct profile p = ordinary();
        bool is_hook = i % 2 == 0;
        char head[128];

        if (is_hook ? !f->has_hook && !f->secretless : f->secretless) {
            continue;
        }
        p.name = (char *)(uintptr_t)cases[i / 2].name;
        p.tls = cases[i / 2].tls;
        p.port = p.tls == TLS_IMPLICIT ? 465 : 587;
        p.auth = cases[i / 2].auth;
        p.ca_file = (char *)(uintptr_t)cases[i / 2].ca_file;
        snprintf(head, sizeof(head), "== %s, %s\n", cases[i / 2].head,
                 f->secretless ? "no secret"
                 : is_hook     ? "the command"
                               : "inline");
        add(t, head, strlen(head));
        if (!write_answer(t, answer(f->name, &p, is_hook ? NULL : secret, strlen(secret)))) {
            write_answer(t, answer(f->name, &p, is_hook ? NULL : tame, strlen(tame)));
        }
    }
}

static void every_format_is_golden(void **state)
{
    static struct text got, want;
    const char *mode = getenv("GOLDEN");
    char path[256];

    (void)state;
    for (size_t i = 0; i < format_count; i++) {
        got.len = want.len = 0;
        write_all(&got, formats[i]);
        snprintf(path, sizeof(path), FOLDER "%s.txt", formats[i]->name);
        FILE *file = fopen(path, mode && strcmp(mode, "write") == 0 ? "w+" : "r");
        if (!file) {
            fail_msg("%s: there is no such file; GOLDEN=write writes it", path);
            return;
        }
        if (mode && strcmp(mode, "write") == 0) {
            assert_int_equal(fwrite(got.bytes, 1, got.len, file), got.len);
            rewind(file);
        }
        want.len = fread(want.bytes, 1, sizeof(want.bytes) - 1, file);
        want.bytes[want.len] = '\0';
        fclose(file);
        if (strcmp(got.bytes, want.bytes) != 0) {
            fail_msg("%s: it is written otherwise now:\n%s", path, got.bytes);
        }
    }
}

/* A row says what the functions need of it. */
static void every_row_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < format_count; i++) {
        const struct format *f = formats[i];

        assert_non_null(f->name);
        assert_non_null(f->title);
        assert_non_null(f->file);
        assert_true((f->layout != NULL) != (f->write != NULL));
        assert_true(!f->layout || f->quoting);
        assert_ptr_equal(format_find(f->name), f);
        assert_true((f->mode & 0133) == 0 && (f->secretless || (f->mode & 0137) == 0));
        assert_true(f->tls <= SAYS_ALL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_golden),
        cmocka_unit_test(every_row_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
