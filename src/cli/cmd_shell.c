/* SPDX-License-Identifier: ISC */
/* shell: many commands, one opening of the vault. Lines are what one would type
 * behind "smtpvault". */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/shell_complete.h"
#include "cli/shell_line.h"
#include "cli/shell_words.h"

#define IDLE_DEFAULT INT64_C(600)

static enum sv_status parse_idle(const struct args *args, int64_t *seconds, struct sv_err *err)
{
    const char *text = args_value(args, "idle");
    *seconds = IDLE_DEFAULT;
    if (text != NULL && !text_parse_duration(text, seconds))
        return sv_fail(err, SV_USAGE, "an idle time looks like 10m or 1h");
    return SV_OK;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    int64_t seconds;
    if (cli->in_shell)
        return sv_fail(err, SV_USAGE, "this is the shell already");
    return parse_idle(args, &seconds, err);
}

/* The global options of one line hold for that line. */
static void restore(struct cli *cli, const struct cli *before)
{
    struct vault *vault = cli->vault;
    *cli = *before;
    cli->vault = vault;
}

static enum sv_status run_words(struct cli *cli, struct shell_words *words, bool *understood,
                                struct sv_err *err)
{
    const struct command *c = command_find(words->list[0]);
    ARGS_OWNED struct args *args = NULL;
    if (c == NULL)
        return command_unknown(words->list[0], err);
    if ((c->flags & CMD_HIDDEN_IN_SHELL) != 0)
        return sv_fail(err, SV_USAGE, "%s makes no sense inside the shell", c->name);
    const char *file = cli->vault_file;
    enum sv_status s = args_parse(&args, c, cli, (int)words->count - 1, words->list + 1, NULL, err);
    if (s == SV_OK && cli->vault_file != file)
        s = sv_fail(err, SV_USAGE, "the shell has one vault open: leave it to use another");
    *understood = s == SV_OK;
    return s == SV_OK ? cli_dispatch(cli, c, args, err) : s;
}

enum turn { TURN_NEXT, TURN_END };

/* status gets what a program would have ended with. */
static enum turn run_line(struct cli *cli, struct shell_line *input, const char *line, int *status)
{
    SHELL_WORDS_OWNED struct shell_words words = {0};
    struct sv_err err = {""};
    bool understood = false;
    enum sv_status s = shell_words_split(&words, line, &err);
    if (s == SV_OK && words.count == 0)
        return TURN_NEXT;
    if (s == SV_OK && words.count == 1 &&
        (strcmp(words.list[0], "exit") == 0 || strcmp(words.list[0], "quit") == 0))
        return TURN_END;
    if (s == SV_OK && words.count == 1 && strcmp(words.list[0], "lock") == 0) {
        vault_lock(cli->vault);
        understood = true;
    } else if (s == SV_OK) {
        struct cli before = *cli;
        cli->exit_status = -1;
        s = run_words(cli, &words, &understood, &err);
        int child = cli->exit_status;
        restore(cli, &before);
        *status = s == SV_OK && child >= 0 ? child : (int)s;
    } else {
        *status = (int)s;
    }
    if (understood)
        shell_line_remember(input, line);
    if (s != SV_OK && s != SV_FINDINGS)
        print_error(s, &err);
    return TURN_NEXT;
}

static void interrupted(int number)
{
    (void)number;
}

static void make_prompt(char *dst, size_t capacity, struct cli *cli)
{
    struct vault_info info = {.path = "vault.db"};
    (void)!vault_info(cli->vault, &info, NULL);
    const char *slash = strrchr(info.path, '/'), *base = slash != NULL ? slash + 1 : info.path;
    size_t len = strlen(base);
    if (len > 3 && strcmp(base + len - 3, ".db") == 0)
        len -= 3;
    char name[64];
    snprintf(dst, capacity, "smtpvault:%s> ", text_printable(name, sizeof name, base, len));
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SHELL_LINE_OWNED struct shell_line *input = NULL;
    struct sigaction ours = {.sa_handler = interrupted}, before;
    char prompt[96];
    int64_t idle;
    enum sv_status s = parse_idle(args, &idle, err);
    if (s == SV_OK)
        s = shell_line_open(&input, cli, err);
    if (s != SV_OK)
        return s;
    make_prompt(prompt, sizeof prompt, cli);
    shell_line_set_idle(input, idle);
    cli->in_shell = true;
    if (shell_line_is_interactive(input)) {
        sigaction(SIGINT, &ours, &before);
        print_note(cli,
                   "\"help\" lists the commands; \"exit\" or ^D leaves; locks after %lld "
                   "minutes without a key",
                   (long long)(idle + 59) / 60);
    }
    int status = 0;
    for (enum turn turn = TURN_NEXT; turn == TURN_NEXT;) {
        SV_AUTOFREE char *line = NULL;
        s = shell_line_read(input, prompt, &line, err);
        if (s != SV_OK || line == NULL)
            break;
        turn = run_line(cli, input, line, &status);
    }
    cli->in_shell = false;
    if (shell_line_is_interactive(input))
        sigaction(SIGINT, &before, NULL);
    else
        cli->exit_status = status;
    return s;
}

static const struct option_spec options[] = {
    {"idle", 0, "10m", COMPLETES_NOTHING, "lock after so long without a key (10m)", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault shell",
    "printf 'get work username\\nget work host\\n' | smtpvault shell",
    NULL,
};
const struct command cmd_shell = {
    .name = "shell",
    .group = "people",
    .args = "",
    .summary = "run many commands in one session",
    .flags = CMD_UNLOCKED | CMD_MUTATES | CMD_HIDDEN_IN_SHELL,
    .options = options,
    .examples = examples,
    .help = "With line editing and completion on a terminal; else commands are read line by line\n"
            "and the status is that of the last one. The history is not kept.",
    .check = check,
    .run = run,
};
