/* SPDX-License-Identifier: ISC */
#include "cli/source.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/print.h"

enum from {
    FROM_TTY,
    FROM_STDIN,
    FROM_FD,
    FROM_FILE,
    FROM_COMMAND,
    FROM_CREDENTIAL,
    FROM_PINENTRY
};

struct source {
    enum from kind;
    const char *text; /* behind the colon */
    int fd;
};

const char *const source_forms[][2] = {
    {"tty", "a hidden prompt on the terminal (the default)"},
    {"stdin, -", "standard input, to its end"},
    {"fd:N", "an inherited descriptor, to its end"},
    {"file:PATH", "a regular file"},
    {"cmd:COMMAND", "the first line that the command prints"},
    {"cred:NAME", "a systemd credential"},
    {"pinentry", "a window or screen of pinentry"},
    {NULL, NULL},
};

static enum sv_status parse_fd(const char *text, struct source *out, struct sv_err *err)
{
    uint64_t n;
    if (!text_parse_u64(text, 0, 1 << 20, &n))
        return sv_fail(err, SV_USAGE, "fd:N wants the number of an open descriptor");
    *out = (struct source){.kind = n == 0 ? FROM_STDIN : FROM_FD, .fd = (int)n};
    return SV_OK;
}

bool source_is_pinentry(const char *source)
{
    return source != NULL && strcmp(source, "pinentry") == 0;
}

/* The text of an unknown source is not repeated: it may be the secret itself. */
static enum sv_status parse(const char *source, struct source *out, struct sv_err *err)
{
    static const struct {
        const char *head;
        enum from kind;
    } heads[] = {{"file:", FROM_FILE}, {"cmd:", FROM_COMMAND}, {"cred:", FROM_CREDENTIAL}};
    if (source == NULL || strcmp(source, "tty") == 0)
        *out = (struct source){.kind = FROM_TTY};
    else if (strcmp(source, "stdin") == 0 || strcmp(source, "-") == 0)
        *out = (struct source){.kind = FROM_STDIN};
    else if (source_is_pinentry(source))
        *out = (struct source){.kind = FROM_PINENTRY};
    else if (text_starts_with(source, "fd:"))
        return parse_fd(source + 3, out, err);
    else {
        for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
            size_t n = strlen(heads[i].head);
            if (text_starts_with(source, heads[i].head) && source[n] != '\0') {
                *out = (struct source){.kind = heads[i].kind, .text = source + n};
                return SV_OK;
            }
        }
        return sv_fail(err, SV_USAGE,
                       "a source of secrets is tty, stdin, fd:N, file:PATH, cmd:COMMAND, cred:NAME "
                       "or pinentry; this one is none of them");
    }
    return SV_OK;
}

bool source_asks(const char *source)
{
    struct source s;
    return parse(source, &s, NULL) == SV_OK && (s.kind == FROM_TTY || s.kind == FROM_PINENTRY);
}

enum sv_status source_check(const struct cli *cli, const char *source, struct sv_err *err)
{
    struct source s, passphrase;
    enum sv_status status = parse(source, &s, err);
    if (status == SV_OK)
        status = parse(cli->passphrase_from, &passphrase, err);
    if (status != SV_OK)
        return status;
    if (s.kind == FROM_STDIN && cli->in_shell)
        return sv_fail(err, SV_USAGE, "standard input belongs to the shell: use another source");
    if (s.kind == FROM_STDIN && source != cli->passphrase_from &&
        (cli->stdin_taken || passphrase.kind == FROM_STDIN))
        return sv_fail(err, SV_USAGE,
                       "standard input can give one secret only: use fd:N for one of them");
    return SV_OK;
}

/* Descriptors that we opened ourselves are close-on-exec; an inherited one cannot
 * be. So fd:N never reads the vault's own file. */
static enum sv_status check_inherited(int fd, struct sv_err *err)
{
    int flags = fcntl(fd, F_GETFD);
    if (flags == -1 || (flags & FD_CLOEXEC) != 0)
        return sv_fail(err, SV_USAGE, "descriptor %d is not open: nothing was handed over on it",
                       fd);
    return SV_OK;
}

static enum sv_status read_fd(struct cli *cli, int fd, const struct source_ask *ask,
                              struct secret **out, struct sv_err *err)
{
    if (fd == STDIN_FILENO) {
        if (cli->stdin_taken || cli->in_shell)
            return sv_fail(err, SV_USAGE, "standard input was read already: use fd:N");
        cli->stdin_taken = true;
        return file_drain_secret(fd, ask->limit + 1, ask->what, out, err);
    }
    enum sv_status s = check_inherited(fd, err);
    if (s == SV_OK)
        s = file_drain_secret(fd, ask->limit + 1, ask->what, out, err);
    if (s == SV_OK && fd > STDERR_FILENO)
        close(fd); /* nobody we start shall find it */
    return s;
}

/* Links are followed here, unlike in the vault's own files: secrets that a
 * container is given are often links, and the reader is their owner. */
static enum sv_status read_file(struct cli *cli, const char *path, const struct source_ask *ask,
                                struct secret **out, struct sv_err *err)
{
    char real[PATH_MAX];
    struct sv_err aside;
    if (realpath(path, real) == NULL)
        snprintf(real, sizeof real, "%s", path);
    enum sv_status s = ask->private ? file_check_private(real, err) : SV_OK;
    if (s == SV_OK)
        s = file_read_secret(real, ask->limit + 1, out, err);
    if (s == SV_OK && !ask->private && file_check_private(real, &aside) != SV_OK)
        print_warning(cli, "%s", aside.text);
    return s;
}

static enum sv_status read_credential(struct cli *cli, const char *name,
                                      const struct source_ask *ask, struct secret **out,
                                      struct sv_err *err)
{
    const char *dir = env_get("CREDENTIALS_DIRECTORY");
    if (dir == NULL)
        return sv_fail(err, SV_CONFIG,
                       "cred:%s: CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with "
                       "LoadCredential=",
                       name);
    if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return sv_fail(err, SV_USAGE, "cred:NAME wants the name of a credential, not a path");
    SV_AUTOFREE char *path = path_join(dir, name);
    if (path == NULL)
        return sv_fail_nomem(err);
    (void)cli;
    return file_read_secret(path, ask->limit + 1, out, err);
}

static enum sv_status read_any(struct cli *cli, const struct source *s,
                               const struct source_ask *ask, struct secret **out,
                               struct sv_err *err)
{
    switch (s->kind) {
    case FROM_STDIN:
    case FROM_FD:
        return read_fd(cli, s->fd, ask, out, err);
    case FROM_FILE:
        return read_file(cli, s->text, ask, out, err);
    case FROM_COMMAND:
        return source_command(s->text, ask, out, err);
    case FROM_CREDENTIAL:
        return read_credential(cli, s->text, ask, out, err);
    case FROM_TTY:
    case FROM_PINENTRY:
        break;
    }
    return ask_secret(cli, ask_way(cli, s->kind == FROM_PINENTRY ? "pinentry" : NULL), ask, out,
                      err);
}

enum sv_status source_read(struct cli *cli, const char *source, const struct source_ask *ask,
                           struct secret **out, struct sv_err *err)
{
    struct source s;
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status status = parse(source, &s, err);
    if (status == SV_OK)
        status = read_any(cli, &s, ask, &secret, err);
    if (status != SV_OK)
        return status;
    size_t len = secret_len(secret);
    if (len > 0 && secret_peek(secret)[len - 1] == '\n')
        secret_set_len(secret, --len);
    if (len == 0)
        return sv_fail(err, SV_DATA, "the %s is empty", ask->what);
    if (len > ask->limit)
        return sv_fail(err, SV_DATA, "the %s is longer than %zu bytes", ask->what, ask->limit);
    *out = secret;
    secret = NULL;
    return SV_OK;
}
