/* SPDX-License-Identifier: ISC */
/* The first line of what a helper program prints, which may be a secret. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "cli/child.h"
#include "cli/source.h"

#define CHUNK 1024

/* until: of env_monotonic_ms, or -1. */
static enum sv_status wait_for(int fd, const char *who, int64_t until, struct sv_err *err)
{
    int got = file_wait(fd, POLLIN, until);
    if (got == 0)
        return sv_fail(err, SV_LOCKED, "%s gave no answer in time", who);
    return got > 0 ? SV_OK : sv_fail_errno(err, SV_IO, errno, "cannot wait for %s", who);
}

/* Takes what belongs to the first line; *done: its end was there. */
static enum sv_status take(struct secret *line, const struct secret *chunk, size_t got, bool *done,
                           struct sv_err *err)
{
    const uint8_t *bytes = secret_peek(chunk);
    const uint8_t *end = memchr(bytes, '\n', got);
    size_t n = end != NULL ? (size_t)(end - bytes) : got;
    size_t room = secret_capacity(line) - secret_len(line);
    *done = end != NULL;
    return secret_append(line, bytes, n < room ? n : room, err);
}

enum sv_status child_first_line(struct child *c, const char *who, int64_t patience,
                                struct secret *line, struct sv_err *err)
{
    SECRET_OWNED struct secret *chunk = NULL;
    int64_t until = patience < 0 ? -1 : env_monotonic_ms() + patience;
    bool done = false;
    size_t total = 0;
    enum sv_status s = secret_new(&chunk, CHUNK, err);
    while (s == SV_OK && (s = wait_for(c->from, who, until, err)) == SV_OK) {
        ssize_t got = read(c->from, secret_poke(chunk), CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read what %s prints", who);
        if (got == 0)
            return SV_OK;
        total += (size_t)got;
        if (total > SOURCE_COMMAND_MAX)
            return sv_fail(err, SV_DATA, "%s prints more than %d bytes", who, SOURCE_COMMAND_MAX);
        if (!done)
            s = take(line, chunk, (size_t)got, &done, err);
    }
    return s;
}
