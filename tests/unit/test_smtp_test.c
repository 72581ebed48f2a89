/* SPDX-License-Identifier: ISC */
/*
 * smtp_test() against helpers that misbehave, and what a helper can see of its
 * parent: nothing but the request. The helpers are small shell scripts.
 */
#include "support.h"

#include <time.h>

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

static void write_frame(const char *name, enum wire_kind kind, enum smtp_verdict verdict,
                        enum smtp_phase phase)
{
    struct smtp_result r = {.verdict = verdict, .phase = phase, .code = 235};
    snprintf(r.offer.mechanisms, sizeof(r.offer.mechanisms), "PLAIN LOGIN");
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    assert_int_equal(wire_put_result(kind, frame, &len, &r, NULL), SV_OK);
    support_write(name, frame, len, 0600);
}

static void write_answer(enum smtp_verdict verdict, enum smtp_phase phase)
{
    write_frame("offer", WIRE_OFFER, SMTP_DOWNGRADED, PHASE_AUTH);
    write_frame("answer", WIRE_RESULT, verdict, phase);
}

/* What came over the link: the target, then the secret. */
static void read_request(struct smtp_target *target, struct secret **secret)
{
    uint8_t bytes[WIRE_LOGIN_MAX + WIRE_SECRET_MAX];
    size_t len = support_read("request", bytes, sizeof(bytes));
    size_t login = wire_frame_len(bytes, WIRE_LOGIN);
    assert_true(login > 0 && login < len);
    assert_int_equal(wire_get_login(bytes, login, target, NULL), SV_OK);
    assert_int_equal(wire_get_secret(bytes + login, len - login, secret, NULL), SV_OK);
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

/* The answer waits for the secret, as the helper's does. */
static const char answering[] = "cat offer >&3; cat <&3 >request; cat answer >&3";

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

    struct smtp_target target;
    SECRET_OWNED struct secret *secret = NULL;
    read_request(&target, &secret);
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
                 "cat offer >&3; cat <&3 >request; cat answer >&3");
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
        {"echo 'HTTP/1.1 200 OK' >&3", "none", SV_INTERNAL},
        {"head -c 20 answer >&3", "without an answer", SV_INTERNAL},
        {"cat offer >&3; cat <&3 >/dev/null; echo 'HTTP/1.1 200 OK' >&3", "none", SV_INTERNAL},
        {"cat offer >&3; cat <&3 >/dev/null; cat offer >&3", "none", SV_INTERNAL},
        {"cat offer >&3; cat <&3 >/dev/null; head -c 20 answer >&3", "without an answer",
         SV_INTERNAL},
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

static enum sv_status refuse(void *context, const struct smtp_offer *offer, struct secret **secret,
                             struct sv_err *err)
{
    size_t *asked = context;
    (void)secret;
    ++*asked;
    assert_string_equal(offer->mechanisms, "PLAIN LOGIN");
    return sv_fail(err, SV_DENIED, "not to this server");
}

static enum sv_status run_gated(size_t *asked, struct smtp_result *result, struct sv_err *err)
{
    struct smtp_target target = {
        .host = "localhost", .port = 587, .tls = SMTP_STARTTLS, .connect_ms = 100, .total_ms = 100};
    return smtp_test("./helper", &target, &(struct smtp_gate){refuse, asked}, result, err);
}

static void closed_gate_keeps_the_secret(void **state)
{
    (void)state;
    struct smtp_result result;
    struct sv_err err = {0};
    size_t asked = 0;
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    assert_int_equal(run_gated(&asked, &result, &err), SV_DENIED);
    assert_string_equal(err.text, "not to this server");
    assert_int_equal(asked, 1);
    assert_int_equal(result.verdict, SMTP_DOWNGRADED);
    assert_int_equal(result.phase, PHASE_AUTH);
    assert_string_equal(result.offer.mechanisms, "PLAIN LOGIN");
    uint8_t bytes[WIRE_LOGIN_MAX + WIRE_SECRET_MAX];
    size_t len = support_read("request", bytes, sizeof(bytes));
    assert_int_equal(wire_frame_len(bytes, WIRE_LOGIN), len); /* and nothing behind it */
}

static void gate_is_not_asked_before_an_offer(void **state)
{
    (void)state;
    struct smtp_result result;
    size_t asked = 0;
    write_answer(SMTP_NO_AUTH_OFFERED, PHASE_AUTH);
    write_helper("cat answer >&3");
    assert_int_equal(run_gated(&asked, &result, &(struct sv_err){0}), SV_OK);
    assert_int_equal(result.verdict, SMTP_NO_AUTH_OFFERED);
    assert_int_equal(asked, 0);
}

static enum sv_status dawdle(void *context, const struct smtp_offer *offer, struct secret **secret,
                             struct sv_err *err)
{
    struct timespec rest = {.tv_sec = 2, .tv_nsec = 300000000};
    nanosleep(&rest, NULL);
    return give(context, offer, secret, err);
}

/* A person is asked whether the secret may be used: longer than the test itself may take. */
static void gate_may_take_its_time(void **state)
{
    (void)state;
    struct smtp_target target = {
        .host = "localhost", .port = 587, .tls = SMTP_STARTTLS, .connect_ms = 100, .total_ms = 100};
    struct smtp_result result;
    SECRET_OWNED struct secret *secret = NULL;
    write_helper(answering);
    write_answer(SMTP_OK, PHASE_DONE);
    assert_int_equal(secret_copy(&secret, word, strlen(word), NULL), SV_OK);
    const struct smtp_gate gate = {dawdle, &secret};
    assert_int_equal(smtp_test("./helper", &target, &gate, &result, NULL), SV_OK);
    assert_int_equal(result.verdict, SMTP_OK);
}

/* After the offer what was seen stays, and the fault is the login's. */
static void hanging_login_is_ended(void **state)
{
    (void)state;
    struct smtp_result result;
    write_answer(SMTP_OK, PHASE_DONE);
    write_helper("cat offer >&3; cat <&3 >request; exec sleep 600");
    assert_int_equal(run("./helper", "", &result, &(struct sv_err){0}), SV_OK);
    assert_int_equal(result.verdict, SMTP_TIMEOUT);
    assert_int_equal(result.phase, PHASE_AUTH);
    assert_string_equal(result.offer.mechanisms, "PLAIN LOGIN");
    assert_true(result.cause[0] != '\0' && result.advice[0] != '\0');
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
    struct smtp_target target;
    SECRET_OWNED struct secret *secret = NULL;
    read_request(&target, &secret);
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
    SECRET_OWNED struct secret *secret = NULL, *sent_secret = NULL;
    const struct smtp_gate gate = {give, &secret};
    snprintf(target.login_options, sizeof(target.login_options), "%s", login_options);
    assert_int_equal(secret_copy(&secret, word, strlen(word), NULL), SV_OK);
    assert_int_equal(smtp_test("./helper", &target, &gate, &result, NULL), SV_OK);
    read_request(&sent, &sent_secret);
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
        assert_true(result.code == 999 || result.verdict == SMTP_DOWNGRADED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answer_is_taken, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(helper_sees_the_request_only, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(dead_helpers_are_reported, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(lying_answer_is_refused, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(closed_gate_keeps_the_secret, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(gate_is_not_asked_before_an_offer, support_enter,
                                        support_leave),
        cmocka_unit_test_setup_teardown(gate_may_take_its_time, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(hanging_login_is_ended, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(hanging_helper_is_ended, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(wrong_files_are_told, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(mechanism_tells_what_the_secret_is, support_enter,
                                        support_leave),
        cmocka_unit_test_setup_teardown(no_memory_is_told, support_enter, support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
