/* SPDX-License-Identifier: ISC */
/*
 * git-credential: git's protocol for credential helpers (gitcredentials(7)), for
 * git-send-email(1) first of all. A login is given for its own server and user only; what
 * git says of it afterwards is evidence, and nothing is ever stored or deleted: git sends
 * an erase after a temporary fault as well. With --general it is git's whole helper, for every
 * protocol (git_keep.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cmd/git_keep.h"
#include "cmd/git_match.h"
#include "cmd/git_request.h"
#include "rotate/rotate_defend.h"

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

/* One run: what git asks, and how. */
struct asking {
    const char *operation, *only;
    bool general;
    struct git_request request;
};

/* "HOST:PORT", as git named it. */
static char *put_asked(char *dst, size_t capacity, const struct git_request *r)
{
    char host[GIT_HOST_MAX];
    text_printable(host, sizeof host, r->host, strlen(r->host));
    if (r->port != 0)
        snprintf(dst, capacity, "%.200s:%u", host, (unsigned)r->port);
    else
        snprintf(dst, capacity, "%.200s%s", host, git_request_is_mail(r) ? " without a port" : "");
    return dst;
}

/* Somebody asked in the name of a login, for a server that is not its own. */
static void record_look_alike(struct cli *cli, const struct asking *a, const struct profile *p)
{
    struct sv_err err;
    struct audit_event event = {.op = AUDIT_HELPER, .result = AUDIT_DENIED, .version = p->version};
    char asked[GIT_HOST_MAX], server[PROFILE_SERVER_MAX];
    put_asked(asked, sizeof asked, &a->request);
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    snprintf(event.note, sizeof event.note, "git %.5s for %.54s, not its server", a->operation,
             asked);
    print_warning(cli, "%s is not given: %s is not its server (%s)", NAME_SHOWN(p->name), asked,
                  profile_server(server, p));
    if (vault_record(cli->vault, &event, &err) != SV_OK)
        print_warning(cli, "that is not on record: %s", err.text);
}

/* ---- the operations ---- */

static void put_secret(struct sink *out, const char *key, const struct secret *secret)
{
    sink_printf(out, "%s=", key);
    sink_put_secret(out, secret);
    sink_puts(out, "\n");
}

/* What is sent as it is has no use for a git that does not know of such; nor has a password
 * that has ended, where git is too old to look at its end. */
static void put_login(struct sink *out, const struct git_request *r, const struct profile *p,
                      const struct git_secret *given)
{
    bool as_is = given->authtype[0] != '\0', mail = profile_is_mail(p);
    bool ended = given->expires != 0 && given->expires <= env_now();
    if ((as_is && !r->authtype) || (ended && given->refresh == NULL))
        return;
    if (as_is)
        sink_printf(out, "capability[]=authtype\nauthtype=%s\n", given->authtype);
    if (p->username != NULL || (!mail && !as_is))
        sink_printf(out, "username=%s\n", p->username != NULL ? p->username : "");
    if (!ended)
        put_secret(out, as_is ? "credential" : "password", given->password);
    if (given->refresh != NULL)
        put_secret(out, "oauth_refresh_token", given->refresh);
    if (given->expires != 0)
        sink_printf(out, "password_expiry_utc=%" PRId64 "\n", given->expires);
}

/* Where it is refused, and not merely not there, nobody else shall be asked for it either:
 * neither the next helper nor whoever sits there. */
static enum sv_status refuse(struct cli *cli, const struct profile *p, const struct sv_err *why)
{
    print_warning(cli, "%s is not given: %s", NAME_SHOWN(p->name), why->text);
    sink_puts(cli->out, "quit=true\n");
    return SV_OK;
}

static enum sv_status give(struct cli *cli, const struct git_request *r, const struct profile *p,
                           struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    PROFILE_OWNED struct profile given = {.name = NULL};
    GIT_SECRET_OWNED struct git_secret parts = {.expires = 0};
    struct reveal why = {.op = AUDIT_HELPER, .note = "git get"};
    enum sv_status s = vault_reveal(cli->vault, p->name, &why, &given, &secret, err);
    if (s == SV_DENIED)
        return refuse(cli, p, err);
    if (s != SV_OK)
        return s;
    /* Changed since it was chosen: a new secret is what is asked for, but it may be for another
     * server by now. */
    if (given.version != p->version && !git_match_fits(r, &given))
        return sv_fail(err, SV_LOCKED, "%s was changed just now: ask again", NAME_SHOWN(p->name));
    s = git_secret_split(&parts, secret, err);
    if (s == SV_OK)
        put_login(cli->out, r, &given, &parts);
    return s;
}

static enum sv_status report(struct cli *cli, const struct git_request *request,
                             const struct profile *p, bool worked, struct sv_err *err)
{
    struct audit_event event = {
        .op = AUDIT_HELPER, .result = worked ? AUDIT_OK : AUDIT_FAILED, .version = p->version};
    const struct secret *claimed = request->given.password;
    enum outcome outcome = worked ? OUTCOME_WORKED : OUTCOME_REJECTED;
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    snprintf(event.note, sizeof event.note, "git %s", worked ? "store" : "erase");
    bool same = false;
    enum sv_status s = vault_outcome_claim(
        cli->vault, &event, claimed != NULL ? outcome : OUTCOME_UNKNOWN, claimed, &same, err);
    if (s == SV_OK && same && !worked)
        rotate_defend(cli, p->name);
    return s;
}

static enum sv_status answer_chosen(struct cli *cli, const struct asking *a,
                                    const struct git_match *m, struct sv_err *err)
{
    if (m->count > 1)
        print_warning(cli,
                      "%zu logins are for this server: let git name the user, or give "
                      "--profile NAME",
                      m->count);
    /* Of another one it is known where: git asks for it anew, and stores that. */
    if (m->count == 0 && m->retired != NULL && profile_is_mail(m->retired))
        print_warning(cli,
                      "%s is not given: git retired it; \"smtpvault rollback %s\" takes it back",
                      NAME_SHOWN(m->retired->name), NAME_TYPED(m->retired->name));
    if (m->like != NULL)
        record_look_alike(cli, a, m->like);
    if (m->one == NULL)
        return SV_OK;
    return strcmp(a->operation, "get") == 0
               ? give(cli, &a->request, m->one, err)
               : report(cli, &a->request, m->one, a->operation[0] == 's', err);
}

static enum sv_status answer(struct cli *cli, const struct asking *a, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    bool keeps = a->general && strcmp(a->operation, "get") != 0;
    bool tells = !a->general && strcmp(a->operation, "get") != 0;
    /* Whoever typed the passphrase for the login itself is not asked a second time, in the
     * middle of the mail, so that it can be noted how that went. */
    cli->no_input = cli->no_input || tells;
    enum sv_status s = session_ensure(cli, true, keeps, err);
    if (s == SV_LOCKED && tells) {
        *err = (struct sv_err){""};
        return SV_OK;
    }
    if (s == SV_OK && keeps)
        return (a->operation[0] == 's' ? git_keep_store : git_keep_erase)(cli, &a->request, a->only,
                                                                          err);
    if (s == SV_OK)
        s = vault_list(cli->vault, &list, err);
    if (s != SV_OK)
        return s;
    struct git_match m = git_match_choose(&list, &a->request, a->only, a->general);
    return answer_chosen(cli, a, &m, err);
}

static void asking_clear(struct asking *a)
{
    git_request_clear(&a->request);
}
#define ASKING_OWNED __attribute__((cleanup(asking_clear)))

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *input = NULL;
    ASKING_OWNED struct asking a = {.operation = args_word(args, 0),
                                    .only = args_value(args, "profile"),
                                    .general = args_flag(args, "general")};
    const char *ask = env_get("GIT_TERMINAL_PROMPT");
    if (strcmp(a.operation, "capability") == 0)
        sink_printf(cli->out, "version 0\n%s", a.general ? "capability authtype\n" : "");
    if (!is_operation(a.operation))
        return SV_OK;
    if (ask != NULL && strcmp(ask, "0") == 0)
        cli->no_input = true;
    enum sv_status s = read_input(&input, err);
    if (s == SV_OK)
        s = git_request_parse(&a.request, input, err);
    if (s != SV_OK || !a.request.usable || !(a.general || git_request_is_mail(&a.request)))
        return s;
    return answer(cli, &a, err);
}

static const struct option_spec options[] = {
    {"general", 0, NULL, COMPLETES_NOTHING, "every protocol; keep what git stores", false},
    {"profile", 0, "NAME", COMPLETES_PROFILE, "only this login, where it fits", false},
    {0},
};
static const char *const examples[] = {
    "git config --global credential.helper smtpvault",
    "git send-email --smtp-server smtp.example.com --smtp-user ann@example.com -1",
    "git config --global credential.helper 'smtpvault --general'",
    NULL,
};
const struct command cmd_git_credential = {
    .name = "git-credential",
    .group = "use",
    .args = "get|store|erase|capability",
    .summary = "answer git, as its credential helper",
    .flags = CMD_EMITS_SECRET | CMD_TOKEN | CMD_HIDDEN_IN_SHELL,
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .examples = examples,
    .help = "Started by git, also under the name git-credential-smtpvault. A login is given for "
            "its own server, port and user only. What git stores or erases is remembered as a "
            "login that worked or was rejected; nothing is stored, and nothing erased. With "
            "--general it is for every protocol, what git stores is kept, and what it erases is "
            "retired: git is not given it any more, \"smtpvault history\" has it, and "
            "\"smtpvault rollback\" takes it back.",
    .check = check,
    .run = run,
};
