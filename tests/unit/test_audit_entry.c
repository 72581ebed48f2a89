/* SPDX-License-Identifier: ISC */
/* The content of an entry: every field, what is cut and in which order, and what
 * is refused. */
#include "support.h"

#include "audit/entry.h"
#include "base/text.h"

static struct audit_event full_event(void)
{
    struct audit_event e = {.op = AUDIT_GET,
                            .result = AUDIT_DENIED,
                            .via = VIA_TOKEN,
                            .profile = "billing/smtp",
                            .version = 300,
                            .token = "ci",
                            .member = 256,
                            .note = "no such profile",
                            .begun = 70000,
                            .time = 1790000000,
                            .boottime = 123456};
    e.caller.uid = 1000;
    e.caller.pid = 4242;
    strcpy(e.caller.exe, "/usr/bin/msmtp");
    strcpy(e.caller.parent, "cron > backup.sh > msmtp");
    strcpy(e.caller.unit, "cron.service");
    strcpy(e.caller.cwd, "/home/anna");
    strcpy(e.caller.tty, "pts/3");
    strcpy(e.caller.package, "msmtp 1.8.23-1");
    strcpy(e.caller.script, "./x.sh");
    e.caller.exe_hashed = true;
    memcpy(e.caller.exe_hash, "\0hash bytes", 12);
    return e;
}

static struct audit_event round_trip(const struct audit_event *in, size_t *len_out)
{
    uint8_t bytes[AUDIT_ENTRY_MAX];
    struct audit_event out;
    struct sv_err err = {""};
    size_t len = audit_entry_encode(bytes, in);

    assert_true(len <= AUDIT_ENTRY_MAX);
    if (audit_entry_decode(&out, bytes, len, &err) != SV_OK)
        fail_msg("%s", err.text);
    if (len_out != NULL)
        *len_out = len;
    return out;
}

static void assert_same(const struct audit_event *a, const struct audit_event *b)
{
    assert_int_equal(a->op, b->op);
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->via, b->via);
    assert_true(a->version == b->version && a->begun == b->begun);
    assert_true(a->time == b->time && a->boottime == b->boottime);
    assert_int_equal(a->member, b->member);
    assert_int_equal(a->caller.uid, b->caller.uid);
    assert_int_equal(a->caller.pid, b->caller.pid);
    assert_string_equal(a->profile, b->profile);
    assert_string_equal(a->token, b->token);
    assert_string_equal(a->note, b->note);
    assert_string_equal(a->caller.exe, b->caller.exe);
    assert_string_equal(a->caller.parent, b->caller.parent);
    assert_string_equal(a->caller.unit, b->caller.unit);
    assert_string_equal(a->caller.cwd, b->caller.cwd);
    assert_string_equal(a->caller.tty, b->caller.tty);
    assert_string_equal(a->caller.package, b->caller.package);
    assert_string_equal(a->caller.script, b->caller.script);
    assert_int_equal(a->caller.exe_hashed, b->caller.exe_hashed);
    assert_memory_equal(a->caller.exe_hash, b->caller.exe_hash, AUDIT_EXE_HASH_LEN);
}

static void every_field_comes_back(void **state)
{
    struct audit_event in = full_event(), empty = {0}, out;

    (void)state;
    out = round_trip(&in, NULL);
    assert_same(&in, &out);
    out = round_trip(&empty, NULL);
    assert_same(&empty, &out);
    in.time = -5;
    in.version = UINT64_MAX;
    in.caller.uid = UINT32_MAX;
    out = round_trip(&in, NULL);
    assert_same(&in, &out);
}

/* To the byte, as an independent decoder sees it. */
static void known_bytes(void **state)
{
    static const uint8_t expected[] = {1, 3, 3, 1, 1,   2,  2, 0x00, 0x01, 5,  1, 9, 6,
                                       1, 2, 8, 1, 'p', 10, 2, 'h',  'i',  15, 1, 3};
    struct audit_event e = {.op = AUDIT_GET,
                            .result = AUDIT_OK,
                            .via = VIA_PASSPHRASE,
                            .time = 256,
                            .version = 2,
                            .member = 3};
    uint8_t bytes[AUDIT_ENTRY_MAX];

    (void)state;
    e.caller.pid = 9;
    strcpy(e.profile, "p");
    strcpy(e.note, "hi");
    assert_int_equal(audit_entry_encode(bytes, &e), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void fill(char *text, size_t capacity, char with)
{
    memset(text, with, capacity - 1);
    text[capacity - 1] = '\0';
}

/* Everything at its longest: profile and token stay whole. */
static void the_worst_case_fits(void **state)
{
    struct audit_event e = {.op = AUDIT_GET,
                            .result = AUDIT_OK,
                            .via = VIA_TOKEN,
                            .version = UINT64_MAX,
                            .begun = UINT64_MAX,
                            .time = INT64_MAX,
                            .boottime = INT64_MAX,
                            .member = UINT16_MAX};
    size_t len = 0;

    (void)state;
    e.caller.uid = e.caller.pid = UINT32_MAX;
    fill(e.profile, sizeof e.profile, 'p');
    fill(e.token, sizeof e.token, 't');
    fill(e.note, sizeof e.note, 'n');
    fill(e.caller.exe, sizeof e.caller.exe, 'e');
    fill(e.caller.parent, sizeof e.caller.parent, 'a');
    fill(e.caller.unit, sizeof e.caller.unit, 'u');
    fill(e.caller.cwd, sizeof e.caller.cwd, 'c');
    struct audit_event out = round_trip(&e, &len);
    assert_int_equal(len, 255);
    assert_string_equal(out.profile, e.profile);
    assert_string_equal(out.token, e.token);
    assert_string_equal(out.note, "");
    assert_string_equal(out.caller.exe, "");
}

/* Makes every text a little longer until the next in the order has to give. */
static void cut_in_order(void **state)
{
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK}, out;

    (void)state;
    fill(e.note, 61, 'n');
    fill(e.caller.cwd, 61, 'c');
    fill(e.caller.parent, 61, 'a');
    fill(e.caller.unit, 31, 'u');
    fill(e.caller.exe, 31, 'e');
    out = round_trip(&e, NULL); /* 5 + 2*5 + 240 = 255: all of it */
    assert_int_equal(strlen(out.note), 60);

    fill(e.caller.exe, 41, 'e');
    out = round_trip(&e, NULL);
    assert_int_equal(strlen(out.note), 50);
    assert_string_equal(out.note + 46, "n...");
    assert_int_equal(strlen(out.caller.cwd), 60);

    fill(e.caller.exe, 91, 'e');
    out = round_trip(&e, NULL);
    assert_int_equal(strlen(out.note), 16);
    assert_int_equal(strlen(out.caller.cwd), 44);
    assert_memory_equal(out.caller.cwd, "...c", 4);
    assert_int_equal(strlen(out.caller.parent), 60);

    fill(e.caller.exe, 161, 'e');
    out = round_trip(&e, NULL);
    assert_int_equal(strlen(out.caller.cwd), 16);
    assert_int_equal(strlen(out.caller.parent), 18);
    assert_memory_equal(out.caller.parent, "...a", 4);
    assert_int_equal(strlen(out.caller.unit), 30);
    assert_int_equal(strlen(out.caller.exe), 160);

    fill(e.caller.exe, 256, 'e');
    out = round_trip(&e, NULL);
    assert_int_equal(strlen(out.caller.unit), 16);
    assert_int_equal(strlen(out.caller.exe), 255 - 5 - 4 * 18 - 2);

    /* With a long profile and token there is room for three stumps of 16 only. */
    fill(e.profile, sizeof e.profile, 'p');
    fill(e.token, sizeof e.token, 't');
    out = round_trip(&e, NULL);
    assert_string_equal(out.note, "");
    assert_string_equal(out.caller.cwd, "");
    assert_int_equal(strlen(out.caller.parent), 16);
    assert_int_equal(strlen(out.caller.exe), 16);
    assert_string_equal(out.profile, e.profile);
}

/* What is known beyond the path goes first, and whole. */
static void extras_go_first(void **state)
{
    struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK}, out;
    /* 5 for what, 2 before each text */
    size_t room = 255 - 5 - 2 - (2 + 5) - (2 + 14) - (2 + 6) - (2 + 8);

    (void)state;
    strcpy(e.caller.tty, "pts/3");
    strcpy(e.caller.package, "msmtp 1.8.23-1");
    strcpy(e.caller.script, "./x.sh");
    e.caller.exe_hashed = true;
    const size_t gives[] = {0, 7, 7 + 16, 7 + 16 + 8, 7 + 16 + 8 + 10};
    for (size_t i = 0; i < COUNT(gives); i++)
        for (size_t more = i == 0 ? 0 : gives[i - 1] + 1; more <= gives[i]; more++) {
            fill(e.caller.cwd, room + more + 1, 'c');
            out = round_trip(&e, NULL);
            assert_int_equal(out.caller.tty[0] != '\0', i < 1);
            assert_int_equal(out.caller.package[0] != '\0', i < 2);
            assert_int_equal(out.caller.script[0] != '\0', i < 3);
            assert_int_equal(out.caller.exe_hashed, i < 4);
            assert_int_equal(strlen(out.caller.cwd), room + more);
        }
}

/* Cut anywhere, UTF-8 stays UTF-8. */
static void cuts_fall_between_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 8; shift++) {
        struct audit_event e = {.op = AUDIT_GET, .result = AUDIT_OK};
        for (size_t i = 0; i < 24; i++)
            memcpy(e.note + 4 * i, "\xf0\x9f\x93\xac", 4);
        for (size_t i = 0; i < 60; i++)
            memcpy(e.caller.cwd + 4 * i, "\xf0\x9f\x93\xac", 4);
        fill(e.caller.exe, 101 + shift, 'e');
        struct audit_event out = round_trip(&e, NULL);
        assert_true(text_is_utf8(out.note, strlen(out.note)));
        assert_true(text_is_utf8(out.caller.cwd, strlen(out.caller.cwd)));
        assert_non_null(strstr(out.note, "..."));
        assert_memory_equal(out.caller.cwd, "...", 3);
    }
}

static void assert_refused(const void *bytes, size_t len)
{
    struct audit_event out = {.op = AUDIT_TEST};
    struct sv_err err = {""};

    assert_int_equal(audit_entry_decode(&out, bytes, len, &err), SV_DATA);
    assert_true(err.text[0] != '\0');
    assert_int_equal(out.op, AUDIT_TEST);
}

static void foreign_bytes_are_refused(void **state)
{
    uint8_t bytes[AUDIT_ENTRY_MAX];
    struct audit_event e = full_event();
    size_t len = audit_entry_encode(bytes, &e);

    (void)state;
    assert_refused("", 0);
    assert_refused("\x02\x01\x05", 3);                              /* no operation */
    assert_refused("\x01\x02\x03\x01", 4);                          /* a short one */
    assert_refused("\x01\x03\x03\x01\x00\x01\x03\x03\x01\x00", 10); /* twice */
    assert_refused("\x01\x03\x03\x01\x00\x02\x00", 7);              /* an empty record */
    assert_refused("\x01\x03\x03\x01\x00\x02\x01\x00", 8); /* a zero that should be left out */
    assert_refused("\x01\x03\x03\x01\x00\x04\x05\x01\x01\x01\x01\x01", 12); /* 40 bits of uid */
    assert_refused("\x01\x03\x03\x01\x00\x05\x01\x01\x04\x01\x01", 11);     /* descending */
    assert_refused("\x01\x03\x03\x01\x00\x0a\x02h\x00", 9);                 /* a NUL in a text */
    assert_refused("\x01\x03\x03\x01\x00\x14\x01x", 8);                     /* an unknown tag */
    assert_refused("\x01\x03\x03\x01\x00\x13\x07hashhas", 14);              /* half a hash */
    assert_refused("\x01\x03\x03\x01\x00\x0f\x03\x01\x01\x01", 10);         /* 24 bits of a slot */
    assert_refused("\x01\x03\x03\x01\x00\x0a\x09x", 8);                     /* beyond the end */
    for (size_t cut = 1; cut < 4; cut++)
        assert_refused(bytes, len - cut);
    uint8_t long_name[5 + 2 + 129] = {1, 3, 3, 1, 0, 8, 129};
    memset(long_name + 7, 'p', 129);
    assert_refused(long_name, sizeof long_name);
    /* Each record is right by itself, but no entry is this long. */
    uint8_t long_entry[5 + 2 + 96 + 2 + 200] = {1, 3, 3, 1, 0, 10, 96};
    memset(long_entry + 7, 'n', 96);
    long_entry[103] = 11;
    long_entry[104] = 200;
    memset(long_entry + 105, 'x', 200);
    assert_refused(long_entry, sizeof long_entry);
}

static void words(void **state)
{
    enum audit_op op = 0;
    enum audit_result result = 0;

    (void)state;
    assert_string_equal(audit_op_word(AUDIT_HELPER), "git-credential");
    assert_true(audit_op_parse("log-resume", &op));
    assert_int_equal(op, AUDIT_LOG_RESUME);
    assert_false(audit_op_parse("", &op));
    assert_string_equal(audit_op_word((enum audit_op)250), "");
    assert_true(audit_result_parse("denied", &result));
    assert_int_equal(result, AUDIT_DENIED);
    assert_false(audit_result_parse("maybe", &result));
    assert_string_equal(audit_result_word(AUDIT_FAILED), "failed");
    assert_string_equal(audit_via_word(VIA_AGENT), "agent");
    assert_string_equal(audit_via_word(VIA_NONE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),    cmocka_unit_test(known_bytes),
        cmocka_unit_test(the_worst_case_fits),       cmocka_unit_test(cut_in_order),
        cmocka_unit_test(extras_go_first),           cmocka_unit_test(cuts_fall_between_characters),
        cmocka_unit_test(foreign_bytes_are_refused), cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
