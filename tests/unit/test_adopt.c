/* SPDX-License-Identifier: ISC */
/*
 * What asks the vault in the place of secrets: by netrc, where several stand in a line, and by a
 * source of the test's own, whose places can be shared, torn and lied about.
 */
#include "import_support.h"

#include "base/alloc.h"
#include "import/adopt.h"

/* ---- netrc, of which "account" is what asks ---- */

static enum sv_status account(struct blob *out, const struct found *f, const struct import_ask *ask,
                              struct sv_err *err)
{
    (void)f;
    bool done = blob_append(out, "account \"", 9) &&
                blob_append(out, ask->command, strlen(ask->command)) && blob_append(out, "\"", 1);
    return done ? SV_OK : sv_fail_nomem(err);
}

static struct import_source netrc(void)
{
    struct import_source s = *import_source_find("netrc");
    s.hook = account;
    return s;
}

static enum sv_status make(struct adopted *out, const struct import_source *source,
                           const char *text, const char *const *names, size_t count,
                           struct sv_err *err)
{
    SECRET_OWNED struct secret *bytes = NULL;
    struct import_ask asks[8] = {{NULL, NULL, NULL}};
    enum sv_status s = secret_copy(&bytes, text, strlen(text), err);
    for (size_t i = 0; i < count; i++)
        asks[i] = (struct import_ask){names[i], names[i], names[i]};
    return s ? s : adopt_make(out, source, "the file x", bytes, asks, count, err);
}

static void becomes(const struct import_source *source, const char *text, const char *const *names,
                    size_t count, const char *then)
{
    ADOPTED_OWNED struct adopted a = {.count = 0};
    struct sv_err err = {""};
    if (make(&a, source, text, names, count, &err) != SV_OK)
        fail_msg("%s: %s", text, err.text);
    assert_secret(a.text, then);
    assert_int_equal(a.logins.count, count);
}

static void is_refused(const struct import_source *source, const char *text,
                       const char *const *names, size_t count, enum sv_status status,
                       const char *says)
{
    ADOPTED_OWNED struct adopted a = {.count = 0};
    struct sv_err err = {""};
    enum sv_status s = make(&a, source, text, names, count, &err);
    if (s != status || !strstr(err.text, says))
        fail_msg("\"%s\": status %d, \"%s\"", text, s, err.text);
    assert_null(a.text);
    assert_null(strstr(err.text, "pw-"));
}

#define THREE                                                                              \
    "# mine\nmachine smtp.a.example login a password pw-a machine smtp.b.example login b " \
    "password \"pw-b \\\" x\" port 25\r\nmachine smtp.c.example\tpassword\n pw-c login c"

static void test_side_by_side(void **state)
{
    (void)state;
    struct import_source s = netrc();
    becomes(&s, THREE, (const char *[]){"a", "b", "c"}, 3,
            "# mine\nmachine smtp.a.example login a account \"a\" machine smtp.b.example login b "
            "account \"b\" port 25\r\nmachine smtp.c.example\taccount \"c\" login c");
    becomes(&s, THREE, (const char *[]){NULL, "a longer one than it was", NULL}, 3,
            "# mine\nmachine smtp.a.example login a password pw-a machine smtp.b.example login b "
            "account \"a longer one than it was\" port 25\r\nmachine smtp.c.example\tpassword\n "
            "pw-c login c");
    becomes(&s, THREE, (const char *[]){NULL, NULL, NULL}, 3, THREE);
    becomes(&s, "", NULL, 0, "");
    becomes(&s, "\xEF\xBB\xBFmachine smtp.a.example login a password pw-a\n", (const char *[]){"a"},
            1, "\xEF\xBB\xBFmachine smtp.a.example login a account \"a\"\n");
}

static void test_names(void **state)
{
    (void)state;
    struct import_source s = netrc();
    static const char text[] = "machine smtp.a.example login a password pw-a\n";
    becomes(&s, text, (const char *[]){"password x # \xC3\xA4 `id` $(id)"}, 1,
            "machine smtp.a.example login a account \"password x # \xC3\xA4 `id` $(id)\"\n");
    /* What breaks out of its quotes is seen when it is read again. */
    is_refused(&s, text, (const char *[]){"x\" password \"y"}, 1, SV_DATA, "still hold a secret");
    is_refused(&s, text, (const char *[]){"x\" login \"y"}, 1, SV_DATA, "get a login like");
    is_refused(&s, text, (const char *[]){"x\" machine smtp.b.example login \"b"}, 1, SV_DATA,
               "get a login like b");
    is_refused(&s, text, (const char *[]){"x\" nonsense \"b"}, 1, SV_DATA, "not be read any more");
    is_refused(&s, text, (const char *[]){"x\ny"}, 1, SV_INTERNAL, "one line");
    is_refused(&s, text, (const char *[]){"x\ry"}, 1, SV_INTERNAL, "one line");
    /* One that stays is another then. */
    is_refused(&s, THREE, (const char *[]){"x\" machine smtp.d.example login \"b", NULL, NULL}, 3,
               SV_DATA, "the file x would");
}

/* An earlier one is all that is left then, and was no login's. */
static void test_twice_in_one(void **state)
{
    (void)state;
    struct import_source s = netrc();
    is_refused(&s, "machine smtp.a.example login a password pw-1 password pw-2\n",
               (const char *[]){"a"}, 1, SV_DATA, "still hold a secret of a@smtp.a.example");
}

static void test_leftover(void **state)
{
    (void)state;
    struct import_source s = netrc();
    ADOPTED_OWNED struct adopted a = {.count = 0};
    struct sv_err err = {""};
    assert_int_equal(make(&a, &s,
                          "# pw-long-enough\nmachine smtp.a.example login a password "
                          "pw-long-enough\n#\n#pw-long-enough,pw-long-enough",
                          (const char *[]){"a"}, 1, &err),
                     SV_OK);
    assert_int_equal(adopt_leftover(&a, 0, 0), 1);
    assert_int_equal(adopt_leftover(&a, 0, 1), 4);
    assert_int_equal(adopt_leftover(&a, 0, 4), 0);
    adopted_clear(&a);
    assert_int_equal(make(&a, &s, "# pw-a\n" THREE, (const char *[]){"a", NULL, NULL}, 3, &err),
                     SV_OK);
    assert_int_equal(adopt_leftover(&a, 0, 0), 0);
}

/* ---- a source of lines: "NAME=SECRET" of host h, "NAME@N" and "NAME~N" with the secret of login N
 * and its place, or one byte beside it; upper case: of another host; "?": no secret ---- */

static enum sv_status add(struct found_list *out, const struct import_input *in, const char *line,
                          size_t len, struct sv_err *err)
{
    struct found *f;
    size_t from = out->count, of = (size_t)(line[2] - '0');
    bool other = line[0] >= 'A' && line[0] <= 'Z';
    enum sv_status s = found_add(out, 0, &f, err);
    if (s || (s = found_set(f, "name", line, 1, err)) ||
        (s = found_set(f, "host", other ? "smtp.other.example" : "smtp.a.example", other ? 18 : 14,
                       err)))
        return s;
    if (line[1] == '=') {
        f->at = (size_t)(line + 2 - in->bytes);
        f->len = len - 2;
        return line[2] == '?' ? SV_OK : found_secret(f, line + 2, len - 2, err);
    }
    const struct found *first = &out->items[of];
    assert_true(of < from);
    f->at = first->at + (line[1] == '~');
    f->len = first->len;
    return first->secret ? found_secret(f, (const char *)secret_peek(first->secret),
                                        secret_len(first->secret), err)
                         : SV_OK;
}

static enum sv_status read_lines(struct found_list *out, const struct import_input *in,
                                 struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (const char *at = in->bytes, *end = at + in->len; at < end && s == SV_OK;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((feed ? feed : end) - at);
        if (len > 2)
            s = add(out, in, at, len, err);
        at += len + 1;
    }
    return s;
}

static enum sv_status question(struct blob *out, const struct found *f,
                               const struct import_ask *ask, struct sv_err *err)
{
    (void)f;
    return blob_append(out, "?", 1) && blob_append(out, ask->name, strlen(ask->name))
               ? SV_OK
               : sv_fail_nomem(err);
}

static const struct import_source lines = {
    .name = "lines", .title = "lines", .read = read_lines, .hook = question};

static void test_shared(void **state)
{
    (void)state;
    becomes(&lines, "a=pw-a\nb=pw-b\nc@0", (const char *[]){"x", NULL, "y"}, 3,
            "a=?x\nb=pw-b\nc@0");
    static const char says[] = "one place for the secrets of two logins";
    /* Of another server; one that stays; beside it. */
    is_refused(&lines, "a=pw-a\nB@0", (const char *[]){"x", "y"}, 2, SV_DATA, says);
    is_refused(&lines, "a=pw-a\nb@0", (const char *[]){"x", NULL}, 2, SV_DATA, says);
    is_refused(&lines, "a=pw-a\nb@0", (const char *[]){NULL, "x"}, 2, SV_DATA, says);
    is_refused(&lines, "a=pw-a\nb~0\nc=", (const char *[]){"x", "y"}, 2, SV_DATA, says);
    is_refused(&lines, "a=pw-a\nb~0\nc=", (const char *[]){NULL, "y"}, 2, SV_DATA, says);
    is_refused(&lines, "a=pw-a\nb~0\nc=", (const char *[]){"x", NULL}, 2, SV_DATA, says);
    becomes(&lines, "a=pw-a\nb~0\nc=", (const char *[]){NULL, NULL}, 2, "a=pw-a\nb~0\nc=");
}

/* No secret to ask for, and another number of logins. */
static void test_lies(void **state)
{
    (void)state;
    is_refused(&lines, "a=pw-a\nb~0", (const char *[]){NULL, NULL}, 1, SV_INTERNAL, "twice");
    is_refused(&lines, "a=?x", (const char *[]){"x"}, 1, SV_INTERNAL, "is not there");
}

static void test_no_memory(void **state)
{
    (void)state;
    struct import_source s = netrc();
    for (unsigned long nth = 1;; nth++) {
        ADOPTED_OWNED struct adopted a = {.count = 0};
        struct sv_err err = {""};
        sv_alloc_fail_at(nth);
        enum sv_status st = make(&a, &s, THREE, (const char *[]){"a", NULL, "c"}, 3, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (st == SV_OK)
            assert_non_null(a.text);
        else
            assert_true(st != SV_DATA && a.text == NULL && err.text[0] != '\0');
        if (!failed)
            return;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_side_by_side), cmocka_unit_test(test_names),
        cmocka_unit_test(test_twice_in_one), cmocka_unit_test(test_leftover),
        cmocka_unit_test(test_shared),       cmocka_unit_test(test_lies),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("adopt", tests, NULL, no_secret_left);
}
