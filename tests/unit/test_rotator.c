/* SPDX-License-Identifier: ISC */
/* Rotators as they are and as they should not be: small programs of sh, really run. */
#include "support.h"

#include <errno.h>
#include <limits.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/env.h"
#include "rotator/place.h"
#include "rotator/run.h"

#define NEW "new-Secret+1/"
#define OLD "old secret \"2\""
#define OWN "owner's own"
#define OK_LINE "echo '{\"schema\":1,\"result\":\"ok\"}'\n"

struct trial {
    struct profile p;
    struct secret *new_secret, *old_secret, *own_secret;
    struct rotator_ask ask;
    struct rotator_answer answer;
    struct sv_err err;
    char program[PATH_MAX];
    int64_t limit;
};

static struct secret *secret_of(const char *text)
{
    struct secret *s = NULL;
    assert_int_equal(secret_copy(&s, text, strlen(text), NULL), SV_OK);
    return s;
}

static void begin(struct trial *t, enum rotator_step step, const char *script)
{
    static char name[] = "work", host[] = "mail.example.test", user[] = "bob@example.test";
    static const char *const params[] = {"file=/etc/dovecot/users", "long-key=a b"};
    char text[8192];
    memset(t, 0, sizeof *t);
    t->p = (struct profile){
        .name = name, .host = host, .port = 587, .tls = TLS_STARTTLS, .version = 3};
    t->new_secret = step == ROTATOR_CREATE ? NULL : secret_of(NEW);
    t->old_secret = secret_of(OLD);
    t->own_secret = secret_of(OWN);
    t->ask = (struct rotator_ask){.step = step,
                                  .profile = &t->p,
                                  .old_user = user,
                                  .new_user = user,
                                  .own = &t->p,
                                  .params = params,
                                  .param_count = 2,
                                  .new_secret = t->new_secret,
                                  .old_secret = t->old_secret,
                                  .own_secret = t->own_secret};
    t->limit = ROTATOR_LIMIT_MS;
    assert_non_null(getcwd(t->program, sizeof t->program - 16));
    strcat(t->program, "/rotator");
    int len = snprintf(text, sizeof text, "#!/bin/sh\n%s", script);
    assert_true(len > 0 && (size_t)len < sizeof text);
    unlink("rotator");
    support_write("rotator", text, (size_t)len, 0755);
}

static void end(struct trial *t)
{
    rotator_answer_clear(&t->answer);
    secret_free(t->new_secret);
    secret_free(t->old_secret);
    secret_free(t->own_secret);
    assert_int_equal(secret_live(), 0);
}

static void go(struct trial *t)
{
    assert_int_equal(rotator_do(t->program, &t->ask, t->limit, &t->answer, &t->err), SV_OK);
}

static bool said(const struct trial *t, const char *text)
{
    return t->answer.said.len > 0 &&
           memmem(t->answer.said.bytes, t->answer.said.len, text, strlen(text)) != NULL;
}

static void has(const char *path, const char *text)
{
    char bytes[8192];
    size_t len = support_read(path, bytes, sizeof bytes - 1);
    bytes[len] = '\0';
    if (strstr(bytes, text) == NULL)
        fail_msg("%s has no \"%s\": %s", path, text, bytes);
}

/* ---- as it should be ---- */

static void it_is_told_all_of_it(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET,
          "cd \"${0%/*}\"\n"
          "cat >asked; cat <&3 >new; cat <&5 >old; cat <&6 >own; env >env\n"
          "echo \"$#,$1\" >args; ls /proc/self/fd >fds; ( : >/dev/tty ) 2>/dev/null && echo tty "
          ">>args\n"
          "echo lost >&4\n" OK_LINE);
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_OK);
    assert_string_equal(t.answer.message, "");
    assert_null(t.answer.made);
    has("asked", "{\"schema\":1,\"step\":\"set\",\"profile\":\"work\"");
    has("asked", "\"settings\":{\"file\":\"/etc/dovecot/users\",\"long-key\":\"a b\"}");
    has("asked", "\"emergency\":false");
    has("asked", "\"secrets\":{\"new\":3,\"made\":null,\"old\":5,\"own\":6}");
    has("new", NEW "\n");
    has("old", OLD "\n");
    has("own", OWN "\n");
    has("args", "1,set\n");
    has("env", "SMTPVAULT_HOST=mail.example.test\n");
    has("env", "SMTPVAULT_SET_LONG_KEY=a b\n");
    char bytes[8192];
    size_t len = support_read("env", bytes, sizeof bytes);
    assert_null(memmem(bytes, len, "OF_OURS", 7));
    assert_null(memmem(bytes, len, NEW, strlen(NEW)));
    len = support_read("args", bytes, sizeof bytes);
    assert_null(memmem(bytes, len, "tty", 3));
    /* The folder that ls itself looks at is one more. */
    len = support_read("fds", bytes, sizeof bytes);
    assert_int_equal(len, strlen("0\n1\n2\n3\n4\n5\n6\n7\n"));
    end(&t);
}

static void it_is_told_of_an_emergency(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET, "cd \"${0%/*}\"\ncat >asked; env >env\n" OK_LINE);
    t.ask.emergency = true;
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_OK);
    has("asked", "\"emergency\":true");
    has("env", "SMTPVAULT_EMERGENCY=yes\n");
    end(&t);
}

static void what_it_makes_is_taken(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_CREATE,
          "test -z \"$(cat <&3)\" || exit 1\n"
          "echo 'made here' >&4; echo 'it is made here' >&2\n"
          "echo '{\"schema\":1,\"result\":\"ok\",\"username\":\"AKIA2\",\"more\":[1]}'\n");
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_OK);
    assert_string_equal(t.answer.user, "AKIA2");
    assert_non_null(t.answer.made);
    assert_int_equal(secret_len(t.answer.made), 9);
    assert_memory_equal(secret_peek(t.answer.made), "made here", 9);
    assert_true(said(&t, "it is ****\n"));
    end(&t);
}

static void what_it_makes_has_to_be_a_secret(void **state)
{
    static const char *const scripts[] = {"printf 'a\\nb\\n' >&4\n" OK_LINE,
                                          "printf '\\n' >&4\n" OK_LINE,
                                          "head -c 9000 /dev/zero | tr '\\0' x >&4\n" OK_LINE};
    struct trial t;
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        begin(&t, ROTATOR_CREATE, scripts[i]);
        go(&t);
        assert_int_equal(t.answer.result, ROTATOR_UNSURE);
        assert_null(t.answer.made);
        assert_non_null(strstr(t.answer.message, "is no secret"));
        end(&t);
    }
}

static void other_results(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET,
          "echo '{\"schema\":1,\"result\":\"refused\",\"message\":\"too \\u0073hort\"}'; exit 3");
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_REFUSED);
    assert_string_equal(t.answer.message, "too short");
    end(&t);
    begin(&t, ROTATOR_TEST, "echo '{\"schema\":1,\"result\":\"retry\"}'");
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_RETRY);
    end(&t);
    begin(&t, ROTATOR_FINISH, "echo '{\"schema\":1,\"result\":\"unsupported\"}'");
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_UNSUPPORTED);
    end(&t);
}

/* ---- as it should not be ---- */

static void one_that_does_not_answer(void **state)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        {"exit 0", "it gave no answer"},
        {"exec >&-; exit 0", "it gave no answer"},
        {"echo reason >&2; exit 4", "it ended with status 4: reason"},
        {"exit 4", "it ended with status 4 and said nothing"},
        {OK_LINE "exit 5", "it says ok and ended with status 5"},
        {OK_LINE "kill -KILL $$", "it died of signal 9"},
        {"kill -SEGV $$", "it died of signal 11"},
        {"echo hello", "its answer is not the JSON that it should be"},
        {"echo '[]'", "its answer is no JSON object"},
        {"echo '{\"result\":\"ok\"}'", "its answer is not of schema 1"},
        {"echo '{\"schema\":1,\"result\":\"done\"}'", "the result in its answer"},
        {"echo '{\"schema\":1,\"result\":\"ok\",\"message\":5}'", "the message in its answer"},
        {"echo '{\"schema\":1,\"result\":\"ok\",\"username\":\"a\\u0007\"}'", "the user name"},
        {"echo '{\"schema\":1,\"result\":\"ok\",\"result\":\"refused\"}'", "its answer"},
        {OK_LINE OK_LINE, "its answer"},
        {"i=0; while [ $i -lt 999 ]; do printf '['; i=$((i + 1)); done", "its answer"},
        {"head -c 1000000 /dev/zero", "its answer is longer than 16384 bytes"},
    };
    struct trial t;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(&t, ROTATOR_SET, rows[i].script);
        go(&t);
        assert_int_equal(t.answer.result, ROTATOR_UNSURE);
        if (strstr(t.answer.message, rows[i].message) == NULL)
            fail_msg("%s: \"%s\"", rows[i].script, t.answer.message);
        end(&t);
    }
}

/* It is killed, with what it has started, and one that does not hear as well. */
static void one_that_hangs(void **state)
{
    static const char *const scripts[] = {
        "echo $$ >\"${0%/*}/pids\"; exec >&- 2>&-; exec sleep 600",
        "trap '' TERM; sleep 600 & echo $! >\"${0%/*}/pids\"; wait; wait"};
    struct trial t;
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        begin(&t, ROTATOR_SET, scripts[i]);
        t.limit = 300;
        int64_t before = env_monotonic_ms();
        go(&t);
        assert_true(env_monotonic_ms() - before < 20000);
        assert_int_equal(t.answer.result, ROTATOR_UNSURE);
        assert_non_null(strstr(t.answer.message, "it did not end within 1 s and was ended"));
        char pid[16] = "";
        assert_true(support_read("pids", pid, sizeof pid - 1) > 0);
        for (int n = 0; n < 500 && kill(atoi(pid), 0) == 0; n++)
            usleep(10000); /* until whoever inherits it has reaped it */
        assert_int_equal(kill(atoi(pid), 0), -1);
        end(&t);
    }
}

/* Neither one in its group, which is killed, nor one outside it, which is not ours to kill, keeps
 * the answer waiting. */
static void one_that_leaves_a_child(void **state)
{
    static const char *const scripts[] = {
        "sleep 600 & echo $! >\"${0%/*}/pids\"\n" OK_LINE,
        "setsid sleep 3 & echo $! >\"${0%/*}/pids\"\n" OK_LINE,
    };
    struct trial t;
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        begin(&t, ROTATOR_SET, scripts[i]);
        int64_t before = env_monotonic_ms();
        go(&t);
        assert_int_equal(t.answer.result, ROTATOR_OK);
        assert_true(env_monotonic_ms() - before < 2500);
        end(&t);
    }
}

static void one_that_reads_nothing(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET, "exec 0<&- 3<&- 5<&-\n" OK_LINE);
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_OK);
    end(&t);
}

/* In every form that tools give it; nor does it come back in a message that is cut. */
static void one_that_prints_the_secret(void **state)
{
    static const char *const leaks[] = {
        "cat <&3 >&2",
        "printf 'x%sy' \"$(cat <&3)\" >&2",
        "base64 <&3 >&2",
        "printf 'user:%s' \"$(cat <&3)\" | base64 >&2",
        "printf '\\0bob\\0%s' \"$(cat <&3)\" | base64 >&2",
        "od -An -v -tx1 <&3 | tr -d ' \\n' >&2",
        "printf 'a=new-Secret%%2B1%%2F&b' >&2",
        "printf '{\"p\":\"old secret \\\\\"2\\\\\"\"}' >&2; cat <&3 >/dev/null",
        "cat <&5 <&6 >&2",
    };
    static const char *const never[] = {NEW,
                                        "bmV3LVNlY3JldCsx",
                                        "ldy1TZWNyZXQrMS",
                                        "uZXctU2VjcmV0Kz",
                                        "6e65772d",
                                        "new-Secret%2B",
                                        OLD,
                                        OWN,
                                        "old secret"};
    struct trial t;
    (void)state;
    for (size_t i = 0; i < COUNT(leaks); i++) {
        char script[512];
        snprintf(script, sizeof script, "%s\n" OK_LINE, leaks[i]);
        begin(&t, ROTATOR_SET, script);
        go(&t);
        assert_int_equal(t.answer.result, ROTATOR_OK);
        if (!said(&t, MASK_WORDS))
            fail_msg("%s: %.*s", leaks[i], (int)t.answer.said.len, (char *)t.answer.said.bytes);
        for (size_t n = 0; n < COUNT(never); n++)
            if (said(&t, never[n]))
                fail_msg("%s shows \"%s\"", leaks[i], never[n]);
        end(&t);
    }
    for (int before = 180; before < 202; before++) {
        char script[512];
        snprintf(script, sizeof script,
                 "x=$(head -c %d /dev/zero | tr '\\0' x)\n"
                 "printf '{\"schema\":1,\"result\":\"ok\",\"message\":\"%%s\"}' \"$x" NEW "\"",
                 before);
        begin(&t, ROTATOR_SET, script);
        go(&t);
        assert_int_equal(t.answer.result, ROTATOR_OK);
        assert_null(strstr(t.answer.message, "xn"));
        end(&t);
    }
}

static void the_secret_on_its_output_is_no_answer(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET, "cat <&3; cat <&5");
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_UNSURE);
    assert_null(strstr(t.answer.message, "ecret"));
    end(&t);
}

static void much_on_standard_error_is_cut(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET,
          "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i + 1)); done >&2\n" OK_LINE);
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_OK);
    assert_in_range(t.answer.said.len, 10000, ROTATOR_SAID_MAX + 1);
    end(&t);
    begin(&t, ROTATOR_SET, "printf '\\033[31mred\\n\\377\\n\\n' >&2\n" OK_LINE);
    go(&t);
    assert_true(said(&t, "\\x1b[31mred\n\\xff\n"));
    end(&t);
}

static void one_that_cannot_be_started(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET, "");
    support_write("rotator", "#!/nowhere/python3\n", 19, 0755);
    assert_int_equal(rotator_do(t.program, &t.ask, 1000, &t.answer, &t.err), SV_CONFIG);
    assert_non_null(strstr(t.err.text, "first line names"));
    assert_int_equal(chmod("rotator", 0644), 0);
    assert_int_equal(rotator_do(t.program, &t.ask, 1000, &t.answer, &t.err), SV_CONFIG);
    end(&t);
}

/* ---- what it leaves behind ---- */

/* In a session of its own, with its parent gone: it is a process of nobody's. */
#define LEAVES                                                                          \
    "cd \"${0%/*}\"; rm -f left\n"                                                      \
    "(setsid sh -c 'echo $$ >left.new; mv left.new left; exec sleep 600' >&- 2>&- &)\n" \
    "while [ ! -e left ]; do sleep 0.01; done\n"

static pid_t left_pid(void)
{
    char pid[16] = "";
    for (int n = 0; n < 500 && access("left", F_OK) != 0; n++)
        usleep(10000);
    assert_true(support_read("left", pid, sizeof pid - 1) > 0);
    assert_true(atoi(pid) > 1);
    return atoi(pid);
}

static bool ends(pid_t pid)
{
    for (int n = 0; n < 500 && kill(pid, 0) == 0; n++)
        usleep(10000);
    return kill(pid, 0) != 0;
}

static void all_that_it_started_ends_with_its_time(void **state)
{
    static const char *const ways[] = {"sleep 600", "trap '' TERM; sleep 600; sleep 600",
                                       "trap 'exit 0' TERM; sleep 600 & wait"};
    struct trial t;
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        char script[512];
        snprintf(script, sizeof script, "%s%s\n%s", LEAVES, ways[i], OK_LINE);
        begin(&t, ROTATOR_SET, script);
        t.limit = 300;
        go(&t);
        assert_int_equal(t.answer.result, ROTATOR_UNSURE);
        assert_non_null(strstr(t.answer.message, "did not end within"));
        pid_t left = left_pid();
        if (!ends(left)) {
            kill(left, SIGKILL);
            fail_msg("what it started goes on: %s", ways[i]);
        }
        end(&t);
    }
}

static void a_service_started_in_time_goes_on(void **state)
{
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET, LEAVES OK_LINE);
    go(&t);
    assert_int_equal(t.answer.result, ROTATOR_OK);
    usleep(100000);
    assert_int_equal(kill(left_pid(), 0), 0);
    kill(left_pid(), SIGKILL);
    end(&t);
}

static int begin_and_die(void *context)
{
    struct trial *t = context;
    struct rotator_run *run = NULL;
    if (rotator_run_begin(&run, t->program, &t->ask, 60000, &t->err) != SV_OK)
        return 1;
    for (int n = 0; n < 500 && access("pids", F_OK) != 0; n++)
        usleep(10000);
    kill(getpid(), SIGKILL);
    return 2;
}

static void it_dies_with_us(void **state)
{
    struct trial t;
    char pid[16] = "";
    (void)state;
    begin(&t, ROTATOR_SET,
          "cd \"${0%/*}\"; echo $$ >pids.new; mv pids.new pids\n"
          "i=0; while [ $i -lt 3000 ]; do sleep 0.02; i=$((i + 1)); done; echo done >pids\n");
    unlink("pids");
    int status = support_child(begin_and_die, &t);
    assert_true(WIFSIGNALED(status));
    assert_true(support_read("pids", pid, sizeof pid - 1) > 0);
    for (int n = 0; n < 500 && kill(atoi(pid), 0) == 0; n++)
        usleep(10000);
    assert_int_equal(kill(atoi(pid), 0), -1);
    unlink("pids");
    end(&t);
    begin(&t, ROTATOR_SET, LEAVES "echo $$ >pids; sleep 600\n");
    status = support_child(begin_and_die, &t);
    assert_true(WIFSIGNALED(status));
    assert_true(ends(left_pid()));
    end(&t);
}

static void one_given_up_is_ended(void **state)
{
    struct rotator_run *run = NULL;
    struct trial t;
    (void)state;
    begin(&t, ROTATOR_SET, "sleep 600");
    assert_int_equal(rotator_run_begin(&run, t.program, &t.ask, 60000, &t.err), SV_OK);
    assert_false(rotator_run_step(run));
    rotator_run_free(run);
    errno = 0;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    end(&t);
}

static void no_memory(void **state)
{
    struct trial t;
    bool came = true;
    (void)state;
    begin(&t, ROTATOR_CREATE,
          "echo made-here >&4; echo words >&2\n"
          "echo '{\"schema\":1,\"result\":\"ok\",\"message\":\"well\"}'\n");
    for (unsigned long n = 1; came; n++) {
        sv_alloc_fail_at(n);
        enum sv_status s = rotator_do(t.program, &t.ask, t.limit, &t.answer, &t.err);
        came = sv_alloc_failed() != 0;
        sv_alloc_fail_at(0);
        /* Only the reading of the answer may swallow one: then there is none that counts. */
        if (came && s == SV_OK)
            assert_int_equal(t.answer.result, ROTATOR_UNSURE);
        if (!came)
            assert_int_equal(t.answer.result, ROTATOR_OK);
        rotator_answer_clear(&t.answer);
    }
    end(&t);
}

/* ---- commands ---- */

static int command(const char *script, int64_t limit, struct rotator_end *e)
{
    char sh[] = "sh", c[] = "-c", text[512], path[] = "PATH=/usr/bin:/bin";
    char *const argv[] = {sh, c, text, NULL}, *const envp[] = {path, NULL};
    snprintf(text, sizeof text, "%s", script);
    rotator_end_clear(e);
    return rotator_command(argv, envp, limit, e);
}

static bool printed(const struct rotator_end *e, const char *text)
{
    return e->said.len == strlen(text) && memcmp(e->said.bytes, text, e->said.len) == 0;
}

static void commands(void **state)
{
    ROTATOR_END_OWNED struct rotator_end e = {.late = false};
    char sh[] = "./sh", *const other[] = {sh, NULL}, *const empty[] = {NULL};
    char nowhere[] = "no-such-program", *const none[] = {nowhere, NULL}, here[PATH_MAX];
    (void)state;
    assert_int_equal(command("pwd; cat; echo \033[31m >&2; exit 3", 5000, &e), 0);
    assert_true(printed(&e, "/\n\\x1b[31m\n"));
    assert_true(!e.late && WIFEXITED(e.status) && WEXITSTATUS(e.status) == 3);
    /* Nothing of ours is open to it, and it has no terminal. */
    int ours = open("/dev/null", O_RDONLY);
    assert_true(ours > 2);
    assert_int_equal(command("ls /proc/self/fd; ( : >/dev/tty ) 2>/dev/null && echo tty", 5000, &e),
                     0);
    assert_true(printed(&e, "0\n1\n2\n3\n"));
    close(ours);
    assert_int_equal(command("kill -9 $$", 5000, &e), 0);
    assert_true(WIFSIGNALED(e.status) && WTERMSIG(e.status) == SIGKILL);
    assert_int_equal(
        command("i=0; while [ $i -lt 9999 ]; do echo 0123456789; i=$((i + 1)); done", 20000, &e),
        0);
    assert_int_equal(e.status, 0);
    assert_in_range(e.said.len, 10000, ROTATOR_SAID_MAX + 1);
    assert_non_null(getcwd(here, sizeof here));
    unlink("left");
    char script[PATH_MAX + 200];
    snprintf(script, sizeof script,
             "(setsid sh -c 'echo $$ >%s/left; exec sleep 600' >&- 2>&- &) ; sleep 600", here);
    assert_int_equal(command(script, 500, &e), 0);
    assert_true(e.late && ends(left_pid()));
    assert_int_equal(rotator_command(none, empty, 1000, &e), ENOENT);
    assert_int_equal(rotator_command(other, empty, 1000, &e), ENOENT);
    /* A folder of PATH that depends on where somebody is does not count. */
    support_write("no-such-program", "#!/bin/sh\n", 10, 0755);
    assert_int_equal(setenv("PATH", "", 1), 0);
    assert_int_equal(rotator_command(none, empty, 1000, &e), ENOENT);
    assert_int_equal(setenv("PATH", ".:/usr/bin:/bin", 1), 0);
    assert_int_equal(rotator_command(none, empty, 1000, &e), ENOENT);
}

/* ---- where it is ---- */

static void places(void **state)
{
    const char *folders[] = {"a", "b"};
    struct sv_err err = {""};
    char *path = NULL;
    (void)state;
    assert_int_equal(mkdir("a", 0755), 0);
    assert_int_equal(mkdir("b", 0755), 0);
    support_write("b/one", "#!/bin/sh\n", 10, 0755);
    support_write("b/two", "#!/bin/sh\n", 10, 0777);
    support_write("b/three", "#!/bin/sh\n", 10, 0644);
    assert_int_equal(chmod("b/two", 0777), 0);
    assert_int_equal(rotator_find("one", folders, 2, &path, &err), SV_OK);
    assert_int_equal(path[0], '/');
    assert_non_null(strstr(path, "/b/one"));
    sv_free(path);
    support_write("a/one", "#!/bin/sh\n", 10, 0755);
    assert_int_equal(rotator_find("one", folders, 2, &path, &err), SV_OK);
    assert_non_null(strstr(path, "/a/one"));
    sv_free(path);
    assert_int_equal(rotator_find("./b/one", folders, 2, &path, &err), SV_OK);
    assert_non_null(strstr(path, "/b/one"));
    sv_free(path);
    assert_int_equal(rotator_find("two", folders, 2, &path, &err), SV_DENIED);
    assert_int_equal(rotator_find("three", folders, 2, &path, &err), SV_CONFIG);
    assert_int_equal(rotator_find("four", folders, 2, &path, &err), SV_MISSING);
    assert_non_null(strstr(err.text, "a, b"));
    assert_int_equal(rotator_find("", folders, 2, &path, &err), SV_MISSING);
    assert_int_equal(rotator_find("./four", folders, 2, &path, &err), SV_MISSING);
    assert_int_equal(rotator_find("b", folders, 0, &path, &err), SV_MISSING);
    assert_int_equal(rotator_find("./b", folders, 2, &path, &err), SV_DENIED);
    /* Whoever may put another in its place. */
    assert_int_equal(chmod("a", 0777), 0);
    assert_int_equal(rotator_find("one", folders, 2, &path, &err), SV_DENIED);
    assert_int_equal(unlink("a/one"), 0);
    assert_int_equal(symlink("../b/one", "a/one"), 0);
    assert_int_equal(rotator_find("one", folders, 2, &path, &err), SV_DENIED);
    assert_int_equal(mkdir("a/c", 0755), 0);
    support_write("a/c/one", "#!/bin/sh\n", 10, 0755);
    assert_int_equal(rotator_find("./a/c/one", folders, 2, &path, &err), SV_DENIED);
    assert_non_null(strstr(err.text, "other users can change"));
    assert_int_equal(chmod("a", 01777), 0);
    assert_int_equal(rotator_find("./a/c/one", folders, 2, &path, &err), SV_OK);
    sv_free(path);
}

static void settings(void **state)
{
    char longest[ROTATOR_PARAM_MAX + 2];
    (void)state;
    assert_int_equal(rotator_check_param("file=/etc/users", NULL), SV_OK);
    assert_int_equal(rotator_check_param("a-1=", NULL), SV_OK);
    assert_int_equal(rotator_check_param("a=b=c", NULL), SV_OK);
    assert_int_equal(rotator_check_param("file", NULL), SV_USAGE);
    assert_int_equal(rotator_check_param("=x", NULL), SV_USAGE);
    assert_int_equal(rotator_check_param("File=x", NULL), SV_USAGE);
    assert_int_equal(rotator_check_param("1=x", NULL), SV_USAGE);
    assert_int_equal(rotator_check_param("a=b\nc", NULL), SV_USAGE);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    longest[1] = '=';
    assert_int_equal(rotator_check_param(longest, NULL), SV_USAGE);
    longest[ROTATOR_PARAM_MAX] = '\0';
    assert_int_equal(rotator_check_param(longest, NULL), SV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_all_of_it),
        cmocka_unit_test(it_is_told_of_an_emergency),
        cmocka_unit_test(what_it_makes_is_taken),
        cmocka_unit_test(what_it_makes_has_to_be_a_secret),
        cmocka_unit_test(other_results),
        cmocka_unit_test(one_that_does_not_answer),
        cmocka_unit_test(one_that_hangs),
        cmocka_unit_test(one_that_leaves_a_child),
        cmocka_unit_test(one_that_reads_nothing),
        cmocka_unit_test(one_that_prints_the_secret),
        cmocka_unit_test(the_secret_on_its_output_is_no_answer),
        cmocka_unit_test(much_on_standard_error_is_cut),
        cmocka_unit_test(one_that_cannot_be_started),
        cmocka_unit_test(it_dies_with_us),
        cmocka_unit_test(one_given_up_is_ended),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(all_that_it_started_ends_with_its_time),
        cmocka_unit_test(a_service_started_in_time_goes_on),
        cmocka_unit_test(commands),
        cmocka_unit_test(places),
        cmocka_unit_test(settings),
    };
    struct sv_err err = {""};
    if (secret_process_harden(&err) != SV_OK)
        return 1;
    signal(SIGPIPE, SIG_IGN);
    (void)umask(022);
    (void)setenv("OF_OURS", "1", 1);
    return cmocka_run_group_tests(tests, support_enter, support_leave);
}
