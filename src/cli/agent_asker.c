/* SPDX-License-Identifier: ISC */
#include "cli/agent_asker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/confirm.h"
#include "base/file.h"
#include "cli/ask.h"
#include "cli/source.h"

/* Where the questions come from, in the process that asks. */
#define QUESTIONS 3

static void answer(struct cli *cli, const char *question)
{
    char text[CONFIRM_ANSWER_MAX + 1];
    struct sv_err err = {""};
    bool yes = false;
    enum sv_status s = ask_yes(cli, question, &yes, &err);
    (void)snprintf(text, sizeof text, "%c%s",
                   s != SV_OK ? 'x'
                   : yes      ? 'y'
                              : 'n',
                   s != SV_OK ? err.text : "");
    ssize_t sent = send(QUESTIONS, text, strlen(text), MSG_NOSIGNAL);
    (void)sent; /* an agent that has ended needs no answer */
}

static void serve(struct cli *cli)
{
    char question[CONFIRM_QUESTION_MAX];
    for (;;) {
        ssize_t n = recv(QUESTIONS, question, sizeof question - 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        question[n] = '\0';
        answer(cli, question);
    }
}

static bool let_go(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || setsid() < 0)
        return false;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (dup2(null, fd) < 0)
            return false;
    return true;
}

__attribute__((noreturn)) static void be_asker(const struct cli *cli, bool detached, int fd,
                                               pid_t parent)
{
    struct cli own = *cli;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, "smtpvault-ask");
    own.vault = NULL;
    if (getppid() == parent && (!detached || let_go()) && dup2(fd, QUESTIONS) == QUESTIONS &&
        fcntl(QUESTIONS, F_SETFD, FD_CLOEXEC) == 0 && close_range(QUESTIONS + 1, ~0u, 0) == 0)
        serve(&own);
    _exit(0);
}

static bool can_ask(const struct cli *cli, bool detached)
{
    if (!detached)
        return ask_yes_possible(cli);
    return !cli->no_input &&
           (askpass_program() != NULL || source_is_pinentry(cli->passphrase_from));
}

enum sv_status agent_asker_start(const struct cli *cli, bool detached, int *fd, struct sv_err *err)
{
    int pair[2];
    pid_t parent = getpid();
    *fd = -1;
    if (!can_ask(cli, detached))
        return SV_OK;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot make a pair of sockets");
    pid_t pid = fork();
    if (pid == 0)
        be_asker(cli, detached, pair[1], parent);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot start the process that asks");
    }
    *fd = pair[0];
    return SV_OK;
}
