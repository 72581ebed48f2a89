/* SPDX-License-Identifier: ISC */
/* token add: which logins, and until when. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/member.h"
#include "access/token_verbs.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/grant.h"

static enum sv_status read_until(const struct args *args, int64_t *until, struct sv_err *err)
{
    const char *text = args_value(args, "until");
    *until = 0;
    if (text == NULL)
        return SV_OK;
    if (!text_parse_until(text, env_now(), until))
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is no time: it goes 30d, 12h, 2026-12-24 or 2026-12-24T18:00:00Z",
                       NAME_SHOWN(text));
    return *until > env_now() ? SV_OK
                              : sv_fail(err, SV_USAGE,
                                        "the time until which the token is to open "
                                        "has passed");
}

static enum sv_status read_terms(const struct args *args, struct token_new *want, struct grant *exe,
                                 struct sv_err *err)
{
    const char *most = args_value(args, "max-uses"), *path = args_value(args, "exe");
    enum sv_status s = read_until(args, &want->until, err);
    if (s == SV_OK && most != NULL && !text_parse_u64(most, 1, TOKEN_USES_MAX, &want->most_uses))
        return sv_fail(err, SV_USAGE, "--max-uses takes a number from 1 to %u", TOKEN_USES_MAX);
    want->agent = args_flag(args, "agent") || most != NULL;
    if (s == SV_OK && path != NULL) {
        s = grant_set_exe(exe, path, false, err);
        want->exe = exe->exe;
    }
    return s;
}

enum sv_status token_add_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct token_new want = {.label = ""};
    struct grant exe = {0};
    bool named = args_count(args) > 1 || args_nth(args, "profile", 0) != NULL;
    bool tagged = args_nth(args, "tag", 0) != NULL;
    (void)cli;
    if (args_value(args, "name") == NULL)
        return sv_fail(err, SV_USAGE, "say what the token is called: --name NAME");
    if (named == tagged)
        return sv_fail(err, SV_USAGE,
                       "say which logins the token opens: --profile PROFILE, as often as there are "
                       "logins, or --tag TAG");
    enum sv_status s = read_terms(args, &want, &exe, err);
    for (size_t i = 1; s == SV_OK && i < args_count(args); i++)
        s = profile_check_name(args_word(args, i), err);
    for (size_t i = 0; s == SV_OK && args_nth(args, "profile", i) != NULL; i++)
        s = profile_check_name(args_nth(args, "profile", i), err);
    return s;
}

/* ---- which logins ---- */

struct chosen {
    struct profile_list list; /* owns the names that a tag chose */
    const char **names;       /* borrowed */
    size_t count;
};

static void chosen_clear(struct chosen *c)
{
    profile_list_clear(&c->list);
    sv_free(c->names);
}
#define CHOSEN_OWNED __attribute__((cleanup(chosen_clear)))

static bool has_a_tag(const struct profile *p, const struct args *args)
{
    for (size_t i = 0; args_nth(args, "tag", i) != NULL; i++)
        if (profile_has_tag(p, args_nth(args, "tag", i)))
            return true;
    return false;
}

static enum sv_status choose_tagged(struct cli *cli, const struct args *args, struct chosen *c,
                                    struct sv_err *err)
{
    enum sv_status s = vault_list(cli->vault, &c->list, err);
    if (s != SV_OK)
        return s;
    if ((c->names = sv_alloc_array(c->list.count + 1, sizeof *c->names)) == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < c->list.count; i++)
        if (has_a_tag(&c->list.items[i], args))
            c->names[c->count++] = c->list.items[i].name;
    return c->count > 0 ? SV_OK : sv_fail(err, SV_MISSING, "no login has that tag");
}

static enum sv_status choose_named(const struct args *args, struct chosen *c, struct sv_err *err)
{
    size_t options = 0;
    while (args_nth(args, "profile", options) != NULL)
        options++;
    c->names = sv_alloc_array(options + args_count(args), sizeof *c->names);
    if (c->names == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < options; i++)
        c->names[c->count++] = args_nth(args, "profile", i);
    for (size_t i = 1; i < args_count(args); i++)
        c->names[c->count++] = args_word(args, i);
    return SV_OK;
}

/* ---- made ---- */

static void tell(const struct cli *cli, const struct token_new *want)
{
    char until[TEXT_TIME_MAX];
    struct stat st;
    print_note(cli, "the token \"%s\" opens %zu %s%s%s; keep it now, it cannot be shown again",
               TOKEN_SHOWN(want->label), want->count, want->count == 1 ? "login" : "logins",
               want->until != 0 ? " until " : "",
               want->until != 0 ? text_time_local(until, want->until) : "");
    if (want->agent)
        print_note(cli, "it is for the agent: \"smtpvault unlock\" starts one");
    if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 066) != 0)
        print_warning(cli,
                      "others can read the file that it is written to, and it is not taken from "
                      "there: run \"chmod 600\" on it");
}

enum sv_status token_add(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    CHOSEN_OWNED struct chosen chosen = {.count = 0};
    struct token_new want = {.label = args_value(args, "name")};
    struct grant exe = {0};
    uint32_t number;
    if (cli->stdout_closed)
        return sv_fail(err, SV_IO, "standard output is closed, and nobody would see the token");
    enum sv_status s = read_terms(args, &want, &exe, err);
    if (s == SV_OK)
        s = member_session(cli, err);
    if (s == SV_OK)
        s = args_nth(args, "tag", 0) != NULL ? choose_tagged(cli, args, &chosen, err)
                                             : choose_named(args, &chosen, err);
    if (s != SV_OK)
        return s;
    want.names = chosen.names;
    want.count = chosen.count;
    if ((s = vault_token_make(cli->vault, &want, &text, &number, err)) != SV_OK)
        return s;
    cli->changed = true;
    sink_put_secret(cli->out, text);
    sink_puts(cli->out, "\n");
    tell(cli, &want);
    return SV_OK;
}
