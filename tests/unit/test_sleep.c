/* SPDX-License-Identifier: ISC */
/* The watcher of the machine's suspend where there is no bus, or none that knows logind.
 * With a real logind: tests/systemd. */
#include "support.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "agent/sleep.h"

/* Nobody tells, and no process is left. */
static void assert_watches_nothing(const char *address)
{
    struct sleep_watch w = SLEEP_WATCH_NONE;

    assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1), 0);
    sleep_watch_start(&w);
    assert_true(w.fd >= 0);
    assert_false(sleep_watch_ready(&w));
    assert_int_equal(w.fd, -1);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    sleep_watch_end(&w);
}

static void test_no_bus(void **state)
{
    (void)state;
    assert_watches_nothing("unix:path=/nonexistent/bus");
    assert_watches_nothing("nonsense");
}

/* Somebody who has the bus's address and says nothing: the wait is bounded. */
static void test_a_silent_bus(void **state)
{
    (void)state;
    struct sleep_watch w = SLEEP_WATCH_NONE;
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "bus"};
    char address[64] = "unix:path=", *folder = address + strlen(address);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_non_null(getcwd(folder, sizeof address - 20));
    strncat(address, "/bus", sizeof address - strlen(address) - 1);
    assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1), 0);
    sleep_watch_start(&w);
    assert_true(w.fd >= 0);
    assert_false(sleep_watch_ready(&w));
    assert_int_equal(waitpid(-1, NULL, 0), -1);
    assert_int_equal(close(listener), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_bus),
        cmocka_unit_test_setup_teardown(test_a_silent_bus, support_enter, support_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
