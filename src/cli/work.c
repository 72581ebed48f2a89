/* SPDX-License-Identifier: ISC */
#include "cli/work.h"

#include <stdio.h>
#include <string.h>

#include "cli/print.h"

static const int signals[WORK_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
}

static void show(struct work *w, unsigned percent)
{
    char line[120];

    if (percent == w->percent)
        return;
    w->percent = percent;
    if (percent > 0)
        snprintf(line, sizeof line, "%s ... %u %%", w->doing, percent - 1);
    else
        snprintf(line, sizeof line, "%s ...", w->doing);
    print_progress(w->cli, line);
}

static enum sv_status tell(void *context, uint64_t done, uint64_t total, struct sv_err *err)
{
    struct work *w = context;

    if (caught)
        return sv_fail(err, SV_LOCKED, "given up before its end: nothing was changed");
    show(w, total > 0 ? 1 + (unsigned)(100 * done / total) : 0);
    return SV_OK;
}

void work_part(struct work *w, const char *doing)
{
    w->doing = doing;
    w->percent = ~0U;
    show(w, 0);
}

void work_begin(struct work *w, const struct cli *cli, const char *doing)
{
    struct sigaction ours = {.sa_handler = catch};

    *w = (struct work){.progress = {tell, w}, .cli = cli};
    caught = 0;
    for (size_t i = 0; i < WORK_SIGNALS; i++) {
        sigaction(signals[i], NULL, &w->before[i]);
        if (w->before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &ours, NULL);
    }
    work_part(w, doing);
}

enum sv_status work_end(struct work *w, enum sv_status s)
{
    int number = caught;

    print_progress(w->cli, NULL);
    for (size_t i = 0; i < WORK_SIGNALS; i++)
        sigaction(signals[i], &w->before[i], NULL);
    caught = 0;
    if (number != 0 && !w->cli->in_shell)
        raise(number);
    return s;
}
