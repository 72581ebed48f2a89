/* SPDX-License-Identifier: ISC */
/* cmd:COMMAND: the first line of what a shell command prints. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/source.h"

#define CHUNK 1024

/* Reads on to the end behind the first line, so that the command does not die of
 * a closed pipe and its status tells the truth. */
static enum sv_status first_line(int fd, struct secret *line, struct secret *chunk,
                                 struct sv_err *err)
{
    bool done = false;
    size_t total = 0;
    for (;;) {
        ssize_t got = read(fd, secret_poke(chunk), CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read what the command prints");
        if (got == 0)
            return SV_OK;
        total += (size_t)got;
        if (total > SOURCE_COMMAND_MAX)
            return sv_fail(err, SV_DATA, "the command prints more than %d bytes",
                           SOURCE_COMMAND_MAX);
        if (done)
            continue;
        const uint8_t *bytes = secret_peek(chunk);
        const uint8_t *end = memchr(bytes, '\n', (size_t)got);
        size_t n = end != NULL ? (size_t)(end - bytes) : (size_t)got;
        size_t room = secret_capacity(line) - secret_len(line);
        enum sv_status s = secret_append(line, bytes, n < room ? n : room, err);
        if (s != SV_OK)
            return s;
        done = end != NULL;
    }
}

enum sv_status source_command(const char *command, const struct source_ask *ask,
                              struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *line = NULL;
    SECRET_OWNED struct secret *chunk = NULL;
    CHILD_OWNED struct child c = CHILD_NONE;
    /* One byte more than the limit shows that the line was longer. */
    enum sv_status s = secret_new(&line, ask->limit + 1, err);
    if (s == SV_OK)
        s = secret_new(&chunk, CHUNK, err);
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    if (s == SV_OK)
        s = child_start(&c, argv, false, err);
    if (s == SV_OK)
        s = first_line(c.from, line, chunk, err);
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
