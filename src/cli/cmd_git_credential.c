/* SPDX-License-Identifier: ISC */
/*
 * git-credential: git's protocol for credential helpers (gitcredentials(7)), for
 * git-send-email(1) first of all. A login is given for its own server and user only; what
 * git says of it afterwards is evidence, and nothing is ever stored or deleted: git sends
 * an erase after a temporary fault as well.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/git_request.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"

#define CHUNK 4096

static bool is_operation(const char *word)
{
    return strcmp(word, "get") == 0 || strcmp(word, "store") == 0 || strcmp(word, "erase") == 0;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *only = args_value(args, "profile");
    if (cli->in_shell)
        return sv_fail(err, SV_USAGE, "git-credential is for git, which starts it itself");
    return only != NULL ? profile_check_name(only, err) : SV_OK;
}

/* Up to an empty line, which git may leave out, or the end. */
static bool is_whole(const struct secret *input)
{
    size_t len = secret_len(input);
    const uint8_t *bytes = secret_peek(input);
    return len > 0 && (bytes[0] == '\n' || memmem(bytes, len, "\n\n", 2) != NULL);
}

static enum sv_status read_input(struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *input = NULL;
    enum sv_status s = secret_new(&input, GIT_REQUEST_MAX, err);
    while (s == SV_OK && !is_whole(input)) {
        size_t len = secret_len(input), room = secret_capacity(input) - len;
        if (room == 0)
            return sv_fail(err, SV_DATA, "what came in is longer than %d bytes", GIT_REQUEST_MAX);
        ssize_t got = read(STDIN_FILENO, secret_poke(input) + len, room < CHUNK ? room : CHUNK);
        if (got < 0 && errno != EINTR)
            return sv_fail_errno(err, SV_IO, errno, "cannot read what git asks");
        if (got == 0)
            break;
        secret_set_len(input, len + (got > 0 ? (size_t)got : 0));
    }
    if (s != SV_OK)
        return s;
    *out = input;
    input = NULL;
    return SV_OK;
}

/* ---- which login ---- */

struct choice {
    struct profile *one;  /* the only one that fits, or NULL */
    struct profile *like; /* one that looks like it, or NULL */
    size_t count;
};

static struct choice choose(const struct profile_list *list, const struct git_request *request,
                            const char *only)
{
    struct choice c = {.one = NULL};
    for (size_t i = 0; i < list->count; i++) {
        struct profile *p = &list->items[i];
        if (only != NULL && strcmp(p->name, only) != 0)
            continue;
        if (git_request_fits(request, p)) {
            c.one = c.count == 0 ? p : NULL;
            c.count++;
        } else if (c.like == NULL && git_request_resembles(request, p))
            c.like = p;
    }
    return c;
}

/* Somebody asked in the name of a login, for a server that is not its own. */
static void record_look_alike(struct cli *cli, const struct git_request *request,
                              const struct profile *p, const char *operation)
{
    struct sv_err err;
    struct audit_event event = {.op = AUDIT_HELPER, .result = AUDIT_DENIED, .version = p->version};
    char host[GIT_HOST_MAX];
    text_printable(host, sizeof host, request->host, strlen(request->host));
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    snprintf(event.note, sizeof event.note, "git %.5s for %.48s:%u, not its server", operation,
             host, (unsigned)request->port);
    print_warning(cli, "%s is not given: %s:%u is not its server (%s:%u)", NAME_SHOWN(p->name),
                  host, (unsigned)request->port, p->host != NULL ? p->host : "", (unsigned)p->port);
    if (vault_record(cli->vault, &event, &err) != SV_OK)
        print_warning(cli, "that is not on record: %s", err.text);
}

/* ---- the operations ---- */

static enum sv_status give(struct cli *cli, const struct profile *p, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    PROFILE_OWNED struct profile given = {.name = NULL};
    struct reveal why = {.op = AUDIT_HELPER, .note = "git get"};
    enum sv_status s = vault_reveal(cli->vault, p->name, &why, &given, &secret, err);
    if (s != SV_OK)
        return s;
    /* Changed since it was chosen: then it may be for another server by now. */
    if (given.version != p->version)
        return sv_fail(err, SV_LOCKED, "%s was changed just now: ask again", NAME_SHOWN(p->name));
    if (given.username != NULL)
        sink_printf(cli->out, "username=%s\n", given.username);
    sink_puts(cli->out, "password=");
    sink_put_secret(cli->out, secret);
    sink_puts(cli->out, "\n");
    return SV_OK;
}

static enum sv_status report(struct cli *cli, const struct git_request *request,
                             const struct profile *p, bool worked, struct sv_err *err)
{
    struct audit_event event = {
        .op = AUDIT_HELPER, .result = worked ? AUDIT_OK : AUDIT_FAILED, .version = p->version};
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    snprintf(event.note, sizeof event.note, "git %s", worked ? "store" : "erase");
    if (request->password == NULL)
        return vault_record(cli->vault, &event, err);
    return vault_outcome_claim(cli->vault, &event, worked ? OUTCOME_WORKED : OUTCOME_REJECTED,
                               request->password, err);
}

static enum sv_status answer(struct cli *cli, const char *operation, const char *only,
                             const struct git_request *request, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = session_ensure(cli, true, false, err);
    if (s == SV_OK)
        s = vault_list(cli->vault, &list, err);
    if (s != SV_OK)
        return s;
    struct choice c = choose(&list, request, only);
    if (c.count > 1)
        print_warning(cli,
                      "%zu logins are for this server: let git name the user, or give "
                      "--profile NAME",
                      c.count);
    if (c.count == 0 && c.like != NULL)
        record_look_alike(cli, request, c.like, operation);
    if (c.one == NULL)
        return SV_OK;
    return strcmp(operation, "get") == 0 ? give(cli, c.one, err)
                                         : report(cli, request, c.one, operation[0] == 's', err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *input = NULL;
    GIT_REQUEST_OWNED struct git_request request = {.smtp = false};
    const char *operation = args_word(args, 0), *ask = env_get("GIT_TERMINAL_PROMPT");
    if (strcmp(operation, "capability") == 0)
        sink_puts(cli->out, "version 0\n");
    if (!is_operation(operation))
        return SV_OK;
    if (ask != NULL && strcmp(ask, "0") == 0)
        cli->no_input = true;
    enum sv_status s = read_input(&input, err);
    if (s == SV_OK)
        s = git_request_parse(&request, input, err);
    if (s == SV_OK && request.smtp)
        s = answer(cli, operation, args_value(args, "profile"), &request, err);
    return s;
}

static const struct option_spec options[] = {
    {"profile", 0, "NAME", COMPLETES_PROFILE, "only this login, where it fits", false},
    {0},
};
static const char *const examples[] = {
    "git config --global credential.helper smtpvault",
    "git send-email --smtp-server smtp.example.com --smtp-user ann@example.com -1",
    NULL,
};
const struct command cmd_git_credential = {
    .name = "git-credential",
    .group = "use",
    .args = "get|store|erase",
    .summary = "answer git, as its credential helper",
    .flags = CMD_EMITS_SECRET | CMD_TOKEN | CMD_HIDDEN_IN_SHELL,
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .examples = examples,
    .help = "Started by git, also under the name git-credential-smtpvault. A login is given for "
            "its own server, port and user only. What git stores or erases is remembered as a "
            "login that worked or was rejected; nothing is stored, and nothing erased.",
    .check = check,
    .run = run,
};
