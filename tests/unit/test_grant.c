/* SPDX-License-Identifier: ISC */
/* Grants: their bytes, the words they are made from, and the decision. */
#include "support.h"

#include <limits.h>
#include <time.h>

#include "base/alloc.h"
#include "domain/grant.h"

#define NOON INT64_C(1800014400) /* 2027-01-15 12:00 UTC */
#define HOUR 3600

static struct sv_err err;

/* A list of one grant that has everything. */
static void list_full(struct grants *list)
{
    struct grant g = {.has = GRANT_EXE | GRANT_PIN | GRANT_UNIT | GRANT_USER | GRANT_HOURS |
                             GRANT_MAX | GRANT_UNTIL | GRANT_CONFIRM,
                      .made = NOON,
                      .exe = "/usr/bin/msmtp",
                      .unit = "backup.service",
                      .uid = 1000,
                      .from = 480,
                      .to = 1080,
                      .max = 20,
                      .seconds = GRANT_HOUR_SECONDS,
                      .until = NOON + HOUR};
    memset(g.pin, 7, sizeof g.pin);
    assert_int_equal(grants_add(list, &g, &err), SV_OK);
}

static void a_list_has_one_encoding(void **state)
{
    GRANTS_OWNED struct grants list = {0}, again = {0};
    BLOB_OWNED struct blob bytes = {0}, same = {0};
    struct grant user = {.has = GRANT_USER, .made = 1, .uid = 0};
    struct grant learn = {.has = GRANT_LEARN | GRANT_UNTIL, .made = 1, .until = 2};
    (void)state;

    list_full(&list);
    assert_int_equal(grants_add(&list, &user, &err), SV_OK);
    assert_int_equal(grants_add(&list, &learn, &err), SV_OK);
    assert_int_equal(learn.number, 3);
    assert_int_equal(grants_encode(&bytes, &list, &err), SV_OK);
    assert_int_equal(grants_decode(&again, bytes.bytes, bytes.len, &err), SV_OK);
    assert_int_equal(again.count, 3);
    assert_int_equal(again.next, 4);
    assert_string_equal(again.items[0].exe, "/usr/bin/msmtp");
    assert_int_equal(again.items[0].until, NOON + HOUR);
    assert_int_equal(grants_encode(&same, &again, &err), SV_OK);
    assert_int_equal(same.len, bytes.len);
    assert_memory_equal(same.bytes, bytes.bytes, bytes.len);
    /* No prefix of it and nothing behind it is a list. */
    for (size_t len = 1; len < bytes.len; len++) {
        GRANTS_OWNED struct grants cut = {0};
        assert_int_equal(grants_decode(&cut, bytes.bytes, len, &err), SV_DATA);
        assert_null(cut.items);
    }
    assert_true(blob_append(&bytes, "", 1));
    GRANTS_OWNED struct grants more = {0};
    assert_int_equal(grants_decode(&more, bytes.bytes, bytes.len, &err), SV_DATA);
}

/* Whatever byte is changed: it is refused, or is a list with another encoding. */
static void every_byte_counts(void **state)
{
    GRANTS_OWNED struct grants list = {0};
    BLOB_OWNED struct blob bytes = {0};
    size_t refused = 0;
    (void)state;

    list_full(&list);
    assert_int_equal(grants_encode(&bytes, &list, &err), SV_OK);
    for (size_t i = 0; i < bytes.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            GRANTS_OWNED struct grants other = {0};
            BLOB_OWNED struct blob again = {0};
            bytes.bytes[i] ^= (uint8_t)(1U << bit);
            if (grants_decode(&other, bytes.bytes, bytes.len, &err) == SV_OK) {
                assert_int_equal(grants_encode(&again, &other, &err), SV_OK);
                assert_int_equal(again.len, bytes.len);
                assert_memory_equal(again.bytes, bytes.bytes, bytes.len);
            } else {
                refused++;
            }
            bytes.bytes[i] ^= (uint8_t)(1U << bit);
        }
    assert_true(refused > 100);
}

static void a_list_keeps_its_numbers(void **state)
{
    GRANTS_OWNED struct grants list = {0};
    BLOB_OWNED struct blob bytes = {0};
    struct grant g = {.has = GRANT_USER, .made = 1};
    (void)state;

    for (g.uid = 1; g.uid <= GRANTS_MAX; g.uid++)
        assert_int_equal(grants_add(&list, &g, &err), SV_OK);
    assert_int_equal(grants_add(&list, &g, &err), SV_USAGE);
    g.uid = 5;
    assert_int_equal(grants_add(&list, &g, &err), SV_EXISTS);
    assert_non_null(strstr(err.text, "grant 5"));
    assert_false(grants_drop(&list, GRANTS_MAX + 1));
    assert_true(grants_drop(&list, GRANTS_MAX));
    assert_true(grants_drop(&list, 1));
    g.uid = 99;
    assert_int_equal(grants_add(&list, &g, &err), SV_OK);
    assert_int_equal(g.number, GRANTS_MAX + 1);
    /* Long ones do not fit together, and are refused rather than cut. */
    g.has = GRANT_EXE | GRANT_USER;
    memset(g.exe, 'x', sizeof g.exe - 1);
    g.exe[0] = '/';
    grants_clear(&list);
    for (g.uid = 1; g.uid <= GRANTS_MAX; g.uid++)
        assert_int_equal(grants_add(&list, &g, &err), SV_OK);
    assert_int_equal(grants_encode(&bytes, &list, &err), SV_USAGE);
    grants_clear(&list);
    assert_int_equal(grants_encode(&bytes, &list, &err), SV_OK);
    assert_int_equal(bytes.len, 0);
}

/* ---- words ---- */

static void words_become_conditions(void **state)
{
    static const struct {
        const char *text;
        unsigned from, to;
    } hours[] = {{"08-18", 480, 1080}, {"8-18", 480, 1080},   {"22:30-06:15", 1350, 375},
                 {"0-12", 0, 720},     {"18-24", 1080, 1440}, {"18-00", 1080, 1440}};
    static const char *const no_hours[] = {"",       "8",     "8-",   "-8",     "8-8",
                                           "00-24",  "24-08", "8-25", "8:60-9", "8-9 ",
                                           "8-9-10", "a-b",   "8:-9", "008-9",  "8.30-9"};
    static const char *const no_max[] = {"",     "20",      "20/", "0/h",   "20/m",
                                         "-1/h", "10001/h", "/h",  "20/hh", "1e3/d"};
    struct grant g = {0};
    (void)state;

    for (size_t i = 0; i < COUNT(hours); i++) {
        assert_int_equal(grant_set_hours(&g, hours[i].text, &err), SV_OK);
        assert_int_equal(g.from, hours[i].from);
        assert_int_equal(g.to, hours[i].to);
    }
    for (size_t i = 0; i < COUNT(no_hours); i++)
        assert_int_equal(grant_set_hours(&g, no_hours[i], &err), SV_USAGE);
    assert_int_equal(grant_set_max(&g, "20/h", &err), SV_OK);
    assert_int_equal(g.max, 20);
    assert_int_equal(g.seconds, 3600);
    assert_int_equal(grant_set_max(&g, "10000/d", &err), SV_OK);
    assert_int_equal(g.seconds, 86400);
    for (size_t i = 0; i < COUNT(no_max); i++)
        assert_int_equal(grant_set_max(&g, no_max[i], &err), SV_USAGE);
    assert_int_equal(grant_set_until(&g, "30d", NOON, &err), SV_OK);
    assert_int_equal(g.until, NOON + INT64_C(30) * 86400);
    assert_int_equal(grant_set_until(&g, "2027-01-15T13:00:00Z", NOON, &err), SV_OK);
    assert_int_equal(g.until, NOON + HOUR);
    assert_int_equal(grant_set_until(&g, "2027-01-15T11:00:00Z", NOON, &err), SV_USAGE);
    assert_int_equal(grant_set_until(&g, "soon", NOON, &err), SV_USAGE);
    assert_int_equal(grant_set_unit(&g, "backup", &err), SV_OK);
    assert_string_equal(g.unit, "backup.service");
    assert_int_equal(grant_set_unit(&g, "mail@anna.service", &err), SV_OK);
    assert_string_equal(g.unit, "mail@anna.service");
    assert_int_equal(grant_set_unit(&g, "a/b", &err), SV_USAGE);
    assert_int_equal(grant_set_unit(&g, "", &err), SV_USAGE);
    assert_int_equal(grant_set_user(&g, "root", &err), SV_OK);
    assert_int_equal(g.uid, 0);
    assert_int_equal(grant_set_user(&g, "12345", &err), SV_OK);
    assert_int_equal(g.uid, 12345);
    assert_int_equal(grant_set_user(&g, "no such user", &err), SV_USAGE);
    memset(&g, 0, sizeof g);
    assert_int_equal(grant_check(&g, &err), SV_USAGE);
}

static void program(const char *path, const char *content, mode_t mode)
{
    support_write(path, content, strlen(content), mode);
}

static void a_program_is_the_file_behind_its_names(void **state)
{
    char want[PATH_MAX];
    struct grant g = {0};
    (void)state;

    program("tool", "\177ELF a program", 0755);
    assert_int_equal(symlink("tool", "link"), 0);
    assert_non_null(realpath("tool", want));
    assert_int_equal(grant_set_exe(&g, "link", true, &err), SV_OK);
    assert_string_equal(g.exe, want);
    assert_int_equal(g.has, GRANT_EXE | GRANT_PIN);
    assert_int_equal(grant_set_exe(&g, "nothing", false, &err), SV_MISSING);
    program("data", "\177ELF no program", 0644);
    assert_int_equal(grant_set_exe(&g, "data", false, &err), SV_USAGE);
    assert_int_equal(grant_set_exe(&g, ".", false, &err), SV_USAGE);
    program("script", "#! /usr/bin/python3 -I\n", 0755);
    assert_int_equal(grant_set_exe(&g, "script", false, &err), SV_USAGE);
    assert_non_null(strstr(err.text, "/usr/bin/python3"));
    assert_null(strstr(err.text, "python3 -I"));
    /* What others can exchange is no program of anybody's. */
    assert_int_equal(chmod("tool", 0777), 0);
    assert_int_equal(grant_set_exe(&g, "tool", false, &err), SV_DENIED);
    assert_int_equal(chmod("tool", 0755), 0);
    assert_int_equal(mkdir("open", 0700), 0);
    program("open/tool", "\177ELF a program", 0755);
    assert_int_equal(grant_set_exe(&g, "open/tool", false, &err), SV_OK);
    assert_int_equal(chmod("open", 01777), 0);
    assert_int_equal(grant_set_exe(&g, "open/tool", false, &err), SV_DENIED);
}

/* ---- the decision ---- */

/* Somebody who may have everything that list_full() asks for, but for the exe. */
static struct caller caller_of(const char *exe)
{
    struct caller c = {.uid = geteuid(), .pid = 1};

    snprintf(c.exe, sizeof c.exe, "%s", exe);
    snprintf(c.unit, sizeof c.unit, "backup.service");
    snprintf(c.parent, sizeof c.parent, "cron > job > tool");
    return c;
}

static void decide(const struct grant *g, const struct caller *c, int64_t now,
                   enum grant_answer answer, enum grant_missing missing)
{
    GRANTS_OWNED struct grants list = {0};
    struct grant copy = *g;
    struct grant_verdict v;

    copy.made = 1;
    assert_int_equal(grants_add(&list, &copy, &err), SV_OK);
    grant_decide(&list, c, now, NULL, &v);
    assert_int_equal(v.answer, answer);
    assert_int_equal(v.missing, missing);
    if (answer == GRANT_NO) {
        assert_int_equal(grant_refuse("mail", c, &v, &err), SV_DENIED);
        assert_non_null(strstr(err.text, "\"mail\""));
        assert_non_null(strstr(err.text, "smtpvault grant add mail --"));
    }
}

static void every_condition_must_hold(void **state)
{
    char tool[PATH_MAX];
    struct grant g = {0}, h;
    struct caller c, d;
    (void)state;

    program("tool", "\177ELF a program", 0755);
    assert_non_null(realpath("tool", tool));
    c = caller_of(tool);
    g.has = GRANT_USER;
    g.uid = c.uid;
    assert_int_equal(grant_set_exe(&g, "tool", true, &err), SV_OK);
    assert_int_equal(grant_set_unit(&g, "backup", &err), SV_OK);
    assert_int_equal(grant_set_until(&g, "1d", NOON, &err), SV_OK);
    assert_int_equal(grant_set_hours(&g, "08-18", &err), SV_OK);
    decide(&g, &c, NOON, GRANT_YES, GRANT_HOLDS);

    d = c, d.uid++;
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_USER);
    d = c, d.unit[0] = 'B';
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_UNIT);
    d = c, d.unit[0] = '\0';
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_UNIT);
    d = caller_of("/usr/bin/other");
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_EXE);
    d = c, strcat(d.exe, "x");
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_EXE);
    d = c, d.exe[strlen(d.exe) - 1] = '\0';
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_EXE);
    d = c, d.exe[0] = '\0';
    decide(&g, &d, NOON, GRANT_NO, GRANT_OTHER_EXE);
    d = c, strcat(d.exe, " (deleted)");
    decide(&g, &d, NOON, GRANT_NO, GRANT_EXE_GONE);
    decide(&g, &c, NOON + 86400, GRANT_NO, GRANT_ENDED);
    decide(&g, &c, NOON + 6 * HOUR, GRANT_NO, GRANT_OUT_OF_HOURS);
    decide(&g, &c, NOON + 6 * HOUR - 1, GRANT_YES, GRANT_HOLDS);
    decide(&g, &c, NOON - 4 * HOUR, GRANT_YES, GRANT_HOLDS);
    decide(&g, &c, NOON - 4 * HOUR - 1, GRANT_NO, GRANT_OUT_OF_HOURS);
    /* Over midnight. */
    h = g, h.from = 1320, h.to = 360;
    decide(&h, &c, NOON, GRANT_NO, GRANT_OUT_OF_HOURS);
    decide(&h, &c, NOON + 10 * HOUR, GRANT_YES, GRANT_HOLDS);
    decide(&h, &c, NOON - 7 * HOUR, GRANT_YES, GRANT_HOLDS);
    decide(&h, &c, NOON - 6 * HOUR, GRANT_NO, GRANT_OUT_OF_HOURS);
    h = g, h.has |= GRANT_CONFIRM;
    decide(&h, &c, NOON, GRANT_ASK, GRANT_HOLDS);
    /* Nothing that could be counted: no is the answer. */
    h = g, h.has |= GRANT_MAX, h.max = 1, h.seconds = 3600;
    decide(&h, &c, NOON, GRANT_NO, GRANT_USED_UP);

    /* Who was looked at with care was hashed. */
    d = c, d.exe_hashed = true;
    decide(&g, &d, NOON, GRANT_NO, GRANT_EXE_CHANGED);
    memcpy(d.exe_hash, g.pin, sizeof d.exe_hash);
    decide(&g, &d, NOON, GRANT_YES, GRANT_HOLDS);
    /* The path is the program's own view: the file decides. */
    d = c, d.exe_inode = 1;
    decide(&g, &d, NOON, GRANT_NO, GRANT_EXE_ELSEWHERE);

    program("tool", "\177ELF another", 0755);
    snprintf(c.package, sizeof c.package, "tool 1.2-3");
    decide(&g, &c, NOON, GRANT_NO, GRANT_EXE_CHANGED);
    assert_non_null(strstr(err.text, "--pin"));
    assert_non_null(strstr(err.text, "of the package tool 1.2-3"));
    h = g, h.has &= ~(unsigned)GRANT_PIN;
    decide(&h, &c, NOON, GRANT_YES, GRANT_HOLDS);
    assert_int_equal(chmod("tool", 0775), 0);
    if (getegid() == 0)
        assert_int_equal(chown("tool", (uid_t)-1, NOBODY), 0);
    decide(&h, &c, NOON, GRANT_NO, GRANT_EXE_OPEN);
    assert_int_equal(remove("tool"), 0);
    decide(&h, &c, NOON, GRANT_NO, GRANT_EXE_OPEN);
}

static void one_grant_is_enough(void **state)
{
    const struct caller c = caller_of("/usr/bin/any");
    struct grant other = {.has = GRANT_USER, .uid = c.uid + 1, .made = 1};
    struct grant ask = {.has = GRANT_USER | GRANT_CONFIRM, .uid = c.uid, .made = 1};
    struct grant ended = {.has = GRANT_USER | GRANT_UNTIL, .uid = c.uid, .until = 5, .made = 1};
    struct grant learn = {.has = GRANT_LEARN | GRANT_UNTIL, .until = NOON + 1, .made = 1};
    struct grant yes = {.has = GRANT_USER, .uid = c.uid, .made = 1};
    GRANTS_OWNED struct grants list = {0};
    struct grant_verdict v;
    (void)state;

    assert_int_equal(grants_add(&list, &other, &err), SV_OK);
    assert_int_equal(grants_add(&list, &ended, &err), SV_OK);
    grant_decide(&list, &c, NOON, NULL, &v);
    assert_int_equal(v.answer, GRANT_NO); /* the nearest miss is told */
    assert_int_equal(v.missing, GRANT_ENDED);
    assert_int_equal(v.grant->number, 2);
    assert_int_equal(grants_add(&list, &learn, &err), SV_OK);
    grant_decide(&list, &c, NOON, NULL, &v);
    assert_int_equal(v.answer, GRANT_YES);
    assert_int_equal(v.grant->number, 3);
    assert_int_equal(grants_add(&list, &ask, &err), SV_OK);
    grant_decide(&list, &c, NOON, NULL, &v);
    assert_int_equal(v.answer, GRANT_ASK); /* rather than by learning */
    assert_int_equal(grants_add(&list, &yes, &err), SV_OK);
    grant_decide(&list, &c, NOON, NULL, &v);
    assert_int_equal(v.answer, GRANT_YES);
    assert_int_equal(v.grant->number, 5);
    assert_true(grants_drop(&list, 5) && grants_drop(&list, 4));
    grant_decide(&list, &c, NOON + 1, NULL, &v);
    assert_int_equal(v.answer, GRANT_NO);
    assert_int_equal(v.missing, GRANT_ENDED);
    assert_true(grants_drop(&list, 1) && grants_drop(&list, 2));
    grant_decide(&list, &c, NOON + 1, NULL, &v);
    assert_int_equal(v.missing, GRANT_LEARNT);
    assert_int_equal(grant_refuse("mail", &c, &v, &err), SV_DENIED);
    assert_non_null(strstr(err.text, "grant learn"));
}

static int64_t uses[4]; /* the newest last */

static int64_t used(void *context, const struct grant *g)
{
    assert_ptr_equal(context, uses);
    return uses[4 - g->max];
}

static void a_limit_is_of_any_hour(void **state)
{
    const struct caller c = caller_of("/usr/bin/any");
    const struct grant_counts counts = {.context = uses, .used = used};
    struct grant g = {.has = GRANT_USER | GRANT_MAX,
                      .uid = c.uid,
                      .max = 3,
                      .seconds = GRANT_HOUR_SECONDS,
                      .made = 1};
    GRANTS_OWNED struct grants list = {0};
    struct grant_verdict v;
    (void)state;

    assert_int_equal(grants_add(&list, &g, &err), SV_OK);
    memset(uses, 0, sizeof uses);
    uses[2] = uses[3] = NOON; /* two so far */
    grant_decide(&list, &c, NOON, &counts, &v);
    assert_int_equal(v.answer, GRANT_YES);
    uses[1] = NOON - HOUR + 1;
    grant_decide(&list, &c, NOON, &counts, &v);
    assert_int_equal(v.missing, GRANT_USED_UP);
    assert_int_equal(v.again, NOON + 1);
    grant_decide(&list, &c, NOON + 1, &counts, &v);
    assert_int_equal(v.answer, GRANT_YES);
}

/* ---- what people read ---- */

static void words_are_what_a_shell_takes(void **state)
{
    char dst[GRANT_SHOWN_MAX], note[GRANT_NOTE_MAX];
    struct caller c = caller_of("/opt/our tools/it's");
    struct grant g = {0};
    (void)state;

    assert_string_equal(grant_quote(dst, sizeof dst, "/usr/bin/msmtp"), "/usr/bin/msmtp");
    assert_string_equal(grant_quote(dst, sizeof dst, ""), "''");
    assert_string_equal(grant_quote(dst, sizeof dst, "it's $HOME"), "'it'\\''s $HOME'");
    /* A word that does not fit is cut, and still ends. */
    grant_quote(dst, 12, "'''''''''''''");
    assert_true(strlen(dst) < 12);
    g.has = GRANT_EXE | GRANT_HOURS | GRANT_MAX | GRANT_CONFIRM;
    memcpy(g.exe, c.exe, sizeof g.exe);
    g.from = 495, g.to = 1440, g.max = 3, g.seconds = GRANT_DAY_SECONDS;
    assert_string_equal(grant_options(dst, &g),
                        "--exe '/opt/our tools/it'\\''s' --hours 08:15-24:00 --max 3/d --confirm");
    assert_non_null(strstr(grant_caller_text(dst, &c), "cron > job > tool, user "));
    assert_non_null(strstr(dst, "backup.service"));
    /* A control character in a name is shown, not sent to the terminal. */
    snprintf(c.exe, sizeof c.exe, "/tmp/\033[2J");
    snprintf(c.parent, sizeof c.parent, "%s", "");
    assert_null(strchr(grant_caller_text(dst, &c), '\033'));
    assert_true(grant_of_caller(&g, &c));
    assert_int_equal(g.has, GRANT_USER | GRANT_UNIT);
    c.unit[0] = '\0';
    assert_false(grant_of_caller(&g, &c));
    g.number = 12;
    const struct grant_verdict v = {.grant = &g, .missing = GRANT_OUT_OF_HOURS};
    assert_string_equal(grant_note(note, &v), "grant 12: outside its hours");
}

/* By its name; of a unit what runs in it, and of no program nothing. */
static void an_interpreter_is_told(void **state)
{
    static const struct {
        const char *exe;
        bool is;
    } rows[] = {
        {"/usr/bin/python3.11", true}, {"/bin/bash", true},      {"/usr/bin/perl", true},
        {"/usr/bin/php8.2", true},     {"/opt/node", true},      {"/usr/bin/msmtp", false},
        {"/usr/bin/shred", false},     {"/opt/perl/job", false}, {"/usr/bin/bashful", false}};
    char dst[GRANT_SHOWN_MAX];
    struct grant g = {.has = GRANT_EXE | GRANT_USER, .uid = 0};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(g.exe, sizeof g.exe, "%s", rows[i].exe);
        if ((grant_interpreter_text(dst, &g)[0] != '\0') != rows[i].is)
            fail_msg("%s: %s", rows[i].exe, dst);
    }
    snprintf(g.exe, sizeof g.exe, "/usr/bin/perl");
    assert_string_equal(grant_interpreter_text(dst, &g),
                        "/usr/bin/perl is an interpreter, so any script that user root runs with "
                        "it may ask; a unit of its own would tell this one apart");
    g.has |= GRANT_UNIT;
    snprintf(g.unit, sizeof g.unit, "backup.service");
    assert_string_equal(grant_interpreter_text(dst, &g),
                        "/usr/bin/perl is an interpreter, so any script that user root runs with "
                        "it in backup.service may ask");
    g.has = GRANT_EXE;
    assert_non_null(strstr(grant_interpreter_text(dst, &g), "any script that is run with it may"));
    g.has = GRANT_UNIT | GRANT_USER;
    assert_string_equal(grant_interpreter_text(dst, &g), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_one_encoding),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(an_interpreter_is_told),
        cmocka_unit_test(a_list_keeps_its_numbers),
        cmocka_unit_test(words_become_conditions),
        cmocka_unit_test_setup_teardown(a_program_is_the_file_behind_its_names, support_enter,
                                        support_leave),
        cmocka_unit_test_setup_teardown(every_condition_must_hold, support_enter, support_leave),
        cmocka_unit_test(one_grant_is_enough),
        cmocka_unit_test(a_limit_is_of_any_hour),
        cmocka_unit_test(words_are_what_a_shell_takes),
    };
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
