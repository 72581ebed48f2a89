/* SPDX-License-Identifier: ISC */
/* Sockets handed over by a service manager. Each case is a child, whose descriptors from 3
 * on are what it was given. */
#include "support.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "agent/activation.h"

struct given {
    const char
        *kinds; /* a letter a descriptor: s stream, q seqpacket, c connected, i inet, f file */
    const char *names; /* LISTEN_FDNAMES, or NULL */
    const char *count; /* LISTEN_FDS, or NULL: as many as there are */
    long pid;          /* LISTEN_PID; 0: the child's own */
    enum sv_status want;
    int agent, socketmap, credentials; /* which descriptor each has to be */
};

static int make(char kind, int number)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;

    if (kind == 'f')
        return open("/dev/null", O_RDWR);
    fd = socket(kind == 'i' ? AF_INET : AF_UNIX, kind == 'q' ? SOCK_SEQPACKET : SOCK_STREAM, 0);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "s%d", number);
    if (kind != 'i' && bind(fd, (struct sockaddr *)&name, sizeof name) != 0)
        return -1;
    return kind == 'c' || listen(fd, 1) == 0 ? fd : -1;
}

static int in_child(void *context)
{
    const struct given *g = context;
    struct activation a = {.fds = {77, 77, 77}};
    struct sv_err err = {""};
    char text[32];

    for (int fd = 3; fd < 64; fd++)
        (void)close(fd);
    for (int i = 0; g->kinds[i] != '\0'; i++)
        if (make(g->kinds[i], i) != 3 + i)
            return 10;
    (void)snprintf(text, sizeof text, "%ld", g->pid != 0 ? g->pid : (long)getpid());
    setenv("LISTEN_PID", text, 1);
    (void)snprintf(text, sizeof text, "%zu", strlen(g->kinds));
    setenv("LISTEN_FDS", g->count != NULL ? g->count : text, 1);
    if (g->names != NULL)
        setenv("LISTEN_FDNAMES", g->names, 1);
    if (activation_take(&a, &err) != g->want || (g->want == SV_OK) != (err.text[0] == '\0'))
        return 11;
    if (g->want != SV_OK)
        return a.fds[0] == 77 ? 0 : 12;
    if (a.fds[ACTIVATION_AGENT] != g->agent || a.fds[ACTIVATION_SOCKETMAP] != g->socketmap ||
        a.fds[ACTIVATION_CREDENTIALS] != g->credentials)
        return 13;
    for (int i = 0; i < ACTIVATION_USES; i++)
        if (a.fds[i] >= 0 && (fcntl(a.fds[i], F_GETFD) != FD_CLOEXEC ||
                              (fcntl(a.fds[i], F_GETFL) & O_NONBLOCK) == 0))
            return 14;
    activation_close(&a);
    return g->agent < 0 || fcntl(g->agent, F_GETFD) == -1 ? 0 : 15;
}

static void test_what_is_taken(void **state)
{
    (void)state;
    struct given cases[] = {
        {"q", NULL, NULL, 0, SV_OK, 3, -1, -1},
        {"q", "smtpvault-agent.socket", NULL, 0, SV_OK, 3, -1, -1},
        {"ssq", "credentials:socketmap:agent", NULL, 0, SV_OK, 5, 4, 3},
        {"s", "socketmap", NULL, 0, SV_OK, -1, 3, -1},
        {"", NULL, "0", 0, SV_OK, -1, -1, -1},
        {"q", NULL, "x", 0, SV_OK, -1, -1, -1},
        {"q", NULL, NULL, 1, SV_OK, -1, -1, -1},
        {"s", NULL, NULL, 0, SV_CONFIG, 0, 0, 0},
        {"s", "agent", NULL, 0, SV_CONFIG, 0, 0, 0},
        {"sq", "socketmap", NULL, 0, SV_OK, 4, 3, -1},
        {"ss", "socketmap:socketmap", NULL, 0, SV_CONFIG, 0, 0, 0},
        {"qq", NULL, NULL, 0, SV_CONFIG, 0, 0, 0},
        {"c", "socketmap", NULL, 0, SV_CONFIG, 0, 0, 0},
        {"i", "socketmap", NULL, 0, SV_CONFIG, 0, 0, 0},
        {"f", "agent", NULL, 0, SV_CONFIG, 0, 0, 0},
        {"q", "agent:socketmap", "2", 0, SV_CONFIG, 0, 0, 0},
        {"s", "socketmap\x1b[2J", NULL, 0, SV_CONFIG, 0, 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int status = support_child(in_child, &cases[i]);
        (void)unlink("s0"), (void)unlink("s1"), (void)unlink("s2");
        if (status != 0)
            print_error("case %zu: %d\n", i, WEXITSTATUS(status));
        assert_int_equal(status, 0);
    }
}

/* Where it is to be told, in the file system or with an abstract name. */
static void assert_told(const char *variable, const struct sockaddr_un *name, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    char got[16] = "";

    assert_int_equal(bind(fd, (const struct sockaddr *)name, len), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", variable, 1), 0);
    activation_ready();
    assert_int_equal(recv(fd, got, sizeof got, 0), 7);
    assert_string_equal(got, "READY=1");
    assert_int_equal(close(fd), 0);
}

static void test_ready(void **state)
{
    (void)state;
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "notify"};
    char variable[64];

    assert_told("notify", &name, sizeof name);
    int n = snprintf(variable, sizeof variable, "@smtpvault-test-%ld", (long)getpid());
    memcpy(name.sun_path, variable, (size_t)n + 1);
    name.sun_path[0] = '\0';
    assert_told(variable, &name, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n));
    assert_int_equal(setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1), 0);
    activation_ready();
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    activation_ready();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_taken, support_enter, support_leave),
        cmocka_unit_test_setup_teardown(test_ready, support_enter, support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
