/* SPDX-License-Identifier: ISC */
/* cmd:COMMAND: the first line of what a shell command prints. */
#include "cli/child.h"
#include "cli/source.h"

enum sv_status source_command(const char *command, const struct source_ask *ask,
                              struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *line = NULL;
    CHILD_OWNED struct child c = CHILD_NONE;
    /* One byte more than the limit shows that the line was longer. */
    enum sv_status s = secret_new(&line, ask->limit + 1, err);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    if (s == SV_OK)
        s = child_start(&c, argv, false, err);
    if (s == SV_OK)
        s = child_first_line(&c, "the command", -1, line, err);
    if (s != SV_OK)
        return s;
    int status = child_wait(&c);
    if (status != 0)
        return sv_fail(err, SV_IO, "the command that gives the %s failed with status %d", ask->what,
                       status);
    if (secret_len(line) > ask->limit)
        return sv_fail(err, SV_DATA, "the %s is longer than %zu bytes", ask->what, ask->limit);
    *out = line;
    line = NULL;
    return SV_OK;
}
