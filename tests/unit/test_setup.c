/* SPDX-License-Identifier: ISC */
/* setup: a block goes into a text and comes out again, byte for byte; masks; the fence. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "setup/change.h"
#include "setup/fence.h"
#include "setup/mask.h"

static const char body_text[] = "set a=1\nset b=2\n";

/* The text with the block of this profile, or without it. Owner: blob_clear. */
static struct blob changed(const char *tool, const char *text, const char *name, const char *body)
{
    EDIT_OWNED struct edit edit = {.lines = NULL};
    BLOB_OWNED struct blob block = {0};
    struct blob lines = {(uint8_t *)(uintptr_t)body, body != NULL ? strlen(body) : 0, 0};
    struct blob out = {0};
    struct sv_err err = {0};
    assert_int_equal(setup_change(setup_tool_find(tool), text, strlen(text), name,
                                  body != NULL ? &lines : NULL, true, &block, &edit, &err),
                     SV_OK);
    assert_int_equal(edit_text(&edit, &out, &err), SV_OK);
    assert_true(blob_append(&out, "", 1));
    return out;
}

static void comes_back(const char *tool, const char *text, const char *name)
{
    BLOB_OWNED struct blob with = changed(tool, text, name, body_text);
    assert_non_null(strstr((char *)with.bytes, body_text));
    BLOB_OWNED struct blob again = changed(tool, (char *)with.bytes, name, body_text);
    assert_string_equal(again.bytes, with.bytes);
    BLOB_OWNED struct blob other = changed(tool, (char *)with.bytes, name, "set c=3\n");
    assert_null(strstr((char *)other.bytes, body_text));
    BLOB_OWNED struct blob without = changed(tool, (char *)with.bytes, name, NULL);
    assert_string_equal(without.bytes, text);
    BLOB_OWNED struct blob changed_out = changed(tool, (char *)other.bytes, name, NULL);
    assert_string_equal(changed_out.bytes, text);
}

static void a_block_comes_out_again(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n",
        "x",
        "x\n",
        "x\r\ny\r\n",
        "x\r\ny",
        "account work\nhost x\n# why\npassword p\naccount b : work\nuser u",
        "account work\npassword p",
        "[sendemail]\n\tsmtpPass = a\\\nb\n\tto = x\n[user]\n\tname = y\n",
        "relayhost = a\n b\n# c\n  d\nmynetworks = x\n",
        "relayhost = a",
    };
    static const char *const names[] = {
        "work",    "pässwörd €", "a\"b'c", "a: b",
        " x ",     "50%25",      "back\\", "(its first line feed is ours)",
        "a/b#c$d", "-x"};
    static const char *const tools[] = {"git", "msmtp", "mutt", "postfix"};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            for (size_t k = 0; k < sizeof tools / sizeof tools[0]; k++)
                comes_back(tools[k], texts[t], names[n]);
}

/* The same for texts of random lines; the numbers are the same each time. */
static void any_text_comes_back(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "account work\n",
        "account b : work\n",
        "account default : b\n",
        "password x\n",
        "[sendemail]\n",
        "\tsmtpPass = y\\\n",
        "[sendemail \"work\"]\n",
        "\tto = z\n",
        "relayhost = a\n",
        "  goes on\n",
        "# why\n",
        "\n",
        "\r\n",
        "defaults\r\n",
        "set smtp_pass=x\\\n",
        "smtp_tls_CAfile\n",
        "# smtpvault: of\n",
        "# smtpvault: \n",
        "x",
        " ",
    };
    static const char *const tools[] = {"git", "msmtp", "mutt", "postfix", "aerc"};
    uint32_t seed = 1;
    for (int round = 0; round < 3000; round++) {
        char text[512] = "";
        for (uint32_t i = 0, count = (seed >> 8) % 10; i < count; i++) {
            seed = seed * 1664525 + 1013904223;
            strcat(text, pieces[(seed >> 12) % (sizeof pieces / sizeof pieces[0])]);
        }
        seed = seed * 1664525 + 1013904223;
        comes_back(tools[round % 5], text, "work");
    }
}

static void what_is_in_the_way_is_switched_off(void **state)
{
    (void)state;
    BLOB_OWNED struct blob msmtp = changed(
        "msmtp", "account work\n# c\nhost x\naccount \"b\" : work\nuser u\n", "work", "B\n");
    assert_string_equal(msmtp.bytes, "# smtpvault: begin work\nB\n# smtpvault: end work\n"
                                     "# smtpvault: off for work: account work\n# c\n"
                                     "# smtpvault: off for work: host x\n"
                                     "account \"b\" : work\nuser u\n");
    BLOB_OWNED struct blob postfix =
        changed("postfix", "a = b\nrelayhost = x\n# c\n  y\nz = 1\n", "w", "B\n");
    assert_string_equal(postfix.bytes, "a = b\n# smtpvault: off for w: relayhost = x\n# c\n"
                                       "# smtpvault: off for w:   y\nz = 1\n"
                                       "# smtpvault: begin w\nB\n# smtpvault: end w\n");
    BLOB_OWNED struct blob git =
        changed("git", "[sendemail]\nsmtppass = a\\\nb\nto = c\n[sendemail \"x\"]\nsmtpPass = d\n",
                "w", "B\n");
    assert_string_equal(git.bytes, "[sendemail]\n# smtpvault: off for w: smtppass = a\\\n"
                                   "# smtpvault: off for w: b\nto = c\n[sendemail \"x\"]\n"
                                   "smtpPass = d\n# smtpvault: begin w\nB\n# smtpvault: end w\n");
}

/* A tool of one login has one block; of several, one each, and each comes out alone. */
static void logins_stand_side_by_side(void **state)
{
    (void)state;
    BLOB_OWNED struct blob one = changed("msmtp", "x\n", "a", "A\n");
    BLOB_OWNED struct blob two = changed("msmtp", (char *)one.bytes, "b", "B\n");
    SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
    struct sv_err err = {0};
    assert_int_equal(setup_look((char *)two.bytes, strlen((char *)two.bytes), &found, &err), SV_OK);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.names[1], "b");
    BLOB_OWNED struct blob left = changed("msmtp", (char *)two.bytes, "a", NULL);
    assert_string_equal(left.bytes, "x\n# smtpvault: begin b\nB\n# smtpvault: end b\n");
    BLOB_OWNED struct blob mutt = changed("mutt", (char *)one.bytes, "b", "B\n");
    assert_string_equal(mutt.bytes, "x\n# smtpvault: begin b\nB\n# smtpvault: end b\n");
}

/* What was written behind a block stays behind it. */
static void lines_behind_stay(void **state)
{
    (void)state;
    BLOB_OWNED struct blob out = changed(
        "mutt", "x\n# smtpvault: begin w (its first line feed is ours)\nB\n# smtpvault: end w\ny",
        "w", NULL);
    assert_string_equal(out.bytes, "x\ny");
    BLOB_OWNED struct blob kept =
        changed("mutt", "x\n# smtpvault: begin w\nB\n# smtpvault: end w\ny", "w", "C\n");
    assert_string_equal(kept.bytes, "x\n# smtpvault: begin w\nC\n# smtpvault: end w\ny");
}

/* Without a block, or with lines of ours in other hands' places, twice is once all the same. */
static void what_nobody_wrote_is_as_stable(void **state)
{
    (void)state;
    static const struct {
        const char *tool, *text;
    } rows[] = {
        {"msmtp", "# smtpvault: off for w: # smtpvault: off for w: password x"},
        {"msmtp", "# smtpvault: off for w: account w\npassword x\n"},
        {"git", "[sendemail]\n\tsmtpPass = a\\\n# smtpvault: off for w: # smtpvault: x\n"},
        {"git", "# smtpvault: begin w\n[sendemail]\n\tsmtpPass = a\\\nb\\\n[c]\n"
                "[sendemail]\n\tto = x\n# smtpvault: end w\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BLOB_OWNED struct blob once = changed(rows[i].tool, rows[i].text, "w", body_text);
        BLOB_OWNED struct blob twice = changed(rows[i].tool, (char *)once.bytes, "w", body_text);
        assert_string_equal(twice.bytes, once.bytes);
    }
    BLOB_OWNED struct blob out = changed(rows[3].tool, rows[3].text, "w", NULL);
    assert_string_equal(out.bytes, "[sendemail]\n\tsmtpPass = a\\\nb\\\n[c]\n[sendemail]\n"
                                   "\tto = x\n");
}

/* git writes into our section what its user asks it to. */
static void what_git_wrote_stays(void **state)
{
    (void)state;
    static const char text[] = "# smtpvault: begin w\n[sendemail]\n\tsmtpServer = a\n\tto = x\n"
                               "\tsmtpPass = y\n# smtpvault: end w\n";
    BLOB_OWNED struct blob out = changed("git", text, "w", NULL);
    assert_string_equal(out.bytes, "[sendemail]\n\tto = x\n\tsmtpPass = y\n");
    BLOB_OWNED struct blob again = changed("git", text, "w", "[sendemail]\n\tsmtpServer = b\n");
    assert_string_equal(again.bytes,
                        "# smtpvault: begin w\n[sendemail]\n\tsmtpServer = b\n# smtpvault: end w\n"
                        "[sendemail]\n\tto = x\n# smtpvault: off for w: \tsmtpPass = y\n");
}

static void broken_blocks_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "# smtpvault: begin a\n",
        "# smtpvault: end a\n",
        "# smtpvault: begin a\n# smtpvault: begin b\n# smtpvault: end b\n# smtpvault: end a\n",
        "# smtpvault: begin a\n# smtpvault: end b\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        SETUP_FOUND_OWNED struct setup_found found = {.names = NULL};
        struct sv_err err = {0};
        assert_int_equal(setup_look(texts[i], strlen(texts[i]), &found, &err), SV_DATA);
        assert_non_null(strstr(err.text, "line "));
    }
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static const char text[] = "account work\npassword p";
    for (unsigned long n = 1;; n++) {
        EDIT_OWNED struct edit edit = {.lines = NULL};
        BLOB_OWNED struct blob block = {0}, out = {0};
        struct blob lines = {(uint8_t *)(uintptr_t)body_text, strlen(body_text), 0};
        struct sv_err err = {0};
        sv_alloc_fail_at(n);
        enum sv_status s = setup_change(&setup_msmtp, text, strlen(text), "work", &lines, true,
                                        &block, &edit, &err);
        if (s == SV_OK)
            s = edit_text(&edit, &out, &err);
        int failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(s, SV_OK);
            break;
        }
        assert_int_not_equal(s, SV_OK);
    }
}

static void secrets_are_masked(void **state)
{
    (void)state;
    static const struct {
        const char *line, *secret; /* NULL: there is none */
    } rows[] = {
        {"password geheim\n", "geheim"},
        {"\tsmtpPass = \"x y\"\n", "x y\""},
        {"set smtp_url=\"smtps://ann:pw1@host\"", "pw1"},
        {"outgoing = smtps+plain://a%40b:p:w@h:465", "p:w"},
        {"machine h login u password p", "p"},
        {"passwordeval \"smtpvault get work\"", NULL},
        {"outgoing-cred-cmd = smtpvault get token", NULL},
        {"smtp_sasl_password_maps = hash:/etc/x", NULL},
        {"password", NULL},
        {"host smtps://h:465/x@y", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t from = 0, to = 0;
        bool found = mask_find(rows[i].line, strlen(rows[i].line), &from, &to);
        assert_int_equal(found, rows[i].secret != NULL);
        if (found) {
            assert_int_equal(to - from, strlen(rows[i].secret));
            assert_memory_equal(rows[i].line + from, rows[i].secret, to - from);
        }
    }
}

/* No byte of a hostile name or of a file reaches the terminal as it is. */
static void the_diff_is_printable(void **state)
{
    (void)state;
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *text = NULL;
    EDIT_OWNED struct edit edit = {.lines = NULL};
    struct sv_err err = {0};
    edit_insert(&edit, 0, ' ', false, "a\x1b[31m\tpassword: x\n", 19);
    edit_insert(&edit, 1, '+', true, "password b\n", 11);
    edit_insert(&edit, 2, '-', false, "c\r", 2);
    edit_diff(&edit, out, "F");
    assert_int_equal(sink_to_secret(out, &text, &err), SV_OK);
    static const char want[] = "--- F\n+++ F\n@@ -1,2 +1,2 @@\n a\\x1b[31m\tpassword: ***\n"
                               "+password b\n-c\\x0d\n\\ No newline at end of file\n";
    assert_int_equal(secret_len(text), strlen(want));
    assert_memory_equal(secret_peek(text), want, strlen(want));
}

static void the_fence_is_read(void **state)
{
    (void)state;
    static const char rules[] = "profile msmtp /usr/bin/msmtp {\n"
                                "  /usr/bin/smtpvault x,\n"
                                "  profile helpers {\n"
                                "    #include <abstractions/base>\n"
                                "    /{,usr/}bin/dash mr,\n"
                                "    owner /tmp/* rw,\n"
                                "    /usr/bin/gpg{,2} PUx,\n"
                                "    /{,usr/}bin/cat      PUx,\n"
                                "    /opt/*/bin/run px,\n"
                                "    /srv/** ix,\n"
                                "  }\n"
                                "  /usr/local/bin/smtpvault x,\n"
                                "}\n";
    static const struct {
        const char *program;
        bool lets;
    } rows[] = {
        {"/usr/bin/cat", true},        {"/bin/cat", true},
        {"/usr/bin/gpg", true},        {"/usr/bin/gpg2", true},
        {"/usr/bin/gpg3", false},      {"/usr/bin/dash", false},
        {"/usr/bin/smtpvault", false}, {"/usr/bin/cats", false},
        {"/opt/a/bin/run", true},      {"/opt/a/b/bin/run", false},
        {"/srv/a/b/c", true},          {"/usr/local/bin/smtpvault", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(fence_lets(rules, strlen(rules), "helpers", rows[i].program),
                         rows[i].lets);
    assert_false(fence_lets(rules, strlen(rules), "other", "/bin/cat"));
    assert_false(fence_lets("profile helpers {\n /{a", 23, "helpers", "/a"));
}

/* With each star tried at each place this would not end. */
static void stars_in_a_fence_cost_no_more_than_their_number(void **state)
{
    (void)state;
    char rules[2048] = "profile helpers {\n /", program[1024] = "/";
    for (size_t i = 0; i < 200; i++)
        strcat(strcat(rules, "**a"), "*a");
    strcat(rules, "b px,\n");
    memset(program + 1, 'a', 1000);
    assert_false(fence_lets(rules, strlen(rules), "helpers", program));
    program[1001] = 'b';
    assert_true(fence_lets(rules, strlen(rules), "helpers", program));
}

/* Debian's own profile: cat may be started, and smtpvault may not. */
static void debians_fence_is_read(void **state)
{
    (void)state;
    static const char path[] = "/etc/apparmor.d/usr.bin.msmtp";
    BLOB_OWNED struct blob rules = {0};
    struct sv_err err = {0};
    if (file_read_blob(path, 1 << 20, &rules, &err) != SV_OK)
        skip();
    const char *text = (const char *)rules.bytes;
    assert_true(fence_lets(text, rules.len, "helpers", "/usr/bin/cat"));
    assert_true(fence_lets(text, rules.len, "helpers", "/bin/cat"));
    assert_false(fence_lets(text, rules.len, "helpers", "/usr/bin/smtpvault"));
    assert_false(fence_lets(text, rules.len, "helpers", "/usr/local/bin/smtpvault"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_comes_out_again),
        cmocka_unit_test(any_text_comes_back),
        cmocka_unit_test(what_is_in_the_way_is_switched_off),
        cmocka_unit_test(logins_stand_side_by_side),
        cmocka_unit_test(lines_behind_stay),
        cmocka_unit_test(what_nobody_wrote_is_as_stable),
        cmocka_unit_test(what_git_wrote_stays),
        cmocka_unit_test(broken_blocks_are_refused),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(the_diff_is_printable),
        cmocka_unit_test(the_fence_is_read),
        cmocka_unit_test(stars_in_a_fence_cost_no_more_than_their_number),
        cmocka_unit_test(debians_fence_is_read),
    };
    return cmocka_run_group_tests_name("setup", tests, NULL, NULL);
}
