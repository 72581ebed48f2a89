/* SPDX-License-Identifier: ISC */
/* sleep_driver MILLISECONDS: what an agent does around a suspend, for tests/systemd: prints
 * "ready" (or "none"), then "told" when the machine is about to sleep, and "wiped" after so
 * long a time, and ends. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/sleep.h"

static void say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    SLEEP_WATCH_OWNED struct sleep_watch w = SLEEP_WATCH_NONE;

    if (argc != 2)
        return 64;
    sleep_watch_start(&w);
    if (!sleep_watch_ready(&w)) {
        say("none");
        return 1;
    }
    say("ready");
    struct pollfd wait = {.fd = w.fd, .events = POLLIN};
    if (poll(&wait, 1, 20000) != 1)
        return 1;
    say("told");
    (void)usleep((useconds_t)atoi(argv[1]) * 1000);
    say("wiped");
    return 0;
}
