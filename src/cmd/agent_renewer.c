/* SPDX-License-Identifier: ISC */
#include "cmd/agent_renewer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/renew.h"
#include "cli/renew.h"
#include "cmd/agent_side.h"

/* ---- one renewal, in a process of its own ---- */

static void send_answer(const struct renew_answer *answer)
{
    SECRET_OWNED struct secret *message = NULL;
    const struct renew_answer bad = {.number = answer->number, .end = OAUTH_ANSWER_WRONG};
    if (renew_put_answer(&message, answer, NULL) != SV_OK &&
        renew_put_answer(&message, &bad, NULL) != SV_OK)
        return;
    ssize_t sent = send(AGENT_SIDE_FD, secret_peek(message), secret_len(message), MSG_NOSIGNAL);
    (void)sent; /* an agent that has ended needs no answer */
}

static void renew_one(const struct secret *message)
{
    RENEW_ANSWER_OWNED struct renew_answer answer = {.end = OAUTH_ANSWER_WRONG};
    OAUTH_GRANT_OWNED struct oauth_grant grant = {0};
    if (renew_get_question(&answer.number, &grant, message, &answer.words) == SV_OK) {
        enum sv_status s = renew_ask(NULL, &grant, &answer.tokens, &answer.end, &answer.words);
        if (s != SV_OK && answer.end == OAUTH_GRANTED)
            answer.end = OAUTH_UNREACHABLE;
    }
    send_answer(&answer);
}

/* There is no room for a grant: its number goes back, and the rest of it is lost. What stays in
 * the socket would start one process after the other. */
static void give_back(void)
{
    uint8_t head[RENEW_NUMBER_LEN];
    if (recv(AGENT_SIDE_FD, head, sizeof head, MSG_DONTWAIT) != (ssize_t)sizeof head)
        return;
    ssize_t sent = send(AGENT_SIDE_FD, head, sizeof head, MSG_NOSIGNAL);
    (void)sent;
}

/* The message is taken here and not before the fork: no secret is in the process that goes on.
 * The end of `taken` says that the next one may be waited for. */
__attribute__((noreturn)) static void be_one(int taken)
{
    SECRET_OWNED struct secret *message = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGCHLD, SIG_DFL);
    if (secret_new(&message, RENEW_MESSAGE_MAX, NULL) != SV_OK) {
        give_back();
        _exit(1);
    }
    ssize_t n = recv(AGENT_SIDE_FD, secret_poke(message), RENEW_MESSAGE_MAX, MSG_DONTWAIT);
    close(taken);
    if (n > 0) {
        secret_set_len(message, (size_t)n);
        renew_one(message);
    }
    secret_free(message);
    message = NULL;
    _exit(0);
}

static bool start_one(void)
{
    int ends[2];
    char none;
    if (pipe(ends) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_one(ends[1]);
    }
    close(ends[1]);
    while (pid > 0 && read(ends[0], &none, 1) < 0 && errno == EINTR)
        ;
    close(ends[0]);
    return pid > 0;
}

static void serve(struct cli *cli)
{
    struct pollfd p = {.fd = AGENT_SIDE_FD, .events = POLLIN};
    (void)cli;
    /* A terminal and a supervisor tell all processes to end; what is on its way is to land. They
     * end with the agent, which waits for that. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
    for (;;) {
        int n = poll(&p, 1, -1);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0 && ((p.revents & (POLLHUP | POLLERR)) != 0 || !start_one()))
            return;
    }
}

enum sv_status agent_renewer_start(const struct cli *cli, bool detached, int *fd,
                                   struct sv_err *err)
{
    return agent_side_start(cli, "smtpvault-renew", detached, serve, fd, err);
}
