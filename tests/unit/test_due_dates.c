/* SPDX-License-Identifier: ISC */
/* due_dates: what stays readable of a vault that is locked, and nothing more. */
#include "support.h"

#include "base/alloc.h"
#include "domain/due_dates.h"

#define DAY INT64_C(86400)
#define NOW (20000 * DAY)

static char work[] = "work", odd[] = "caf\xc3\xa9 \"x\"", host[] = "mail.example.org",
            ann[] = "ann";

static struct profile profile(char *name, uint8_t uid, int64_t due, bool open)
{
    struct profile p = {.name = name, .host = host, .username = ann, .kind = KIND_PASSWORD};
    memset(p.uid, uid, sizeof p.uid);
    p.terms = (struct profile_terms){.known = true,
                                     .every_days = 90,
                                     .lead_days = 14,
                                     .grace_days = 7,
                                     .due = due,
                                     .open = open};
    return p;
}

static void as_text(struct blob *text, const struct profile *items, size_t count)
{
    DUE_DATES_OWNED struct due_dates dates = {0};
    assert_int_equal(due_dates_of(&dates, items, count, NOW, NULL), SV_OK);
    assert_int_equal(due_dates_write(text, &dates, NULL), SV_OK);
    assert_true(blob_append(text, "", 1));
    text->len--;
}

static void only_what_is_public(void **state)
{
    (void)state;
    BLOB_OWNED struct blob text = {0};
    const struct profile all[] = {profile(work, 1, NOW + 3 * DAY, true),
                                  profile(odd, 2, NOW - DAY, false)};
    as_text(&text, all, 2);
    assert_non_null(strstr((char *)text.bytes, "smtpvault-dates 1 some\n"));
    assert_non_null(strstr((char *)text.bytes, " 1728259200 1728259200 1728864000 1209600 work\n"));
    assert_null(strstr((char *)text.bytes, "caf"));
    assert_null(strstr((char *)text.bytes, host));
    assert_null(strstr((char *)text.bytes, ann));
    as_text(&text, all, 1);
    assert_non_null(strstr((char *)text.bytes, "smtpvault-dates 1 all\n"));
}

static void listed_as_with_the_keys(void **state)
{
    (void)state;
    BLOB_OWNED struct blob text = {0};
    DUE_DATES_OWNED struct due_dates dates = {0};
    PROFILE_LIST_OWNED struct profile_list names = {0};
    DUE_LIST_OWNED struct due_list list = {0};
    const struct due_wish wish = {.now = NOW, .lead = -1};
    const struct profile all[] = {
        profile(work, 1, NOW + 3 * DAY, true), profile(odd, 2, NOW - 8 * DAY, true),
        profile(work, 3, NOW - DAY, true), profile(work, 4, NOW + 20 * DAY, true),
        profile(work, 5, 0, true)};
    uint8_t id[16];
    as_text(&text, all, 5);
    assert_int_equal(due_dates_read(&dates, text.bytes, text.len, NULL), SV_OK);
    assert_true(dates.whole);
    assert_int_equal(dates.count, 4);
    assert_int_equal(due_dates_list(&dates, &wish, &names, &list, NULL), SV_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].p->name, odd);
    assert_int_equal(list.items[0].urgency, DUE_LATE);
    assert_int_equal(list.items[1].urgency, DUE_NOW);
    assert_int_equal(list.items[2].urgency, DUE_SOON);
    due_id(id, &all[1], DUE_PERIOD);
    assert_memory_equal(list.items[0].id, id, sizeof id);
}

static void refused(const char *text)
{
    DUE_DATES_OWNED struct due_dates dates = {0};
    struct sv_err err = {""};
    assert_int_equal(due_dates_read(&dates, (const uint8_t *)text, strlen(text), &err), SV_DATA);
    assert_true(err.text[0] != '\0');
    assert_int_equal(dates.count, 0);
}

#define ID "00112233445566778899aabbccddeeff"
static void nothing_else_is_read(void **state)
{
    (void)state;
    DUE_DATES_OWNED struct due_dates dates = {0};
    static const char good[] = "smtpvault-dates 1 some\n" ID " 1 -2 3 4 a b\n";
    assert_int_equal(due_dates_read(&dates, (const uint8_t *)good, sizeof good - 1, NULL), SV_OK);
    assert_string_equal(dates.items[0].name, "a b");
    assert_int_equal(dates.items[0].by, -2);
    for (size_t len = 0; len + 1 < sizeof good; len++) {
        char cut[sizeof good];
        memcpy(cut, good, len);
        cut[len] = '\0';
        if (len != strlen("smtpvault-dates 1 some\n"))
            refused(cut);
    }
    refused("smtpvault-dates 2 all\n");
    refused("smtpvault-dates 1 none\n");
    refused("smtpvault-dates 1 all\n" ID " 01 2 3 4 a\n");
    refused("smtpvault-dates 1 all\n" ID " 1 2 3 -4 a\n");
    refused("smtpvault-dates 1 all\n" ID " 1 2 3 a\n");
    refused("smtpvault-dates 1 all\n" ID " 1 2 3 99999999999999999999 a\n");
    refused("smtpvault-dates 1 all\n" ID " 1 2 3 4 \x1b[31m\n");
    refused("smtpvault-dates 1 all\n" ID " 1 2 3 4 a\n\n");
    refused("smtpvault-dates 1 all\n00 1 2 3 4 a\n");
    refused("smtpvault-dates 1 all\n00112233445566778899AABBCCDDEEFF 1 2 3 4 a\n");
}

static void without_memory(void **state)
{
    static const char good[] = "smtpvault-dates 1 some\n" ID " 1 2 3 4 a\n";
    const struct profile all[] = {profile(work, 1, NOW, true)};
    const struct due_wish wish = {.now = NOW, .lead = -1};
    (void)state;
    for (unsigned long n = 1;; n++) {
        DUE_DATES_OWNED struct due_dates made = {0}, read = {0};
        BLOB_OWNED struct blob text = {0};
        PROFILE_LIST_OWNED struct profile_list names = {0};
        DUE_LIST_OWNED struct due_list list = {0};
        sv_alloc_fail_at(n);
        enum sv_status st = due_dates_of(&made, all, 1, NOW, NULL);
        if (st == SV_OK)
            st = due_dates_write(&text, &made, NULL);
        if (st == SV_OK)
            st = due_dates_read(&read, (const uint8_t *)good, sizeof good - 1, NULL);
        if (st == SV_OK)
            st = due_dates_list(&made, &wish, &names, &list, NULL);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(st, failed ? SV_INTERNAL : SV_OK);
        if (!failed) {
            assert_int_equal(list.count, 1);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_public),
        cmocka_unit_test(listed_as_with_the_keys),
        cmocka_unit_test(nothing_else_is_read),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
