/* SPDX-License-Identifier: ISC */
/*
 * agent: keeps the vault open and gives out what it is asked for. `unlock` starts it;
 * under a supervisor it stays in the foreground.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/harden.h"
#include "agent/sleep.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/locked_since.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_agent.h"
#include "cmd/agent_asker.h"
#include "cmd/agent_renewer.h"
#include "cmd/agent_sockets.h"
#include "cmd/agent_start.h"
#include "domain/provider_own.h"
#include "domain/vault_grant.h"
#include "domain/vault_oauth.h"

/* How long an agent that was asked to end may take. */
#define HANDOVER_MS 5000
#define INHERITED_MAX 64

static enum sv_status parse_fd(const struct args *args, int *out, struct sv_err *err)
{
    const char *word = args_value(args, "ready-fd");
    uint64_t n = 0;
    *out = -1;
    if (word != NULL && !text_parse_u64(word, 3, 1023, &n))
        return sv_fail(err, SV_USAGE, "--ready-fd takes the number of a descriptor");
    if (word != NULL)
        *out = (int)n;
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct agent_times times;
    int fd;
    (void)cli;
    enum sv_status s = agent_times_parse(&times, args, err);
    if (s == SV_OK)
        s = parse_fd(args, &fd, err);
    return s == SV_OK ? agent_sockets_check(args, err) : s;
}

/* ---- what was inherited must not be held for hours ---- */

struct inherited {
    int fds[INHERITED_MAX];
    size_t count;
};

static void inherited_note(struct inherited *in, int keep)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    in->count = 0;
    while (dir != NULL && (entry = readdir(dir)) != NULL && in->count < INHERITED_MAX) {
        int fd = atoi(entry->d_name);
        /* What was opened here since then is closed on exec, what was inherited is not. */
        if (fd > STDERR_FILENO && fd != keep && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
            in->fds[in->count++] = fd;
    }
    if (dir != NULL)
        closedir(dir);
}

static void inherited_close(const struct inherited *in)
{
    for (size_t i = 0; i < in->count; i++)
        close(in->fds[i]);
}

/* Lets go of the terminal and of whoever started this. */
static enum sv_status detach(int ready_fd, struct sv_err *err)
{
    FD_OWNED int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot open /dev/null");
    (void)setsid();
    if (chdir("/") != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot leave the present folder");
    if (file_write_all(ready_fd, "r", 1) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot tell unlock that the agent is ready");
    close(ready_fd);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        (void)dup2(null, fd);
    return SV_OK;
}

/* ---- beginning ---- */

/* One that serves already is asked to end now that its successor can begin. */
static enum sv_status take_over(struct cli *cli, struct sv_err *err)
{
    bool forced;
    enum sv_status s = session_agent_lock(cli, &forced, err);
    return s == SV_MISSING || s == SV_UNREACHABLE ? SV_OK : s;
}

static enum sv_status open_vault(struct cli *cli, struct sv_err *err)
{
    enum sv_status s = session_ensure_own(cli, true, true, err);
    if (s != SV_OK)
        return s;
    (void)provider_own(); /* read now: no request waits for a file of it */
    /* Nobody sits before it who could be asked on its terminal. */
    vault_confirm_by(cli->vault, &(const struct vault_confirm){0});
    vault_renew_by(cli->vault, &(const struct vault_renewer){0});
    return vault_stay_small(cli->vault, err);
}

/* Descriptors of the processes beside the agent. */
struct sides {
    int confirm, renew, lock;
};

/* Whoever locks it is told when all is done, and may take the folders away. */
static void note_end(void *context)
{
    locked_since_note(context);
}

static enum sv_status serve(struct cli *cli, const struct agent_times *times,
                            struct agent_sockets *sockets, const struct sides *sides,
                            struct sv_err *err)
{
    const struct agent_options options = {
        .path = vault_path(cli->vault),
        .version = SMTPVAULT_VERSION,
        .longest = times->longest,
        .idle = times->idle,
        .listeners = sockets->listeners,
        .listener_count = sockets->count,
        .others = sockets->others,
        .aliases = sockets->aliases,
        .alias_count = sockets->alias_count,
        .socket = &sockets->own,
        .confirm_fd = sides->confirm,
        .renew_fd = sides->renew,
        .ended = note_end,
        .context = cli,
        .lock_fd = sides->lock,
    };
    const char *why = NULL;
    enum sv_status s = server_run(cli->vault, &options, &why, err);
    if (s == SV_OK)
        print_note(cli, "the agent ended because %s; the vault is locked", why);
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PLACE_OWNED struct agent_place place = {0};
    AGENT_SOCKETS_OWNED struct agent_sockets sockets = AGENT_SOCKETS_NONE;
    SLEEP_WATCH_OWNED struct sleep_watch watch = SLEEP_WATCH_NONE;
    struct inherited inherited;
    struct agent_times times;
    FD_OWNED int confirm_fd = -1;
    FD_OWNED int renew_fd = -1;
    int ready_fd;
    enum sv_status s = agent_times_parse(&times, args, err);
    if (s == SV_OK)
        s = parse_fd(args, &ready_fd, err);
    if (s == SV_OK)
        s = agent_sockets_take(&sockets, err);
    if (s != SV_OK)
        return s;
    inherited_note(&inherited, ready_fd);
    /* Other processes begin while there is no key to be forked with. */
    sleep_watch_start(&watch);
    s = agent_asker_start(cli, ready_fd >= 0, &confirm_fd, err);
    if (s == SV_OK)
        s = agent_renewer_start(cli, ready_fd >= 0, &renew_fd, err);
    if (s == SV_OK)
        s = open_vault(cli, err);
    if (s == SV_OK)
        s = session_agent_place(cli, &place, err);
    if (s == SV_OK && ready_fd >= 0)
        s = take_over(cli, err);
    if (s != SV_OK)
        return s;
    inherited_close(&inherited);
    server_hold_signals();
    s = agent_sockets_make(&sockets, args, &place, ready_fd >= 0 ? HANDOVER_MS : 0, err);
    (void)sleep_watch_ready(&watch);
    if (s == SV_OK) {
        activation_ready();
        s = agent_harden(err);
    }
    if (s == SV_OK && ready_fd >= 0)
        s = detach(ready_fd, err);
    if (s != SV_OK)
        return s;
    const struct sides sides = {confirm_fd, renew_fd, watch.fd};
    confirm_fd = renew_fd = -1;
    return serve(cli, &times, &sockets, &sides, err);
}

static const struct option_spec options[] = {
    AGENT_TIME_OPTIONS,
    AGENT_SOCKET_OPTIONS,
    {"ready-fd", 0, "N", COMPLETES_NOTHING, NULL, false},
    {0},
};
static const char *const examples[] = {
    "smtpvault agent",
    "smtpvault --keyfile ~/.config/smtpvault/key agent --for 0 --idle 0",
    NULL,
};
const struct command cmd_agent = {
    .name = "agent",
    .group = "vault",
    .args = "",
    .summary = "keep the vault open for programs, in the foreground",
    .flags = CMD_HIDDEN_IN_SHELL,
    .options = options,
    .examples = examples,
    .help =
        "What \"smtpvault unlock\" starts; on its own it is for supervisors such as systemd. It "
        "ends, and the vault is locked, when its time is over, when nobody asked for a while, "
        "after the machine was suspended, on SIGTERM, SIGINT and SIGHUP, and by \"smtpvault "
        "lock\".",
    .check = check,
    .run = run,
};
