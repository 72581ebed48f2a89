/* SPDX-License-Identifier: ISC */
#include "cli/screen.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"

static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
#define ENDS (sizeof ends / sizeof ends[0])
static struct sigaction before[ENDS];
static volatile sig_atomic_t shown_on = -1;

/* Wiped before it is left: some terminals keep the other screen's text. */
static const char enter[] = "\033[?1049h\033[H\033[2J", leave[] = "\033[H\033[2J\033[?1049l";

static void die_in_order(int number)
{
    (void)!write(shown_on, leave, sizeof leave - 1);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

bool screen_begin(int fd)
{
    const char *term = env_get("TERM");
    struct sigaction ours = {.sa_handler = die_in_order};
    if (term == NULL || strcmp(term, "dumb") == 0)
        return false;
    shown_on = fd;
    for (size_t i = 0; i < ENDS; i++) {
        sigaction(ends[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(ends[i], &ours, NULL);
    }
    (void)file_write_all(fd, enter, sizeof enter - 1);
    return true;
}

void screen_clear(int fd)
{
    if (shown_on == fd)
        (void)file_write_all(fd, "\033[H\033[2J", 7);
}

void screen_end(void)
{
    if (shown_on < 0)
        return;
    (void)file_write_all(shown_on, leave, sizeof leave - 1);
    for (size_t i = 0; i < ENDS; i++)
        sigaction(ends[i], &before[i], NULL);
    shown_on = -1;
}
