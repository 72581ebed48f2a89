/* SPDX-License-Identifier: ISC */
/*
 * exec: one secret for one program, on a descriptor. While the program runs, this
 * process holds no secret and no key but those of two times (vault_outcome_find), and
 * has the vault closed; it passes signals on, waits, and puts the outcome on record.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/exec_outcome.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_agent.h"
#include "domain/login.h"
#include "domain/vault_remote.h"
#include "export/exec_env.h"
#include "rotate/rotate_defend.h"

#define FD_DEFAULT 3
#define FD_MOST 1023

static enum sv_status parse_fd(const struct args *args, int *out, struct sv_err *err)
{
    const char *text = args_value(args, "fd");
    uint64_t n = FD_DEFAULT;
    if (text != NULL && (!text_parse_u64(text, 0, FD_MOST, &n) || n == 1 || n == 2))
        return sv_fail(err, SV_USAGE,
                       "a descriptor is a number from 0 to %d, and not 1 or 2, where the program "
                       "writes",
                       FD_MOST);
    *out = (int)n;
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    int fd;
    (void)cli;
    bool named = args_count(args) > 0;
    enum sv_status s = parse_fd(args, &fd, err);
    if (s == SV_OK && !named && (args_flag(args, "env") || args_value(args, "fd") != NULL))
        return sv_fail(err, SV_USAGE, "--env and --fd are for a name's secret, and there is none");
    return s == SV_OK && named ? profile_check_name(args_word(args, 0), err) : s;
}

/* A pipe that holds the secret and a line feed, its writing end closed: the reader
 * gets them once, then the end. A pipe takes this much at once, except where a
 * limit on pipes made it small: then it is an error, not a hang. */
static enum sv_status fill_pipe(const struct secret *secret, int *reader, struct sv_err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot make a pipe for the secret");
    FD_OWNED int out = ends[0];
    FD_OWNED int in = ends[1];
    size_t len = secret_len(secret);
    if ((size_t)fcntl(in, F_GETPIPE_SZ) < 2 * PROFILE_SECRET_MAX)
        (void)fcntl(in, F_SETPIPE_SZ, 2 * PROFILE_SECRET_MAX);
    if (write(in, secret_peek(secret), len) != (ssize_t)len || write(in, "\n", 1) != 1)
        return sv_fail(err, SV_IO, "the pipe for the secret does not take it whole");
    if (fcntl(out, F_SETFL, 0) != 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot prepare the pipe for the secret");
    *reader = out;
    out = -1;
    return SV_OK;
}

/* ---- signals ---- */

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

struct watch {
    sigset_t ours, before;
};

/* Blocked before the child is there, so that none is lost between. */
static void watch_begin(struct watch *w)
{
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&w->ours);
    sigaddset(&w->ours, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
        sigaddset(&w->ours, passed_on[i]);
    sigprocmask(SIG_BLOCK, &w->ours, &w->before);
}

static void watch_end(struct watch *w)
{
    sigprocmask(SIG_SETMASK, &w->before, NULL);
}

/* What the terminal sends (si_code > 0, by the kernel) reaches the whole group, the
 * child included; only what was sent to us alone is passed on. */
static int wait_for(pid_t pid, struct watch *w)
{
    for (;;) {
        siginfo_t info;
        int status, number = sigwaitinfo(&w->ours, &info);
        if (waitpid(pid, &status, WNOHANG) == pid)
            return child_status(status);
        if (number > 0 && number != SIGCHLD && info.si_code <= 0)
            kill(pid, number);
    }
}

/* ---- one run ---- */

struct plan {
    char *const *argv;
    const char *env_file; /* or NULL */
    int fd;
    bool in_env;
    char program[64]; /* for the note */
};

/* What is left of the vault while the program runs. */
struct running {
    struct watch watch;
    pid_t pid;
    int failed; /* to start: an errno value */
    int secret; /* our end of its pipe: what is still in it nobody has read */
    bool far;   /* the vault was an agent's */
    uint64_t version;
    struct vault_outcome_place place;
};

static void running_clear(struct running *r)
{
    file_close_cleanup(&r->secret);
    vault_outcome_place_clear(&r->place);
}
#define RUNNING_OWNED __attribute__((cleanup(running_clear)))

static enum sv_status read_env_file(struct cli *cli, const struct plan *plan, struct env_file *out,
                                    struct sv_err *err)
{
    enum sv_status s = plan->env_file != NULL ? env_file_read(out, plan->env_file, err) : SV_OK;
    return s == SV_OK && out->count > 0 ? env_file_fill(out, cli->vault, plan->program, err) : s;
}

/* A login's secret, in the pipe; its settings without the user name where that is the secret. */
static enum sv_status fetch(struct cli *cli, const char *name, const struct plan *plan,
                            struct running *r, struct profile *p, struct secret **secret,
                            struct sv_err *err)
{
    struct reveal why = {.op = AUDIT_EXEC, .note = plan->program};
    enum sv_status s = vault_reveal(cli->vault, name, &why, p, secret, err);
    if (s == SV_OK)
        s = vault_outcome_find(cli->vault, name, &r->place, err);
    if (s == SV_OK)
        s = fill_pipe(*secret, &r->secret, err);
    if (s == SV_OK && !plan->in_env)
        login_hide_user(p, *secret);
    r->version = s == SV_OK ? p->version : 0;
    return s;
}

static enum sv_status start(struct cli *cli, const char *name, const struct plan *plan,
                            struct running *r, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    ENV_FILE_OWNED struct env_file file = {0};
    EXEC_ENV_OWNED struct exec_env env = {0};
    enum sv_status s = read_env_file(cli, plan, &file, err);
    if (s == SV_OK && name != NULL)
        s = fetch(cli, name, plan, r, &p, &secret, err);
    if (s == SV_OK)
        s = exec_env_make(&env, name != NULL ? &p : NULL, plan->in_env ? secret : NULL, &file, err);
    if (s != SV_OK)
        return s;
    r->far = vault_is_far(cli->vault);
    if (!cli->in_shell)
        cli_close(cli);
    const struct child_fd secret_fd = {r->secret, plan->fd};
    r->failed = child_spawn(&r->pid, plan->argv, env.list, &secret_fd, name != NULL ? 1 : 0,
                            &r->watch.before);
    return SV_OK;
}

/* A program that never had the secret tells nothing about it. */
static bool was_read(const struct plan *plan, const struct running *r)
{
    int left = 0;
    return r->failed == 0 &&
           (plan->in_env || (ioctl(r->secret, FIONREAD, &left) == 0 && left == 0));
}

/* An agent is asked again; where it is gone, and for our own keys that are, the file does. */
static enum sv_status open_again(struct cli *cli, const struct running *r, struct sv_err *err)
{
    enum sv_status s = SV_MISSING;
    if (cli->vault != NULL)
        return SV_OK;
    if (r->far)
        s = session_agent_vault(cli, err);
    return s == SV_MISSING ? session_open(cli, true, err) : s;
}

static enum outcome record(struct cli *cli, const char *name, const struct plan *plan,
                           const struct running *r, int status)
{
    struct sv_err err = {""};
    struct audit_event event = {.op = AUDIT_EXEC, .version = r->version};
    enum outcome outcome =
        was_read(plan, r) ? exec_outcome(plan->program, status) : OUTCOME_UNKNOWN;
    event.result = status == 0 ? AUDIT_OK : AUDIT_FAILED;
    snprintf(event.profile, sizeof event.profile, "%s", name);
    snprintf(event.note, sizeof event.note, "%s ended with %d%s", plan->program, status,
             exec_outcome_words(outcome));
    enum sv_status s = open_again(cli, r, &err);
    if (s == SV_OK)
        s = vault_outcome_at(cli->vault, &r->place, &event, outcome, &err);
    if (s != SV_OK)
        print_warning(cli, "the outcome is not on record: %s", err.text);
    return s == SV_OK ? outcome : OUTCOME_UNKNOWN;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 0);
    struct plan plan = {.argv = args_rest(args),
                        .env_file = args_value(args, "env-file"),
                        .in_env = args_flag(args, "env")};
    const char *slash = strrchr(plan.argv[0], '/'), *base = slash ? slash + 1 : plan.argv[0];
    text_printable(plan.program, sizeof plan.program, base, strlen(base));
    RUNNING_OWNED struct running r = {.pid = -1, .secret = -1};
    enum outcome outcome = OUTCOME_UNKNOWN;
    enum sv_status s = parse_fd(args, &plan.fd, err);
    watch_begin(&r.watch);
    if (s == SV_OK)
        s = start(cli, name, &plan, &r, err);
    if (s == SV_OK) {
        int failed = r.failed;
        cli->exit_status = failed == 0 ? wait_for(r.pid, &r.watch) : failed == ENOENT ? 127 : 126;
        if (name != NULL)
            outcome = record(cli, name, &plan, &r, cli->exit_status);
    }
    watch_end(&r.watch);
    if (outcome == OUTCOME_REJECTED)
        rotate_defend(cli, name);
    if (s == SV_OK && r.failed != 0) {
        struct sv_err cannot;
        (void)sv_fail_errno(&cannot, SV_CONFIG, r.failed, "cannot run %s",
                            NAME_SHOWN(plan.argv[0]));
        print_error(SV_CONFIG, &cannot);
    }
    return s;
}

static const struct option_spec options[] = {
    {"fd", 0, "N", COMPLETES_NOTHING, "the descriptor (3)", false},
    {"env", 0, NULL, COMPLETES_NOTHING,
     "set SMTP_PASSWORD as well; every process of yours can read it", false},
    {"env-file", 0, "FILE", COMPLETES_FILE,
     "variables, KEY=smtpvault://NAME/FIELD a line; of secrets the same holds", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault exec work -- msmtp --passwordeval 'cat <&3' -a work bob@example.com",
    "smtpvault exec work -- sh -c 'read -r password <&3; send-report'",
    "smtpvault exec work --env -- ./send-newsletter",
    "smtpvault exec --env-file app.env -- ./app",
    NULL,
};
const struct command cmd_exec = {
    .name = "exec",
    .group = "use",
    .args = "[NAME] -- COMMAND...",
    .summary = "run a command with the secret on a descriptor",
    .flags = CMD_UNLOCKED | CMD_REST | CMD_TOKEN,
    .min_args = 1,
    .max_args = 1,
    .instead = "env-file",
    .completes = COMPLETES_PROFILE,
    .completes_second = COMPLETES_PROGRAM,
    .options = options,
    .examples = examples,
    .help = "The command reads the secret and a line feed from descriptor 3, once. SMTP_HOST, "
            "SMTP_PORT and SMTP_USERNAME are set. With --env-file values that are references are "
            "replaced; a name may be left out then. Signals are passed on; the status is the "
            "command's own, 126 when it cannot be run, 127 when it is not found.",
    .check = check,
    .run = run,
};
