/* SPDX-License-Identifier: ISC */
#include "login/test_many.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"

/* Servers take some fifty connections of one address; each of ours is a process. */
#define AT_ONCE 25

struct many {
    struct cli *cli;
    const char *helper;
    const char *const *names;
    size_t count, next, done;
    const struct login_wish *wish;
    struct test_outcome *outcomes;
    struct test_login *tests[AT_ONCE];
    size_t places[AT_ONCE]; /* which of the names */
};

static void progress(const struct many *m)
{
    char text[NAME_SHOWN_MAX + 64];
    if (m->count == 1)
        snprintf(text, sizeof text, "testing %s ...", NAME_SHOWN(m->names[0]));
    else
        snprintf(text, sizeof text, "testing: %zu of %zu done, %zu under way ...", m->done,
                 m->count, m->next - m->done);
    print_progress(m->cli, text);
}

/* The next of the names, where there is one that can be tested. */
static void fill(struct many *m, size_t slot)
{
    while (m->tests[slot] == NULL && m->next < m->count) {
        struct test_outcome *o = &m->outcomes[m->next];
        o->status = test_login_begin(&m->tests[slot], m->cli, m->helper, m->names[m->next], m->wish,
                                     &o->err);
        m->places[slot] = m->next++;
        m->done += o->status != SV_OK;
    }
}

static void end(struct many *m, size_t slot)
{
    struct test_outcome *o = &m->outcomes[m->places[slot]];
    o->status = test_login_end(m->tests[slot], &o->profile, &o->result, &o->err);
    test_login_free(m->tests[slot]);
    m->tests[slot] = NULL;
    m->done++;
}

void test_many(struct cli *cli, const char *helper, const char *const *names, size_t count,
               const struct login_wish *wish, struct test_outcome *outcomes)
{
    struct many m = {.cli = cli,
                     .helper = helper,
                     .names = names,
                     .count = count,
                     .wish = wish,
                     .outcomes = outcomes};
    for (;;) {
        struct smtp_run *runs[AT_ONCE];
        for (size_t i = 0; i < AT_ONCE; i++)
            fill(&m, i);
        progress(&m);
        for (size_t i = 0; i < AT_ONCE; i++) {
            if (m.tests[i] != NULL && smtp_run_step(test_login_run(m.tests[i])))
                end(&m, i);
            runs[i] = m.tests[i] != NULL ? test_login_run(m.tests[i]) : NULL;
        }
        if (m.done == m.count)
            break;
        if (m.next == m.count || m.next - m.done == AT_ONCE)
            smtp_run_wait(runs, AT_ONCE);
    }
    print_progress(cli, NULL);
}
