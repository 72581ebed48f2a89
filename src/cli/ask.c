/* SPDX-License-Identifier: ISC */
#include "cli/ask.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/prompt.h"
#include "cli/source.h"

static bool has_display(void)
{
    return env_get("DISPLAY") != NULL || env_get("WAYLAND_DISPLAY") != NULL;
}

/* Does the program go before a terminal that is there? */
static bool program_first(void)
{
    const char *require = env_get("SMTPVAULT_ASKPASS_REQUIRE");
    if (require == NULL || askpass_program() == NULL)
        return false;
    return text_equal_nocase(require, "force") ||
           (text_equal_nocase(require, "prefer") && has_display());
}

static enum ask_way choose(const struct cli *cli, bool pinentry)
{
    if (cli->no_input)
        return ASK_NOBODY;
    if (pinentry)
        return ASK_PINENTRY;
    if (program_first())
        return ASK_PROGRAM;
    if (prompt_possible(cli))
        return ASK_TERMINAL;
    return askpass_program() != NULL ? ASK_PROGRAM : ASK_NOBODY;
}

enum ask_way ask_way(const struct cli *cli, const char *source)
{
    return source_asks(source) ? choose(cli, source_is_pinentry(source)) : ASK_NOBODY;
}

/* A terminal in front of somebody is nearer than a window: pinentry comes after it. */
static enum ask_way way_for_yes(const struct cli *cli)
{
    bool pinentry = source_is_pinentry(cli->passphrase_from);
    enum ask_way way = choose(cli, false);
    return way != ASK_TERMINAL && pinentry && !cli->no_input ? ASK_PINENTRY : way;
}

bool ask_yes_possible(const struct cli *cli)
{
    return way_for_yes(cli) != ASK_NOBODY;
}

const char *ask_nobody(const struct cli *cli)
{
    return cli->no_input ? "no asking (--no-input)" : "no terminal to ask on";
}

enum sv_status ask_patience(int64_t *ms, struct sv_err *err)
{
    const char *text = env_get("SMTPVAULT_ASK_SECONDS");
    uint64_t seconds = ASK_SECONDS_DEFAULT;
    if (text != NULL && !text_parse_u64(text, 1, ASK_SECONDS_MAX, &seconds))
        return sv_fail(err, SV_USAGE, "SMTPVAULT_ASK_SECONDS is a number of seconds from 1 to %d",
                       ASK_SECONDS_MAX);
    *ms = (int64_t)seconds * 1000;
    return SV_OK;
}

static enum sv_status ask_once(struct cli *cli, enum ask_way way, const struct source_ask *ask,
                               struct secret **out, bool *repeated, struct sv_err *err)
{
    switch (way) {
    case ASK_TERMINAL:
        return prompt_secret(cli, ask->question, ask->limit, out, err);
    case ASK_PROGRAM:
        return askpass_secret(ask, out, err);
    case ASK_PINENTRY:
        return pinentry_secret(ask, out, repeated, err);
    case ASK_NOBODY:
        break;
    }
    return sv_fail(
        err, SV_LOCKED,
        "the %s cannot be asked for: there is %s%s; \"smtpvault help %s\" has the options "
        "that take it from elsewhere",
        ask->what, ask_nobody(cli), cli->no_input ? "" : "; " ASK_HELP,
        cli->command != NULL ? cli->command->name : "");
}

/* The question and, where it is to be confirmed, the same once more; *differ: there is no
 * answer, since the two were not the same. */
static enum sv_status ask_pair(struct cli *cli, enum ask_way way, const struct source_ask *ask,
                               struct secret **out, bool *differ, struct sv_err *err)
{
    SECRET_OWNED struct secret *first = NULL;
    SECRET_OWNED struct secret *again = NULL;
    struct source_ask second = *ask;
    char question[SOURCE_QUESTION_MAX];
    bool repeated = false;
    enum sv_status s = ask_once(cli, way, ask, &first, &repeated, err);
    if (s == SV_OK && ask->confirm && !repeated && secret_len(first) > 0) {
        /* Elsewhere than on a terminal the first question is out of sight by now. */
        snprintf(question, sizeof question, "%s%s", way == ASK_TERMINAL ? "" : "Again: ",
                 way == ASK_TERMINAL ? "Again: " : ask->question);
        second.question = question;
        second.wrong = NULL;
        second.confirm = false;
        s = ask_once(cli, way, &second, &again, &repeated, err);
        *differ = s == SV_OK && !secret_equal(first, again);
    }
    if (s != SV_OK || *differ)
        return s;
    *out = first;
    first = NULL;
    return SV_OK;
}

enum sv_status ask_secret(struct cli *cli, enum ask_way way, const struct source_ask *ask,
                          struct secret **out, struct sv_err *err)
{
    struct source_ask next = *ask;
    for (int tries = ASK_TRIES; tries > 0; tries--) {
        bool differ = false;
        enum sv_status s = ask_pair(cli, way, &next, out, &differ, err);
        if (s != SV_OK || !differ)
            return s;
        next.wrong = "The two were not the same: type both again.";
        if (way == ASK_TERMINAL && tries > 1)
            prompt_tell(cli, "%s", next.wrong);
    }
    return sv_fail(err, SV_DATA, "the two were not the same: nothing was changed");
}

/* The end of input is an answer as well. */
static enum sv_status terminal_yes(struct cli *cli, const char *question, bool *yes,
                                   struct sv_err *err)
{
    enum sv_status s = prompt_yes(cli, question, yes, err);
    if (s != SV_DATA)
        return s;
    sv_err_clear(err);
    *yes = false;
    return SV_OK;
}

enum sv_status ask_yes(struct cli *cli, const char *question, bool *yes, struct sv_err *err)
{
    char asked[PROMPT_LINE_MAX];
    switch (way_for_yes(cli)) {
    case ASK_TERMINAL:
        snprintf(asked, sizeof asked, "%s [y/N] ", question);
        return terminal_yes(cli, asked, yes, err);
    case ASK_PROGRAM:
        return askpass_yes(question, yes, err);
    case ASK_PINENTRY:
        return pinentry_yes(question, yes, err);
    case ASK_NOBODY:
        break;
    }
    return sv_fail(err, SV_LOCKED, "there is %s%s", ask_nobody(cli),
                   cli->no_input ? "" : "; " ASK_HELP);
}
