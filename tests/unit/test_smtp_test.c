/* SPDX-License-Identifier: ISC */
/*
 * smtp_test() against helpers that misbehave, and what a helper can see of its
 * parent: nothing but the request. The helpers are small shell scripts.
 */
#include "support.h"

#include "base/alloc.h"
#include "base/file.h"
#include "smtp/smtp_wire.h"

static const char word[] = "kv7-the-secret";

static void write_helper(const char *body)
{
    char script[1024];
    int len = snprintf(script, sizeof(script), "#!/bin/sh\n%s\n", body);
    support_write("helper", script, (size_t)len, 0700);
}

static void write_answer(enum smtp_verdict verdict, enum smtp_phase phase)
{
    struct smtp_result r = {.verdict = verdict, .phase = phase, .code = 235};
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    assert_int_equal(wire_put_result(frame, &len, &r, NULL), SV_OK);
    support_write("answer", frame, len, 0600);
}

/* The gate takes over what it gives. */
static enum sv_status give(void *context, const struct smtp_offer *offer, struct secret **secret,
                           struct sv_err *err)
{
    struct secret **kept = context;
    (void)offer;
    (void)err;
    *secret = *kept;
    *kept = NULL;
    return SV_OK;
}

static enum sv_status run(const char *helper, const char *ca_file, struct smtp_result *result,
                          struct sv_err *err)
{
    struct smtp_target target = {.host = "localhost",
                                 .port = 587,
                                 .tls = SMTP_STARTTLS,
                                 .username = "alice",
                                 .connect_ms = 100,
                                 .total_ms = 100};
    SECRET_OWNED struct secret *secret = NULL;
    snprintf(target.ca_file, sizeof(target.ca_file), "%s", ca_file);
    assert_int_equal(secret_copy(&secret, word, strlen(word), NULL), SV_OK);
    return smtp_test(helper, &target, &(struct smtp_gate){give, &secret}, result, err);
}

/* The answer waits for the whole request, as the helper's does. */
static const char answering[] = "cat <&3 >request; cat answer >&3";

static void answer_is_taken(void **state)
{
    struct smtp_result result;
    struct sv_err err;
    char helper[64];
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    snprintf(helper, sizeof(helper), "%s/helper", (const char *)*state);
    assert_int_equal(run(helper, "", &result, &err), SV_OK);
    assert_int_equal(result.verdict, SMTP_OK);
    assert_int_equal(result.code, 235);

    uint8_t frame[WIRE_REQUEST_MAX];
    size_t len = support_read("request", frame, sizeof(frame));
    struct smtp_target target;
    SECRET_OWNED struct secret *secret = NULL;
    assert_int_equal(wire_get_request(frame, len, &target, &secret, NULL), SV_OK);
    assert_string_equal(target.host, "localhost");
    assert_int_equal(secret_len(secret), strlen(word));
}

static void helper_sees_the_request_only(void **state)
{
    (void)state;
    struct smtp_result result;
    struct sv_err err;
    char seen[4096] = {0};
    /* A descriptor without CLOEXEC, and a variable, that must not get there. */
    int leak = fcntl(0, F_DUPFD, 77);
    assert_int_equal(leak, 77);
    assert_int_equal(setenv("SMTPVAULT_PASSPHRASE_FROM", "file:/x", 1), 0);
    assert_int_equal(setenv("https_proxy", "http://127.0.0.1:9", 1), 0);
    write_answer(SMTP_OK, PHASE_DONE);
    write_helper("tr '\\0' '\\n' </proc/$$/environ >environ\n"
                 "tr '\\0' '\\n' </proc/$$/cmdline >cmdline\n"
                 "ls -l /proc/$$/fd >fds\n"
                 "cat <&3 >request; cat answer >&3");
    assert_int_equal(run("./helper", "", &result, &err), SV_OK);

    (void)support_read("environ", seen, sizeof(seen) - 1);
    assert_string_equal(seen, "LANG=C.UTF-8\nTZ=UTC\nPATH=/usr/bin:/bin\n");
    memset(seen, 0, sizeof(seen));
    (void)support_read("cmdline", seen, sizeof(seen) - 1);
    assert_null(strstr(seen, word));
    memset(seen, 0, sizeof(seen));
    (void)support_read("fds", seen, sizeof(seen) - 1);
    assert_non_null(strstr(seen, " 0 -> /dev/null\n"));
    assert_non_null(strstr(seen, " 3 -> socket:"));
    assert_null(strstr(seen, " 4 -> ")); /* the shell keeps its own above 9 */
    assert_null(strstr(seen, " 77 -> "));
    assert_int_equal(close(leak), 0);
}

static void dead_helpers_are_reported(void **state)
{
    (void)state;
    static const struct {
        const char *body, *words;
        enum sv_status status;
    } rows[] = {
        {"exit 0", "without an answer", SV_INTERNAL},
        {"exit 65", "status 65", SV_INTERNAL},
        {"exit 127", "install", SV_CONFIG},
        {"kill -SEGV $$", "signal 11", SV_INTERNAL},
        {"cat <&3 >/dev/null; echo 'HTTP/1.1 200 OK' >&3", "none", SV_INTERNAL},
        {"cat <&3 >/dev/null; head -c 20 answer >&3", "without an answer", SV_INTERNAL},
        {"exec 3>&-; exit 3", "status 3", SV_INTERNAL},
    };
    write_answer(SMTP_OK, PHASE_DONE);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct smtp_result result = {.code = 999};
        struct sv_err err = {0};
        write_helper(rows[i].body);
        enum sv_status status = run("./helper", "", &result, &err);
        if (status != rows[i].status || strstr(err.text, rows[i].words) == NULL)
            fail_msg("%s: %d %s", rows[i].body, (int)status, err.text);
        assert_int_equal(result.code, 999); /* written on success only */
        assert_null(strstr(err.text, word));
    }
}

static void lying_answer_is_refused(void **state)
{
    (void)state;
    struct smtp_result result;
    uint8_t frame[WIRE_RESULT_MAX];
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    size_t len = support_read("answer", frame, sizeof(frame));
    frame[WIRE_HEAD] = SMTP_WRONG_SECRET; /* done, and yet not ok */
    support_write("answer", frame, len, 0600);
    assert_int_equal(run("./helper", "", &result, &(struct sv_err){0}), SV_DATA);
}

static void hanging_helper_is_ended(void **state)
{
    (void)state;
    struct smtp_result result;
    write_helper("echo $$ >pid; exec sleep 600");
    assert_int_equal(run("./helper", "", &result, &(struct sv_err){0}), SV_OK);
    assert_int_equal(result.verdict, SMTP_TIMEOUT);
    assert_true(result.cause[0] != '\0' && result.advice[0] != '\0');
    char pid[16] = {0};
    (void)support_read("pid", pid, sizeof(pid) - 1);
    assert_int_equal(kill(atoi(pid), 0), -1);
}

static void wrong_files_are_told(void **state)
{
    (void)state;
    struct smtp_result result;
    struct sv_err err = {0};
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    assert_int_equal(run("./no-helper", "", &result, &err), SV_CONFIG);
    assert_non_null(strstr(err.text, "no-helper"));
    assert_int_equal(run("./helper", "no-such.pem", &result, &err), SV_MISSING);
    assert_non_null(strstr(err.text, "no-such.pem"));
    support_write("plain", "not a program", 13, 0600);
    assert_int_equal(run("./plain", "", &result, &err), SV_CONFIG);

    /* A relative CA file is told by its whole path: the helper stands elsewhere. */
    support_write("ca.pem", "x", 1, 0600);
    assert_int_equal(run("./helper", "ca.pem", &result, &err), SV_OK);
    uint8_t frame[WIRE_REQUEST_MAX];
    size_t len = support_read("request", frame, sizeof(frame));
    struct smtp_target target;
    SECRET_OWNED struct secret *secret = NULL;
    assert_int_equal(wire_get_request(frame, len, &target, &secret, NULL), SV_OK);
    assert_int_equal(target.ca_file[0], '/');
}

static bool sent_as_token(const char *login_options, bool bearer)
{
    struct smtp_target target = {.host = "localhost",
                                 .port = 587,
                                 .tls = SMTP_STARTTLS,
                                 .username = "alice",
                                 .bearer = bearer};
    struct smtp_target sent;
    struct smtp_result result;
    uint8_t frame[WIRE_REQUEST_MAX];
    SECRET_OWNED struct secret *secret = NULL, *sent_secret = NULL;
    const struct smtp_gate gate = {give, &secret};
    snprintf(target.login_options, sizeof(target.login_options), "%s", login_options);
    assert_int_equal(secret_copy(&secret, word, strlen(word), NULL), SV_OK);
    assert_int_equal(smtp_test("./helper", &target, &gate, &result, NULL), SV_OK);
    size_t len = support_read("request", frame, sizeof(frame));
    assert_int_equal(wire_get_request(frame, len, &sent, &sent_secret, NULL), SV_OK);
    assert_true(sent.connect_ms > 0 && sent.total_ms > sent.connect_ms);
    return sent.bearer;
}

static void mechanism_tells_what_the_secret_is(void **state)
{
    (void)state;
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    assert_true(sent_as_token("", true));
    assert_false(sent_as_token("", false));
    assert_true(sent_as_token("AUTH=XOAUTH2", false));
    assert_true(sent_as_token("AUTH=OAUTHBEARER", false));
    assert_false(sent_as_token("AUTH=PLAIN", true));
}

static void no_memory_is_told(void **state)
{
    (void)state;
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    size_t live = secret_live();
    for (unsigned long n = 2;; n++) { /* the first is the test's own secret */
        struct smtp_result result = {.code = 999};
        sv_alloc_fail_at(n);
        enum sv_status status = run("./helper", "", &result, &(struct sv_err){0});
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        assert_int_equal(secret_live(), live);
        if (!failed) {
            assert_int_equal(status, SV_OK);
            break;
        }
        assert_int_not_equal(status, SV_OK);
        assert_int_equal(result.code, 999);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answer_is_taken, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(helper_sees_the_request_only, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(dead_helpers_are_reported, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(lying_answer_is_refused, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(hanging_helper_is_ended, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(wrong_files_are_told, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(mechanism_tells_what_the_secret_is, support_enter,
                                        support_leave),
        cmocka_unit_test_setup_teardown(no_memory_is_told, support_enter, support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
