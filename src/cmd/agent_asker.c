/* SPDX-License-Identifier: ISC */
#include "cmd/agent_asker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/confirm.h"
#include "cli/ask.h"
#include "cli/source.h"
#include "cmd/agent_side.h"

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
    ssize_t sent = send(AGENT_SIDE_FD, text, strlen(text), MSG_NOSIGNAL);
    (void)sent; /* an agent that has ended needs no answer */
}

static void serve(struct cli *cli)
{
    char question[CONFIRM_QUESTION_MAX];
    for (;;) {
        ssize_t n = recv(AGENT_SIDE_FD, question, sizeof question - 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        question[n] = '\0';
        answer(cli, question);
    }
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
    *fd = -1;
    return can_ask(cli, detached) ? agent_side_start(cli, "smtpvault-ask", detached, serve, fd, err)
                                  : SV_OK;
}
