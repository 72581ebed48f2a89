/* SPDX-License-Identifier: ISC */
/* askpass: the program of SMTPVAULT_ASKPASS; ask.h has the protocol, which is ssh's. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/child.h"
#include "cli/prompt.h"
#include "cli/source.h"

#define WHO "the program of SMTPVAULT_ASKPASS" /* in messages */
#define ANSWER_MAX 16                          /* of yes or no */

static char confirm_ssh[] = "SSH_ASKPASS_PROMPT=confirm";
static char confirm_own[] = "SMTPVAULT_ASKPASS_PROMPT=confirm";

const char *askpass_program(void)
{
    const char *require = env_get("SMTPVAULT_ASKPASS_REQUIRE");
    if (require != NULL && text_equal_nocase(require, "never"))
        return NULL;
    return env_get("SMTPVAULT_ASKPASS");
}

/* Our environment; a question of yes or no is marked as such, and no other is. */
static char **environment(bool confirm)
{
    size_t count = 0, n = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    char **list = sv_alloc_array(count + 3, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (!text_starts_with(environ[i], "SSH_ASKPASS_PROMPT=") &&
            !text_starts_with(environ[i], "SMTPVAULT_ASKPASS_PROMPT="))
            list[n++] = environ[i];
    }
    if (list != NULL && confirm) {
        list[n++] = confirm_ssh;
        list[n++] = confirm_own;
    }
    if (list != NULL)
        list[n] = NULL;
    return list;
}

static int64_t left(int64_t until)
{
    int64_t now = env_monotonic_ms();
    return now < until ? until - now : 0;
}

static enum sv_status run(const char *question, bool confirm, struct secret *line, int *status,
                          struct sv_err *err)
{
    CHILD_OWNED struct child c = CHILD_NONE;
    SV_AUTOFREE char **envp = environment(confirm);
    const char *const argv[] = {askpass_program(), question, NULL};
    int64_t patience = 0, until;
    if (envp == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = ask_patience(&patience, err);
    until = env_monotonic_ms() + patience;
    if (s == SV_OK)
        s = child_start_with(&c, argv, envp, false, err);
    if (s == SV_OK)
        s = child_first_line(&c, WHO, left(until), line, err);
    if (s == SV_OK && !child_wait_within(&c, left(until), status))
        s = sv_fail(err, SV_LOCKED, WHO " does not end");
    if (s != SV_OK)
        child_stop(&c);
    return s;
}

enum sv_status askpass_secret(const struct source_ask *ask, struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *line = NULL;
    char question[SOURCE_QUESTION_MAX];
    int status = 0;
    /* One byte more than the limit shows that the line was longer. */
    enum sv_status s = secret_new(&line, ask->limit + 1, err);
    snprintf(question, sizeof question, "%s%s%s", ask->wrong != NULL ? ask->wrong : "",
             ask->wrong != NULL ? "\n" : "", ask->question);
    if (s == SV_OK)
        s = run(question, false, line, &status, err);
    if (s != SV_OK)
        return s;
    if (status != 0)
        return sv_fail(err, SV_LOCKED, "the %s was not given: " WHO " ended with status %d",
                       ask->what, status);
    *out = line;
    line = NULL;
    return SV_OK;
}

enum sv_status askpass_yes(const char *question, bool *yes, struct sv_err *err)
{
    SECRET_OWNED struct secret *line = NULL;
    int status = 0;
    enum sv_status s = secret_new(&line, ANSWER_MAX, err);
    if (s == SV_OK)
        s = run(question, true, line, &status, err);
    if (s != SV_OK)
        return s;
    char answer[ANSWER_MAX + 1] = "";
    memcpy(answer, secret_peek(line), secret_len(line));
    *yes = status == 0 && (answer[0] == '\0' || text_equal_nocase(answer, "y") ||
                           text_equal_nocase(answer, "yes"));
    return SV_OK;
}
