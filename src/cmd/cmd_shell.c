/* SPDX-License-Identifier: ISC */
/*
 * shell: one session for many commands. The vault is unlocked by the first command
 * that needs it and locked again by the idle time, by `lock` and at the end.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/readline.h"
#include "cli/session.h"
#include "cli/source.h"
#include "cli/words.h"
#include "cmd/shell_complete.h"

#define IDLE_DEFAULT 600
#define PROMPT_MAX 200

struct shell {
    struct cli *cli;
    struct shell_memory memory;
    int64_t idle_s;
    bool terminal;
    bool over;
    char last[1024]; /* of the history */
    bool understood; /* the last line was made of words that we know */
    int status;      /* of the last command */
};

static bool parse_idle(const char *text, int64_t *seconds)
{
    return text_parse_span(text, seconds) && *seconds <= READLINE_IDLE_MAX;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *idle = args_value(args, "idle");
    int64_t seconds;
    if (idle != NULL && !parse_idle(idle, &seconds))
        return sv_fail(err, SV_USAGE, "--idle takes a time from 1s to 3w, such as 10m");
    struct cli inside = *cli;
    inside.in_shell = true; /* standard input is where the commands come from */
    return source_check(&inside, cli->passphrase_from, err);
}

static bool is_unlocked(const struct shell *sh)
{
    return sh->cli->vault != NULL && vault_is_unlocked(sh->cli->vault);
}

static void lock(struct shell *sh)
{
    cli_close(sh->cli);
    shell_forget(&sh->memory);
}

/* ---- one command ---- */

static enum sv_status dispatch(struct shell *sh, struct cli *one, const struct command *c,
                               const struct args *args, struct sv_err *err)
{
    /* A command that takes signals for its child need not give them back. */
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    struct sigaction before[sizeof signals / sizeof signals[0]];
    bool own = one->vault_file != sh->cli->vault_file || one->token_from != sh->cli->token_from;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], NULL, &before[i]);
    one->vault = own ? NULL : sh->cli->vault;
    enum sv_status s = cli_dispatch(one, c, args, err);
    if (own)
        cli_close(one);
    else
        sh->cli->vault = one->vault;
    if ((c->flags & CMD_MUTATES) != 0)
        shell_forget(&sh->memory);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &before[i], NULL);
    return s;
}

static enum sv_status run_words(struct shell *sh, struct cli *one, const struct words *w,
                                struct sv_err *err)
{
    int used = 0, argc = (int)w->count;
    ARGS_OWNED struct args *head = NULL;
    ARGS_OWNED struct args *args = NULL;
    enum sv_status s = args_parse(&head, NULL, one, argc, w->items, &used, err);
    if (s != SV_OK)
        return s;
    const char *name = used < argc ? w->items[used] : one->help ? "help" : NULL;
    if (name == NULL)
        return sv_fail(err, SV_USAGE, "a command is missing; \"help\" lists them");
    const struct command *c = command_find(name);
    if (c == NULL)
        return command_unknown(name, err);
    if ((c->flags & CMD_HIDDEN_IN_SHELL) != 0 && !one->help)
        return sv_fail(err, SV_USAGE,
                       "\"%s\" is not for this shell: leave it with \"exit\" and "
                       "run \"smtpvault %s\"",
                       c->name, c->name);
    one->help = one->help && used < argc; /* alone it became the command */
    int first = used < argc ? used + 1 : argc;
    s = args_parse(&args, c, one, argc - first, w->items + first, NULL, err);
    sh->understood = s == SV_OK;
    return s == SV_OK ? dispatch(sh, one, c, args, err) : s;
}

/* lock, exit and quit are the shell's own. */
static bool run_own(struct shell *sh, const struct words *w)
{
    const char *word = w->items[0];
    if (w->count != 1)
        return false;
    if (strcmp(word, "exit") == 0 || strcmp(word, "quit") == 0)
        sh->over = true;
    else if (strcmp(word, "lock") == 0)
        lock(sh);
    else
        return false;
    return true;
}

static void run_line(struct shell *sh, const char *line)
{
    WORDS_OWNED struct words w = {.items = NULL};
    struct sv_err err = {""};
    enum sv_status s = words_split(&w, line, &err);
    sh->understood = s == SV_OK && w.count > 0 && run_own(sh, &w);
    if (s == SV_OK && (w.count == 0 || sh->understood))
        return;
    struct cli one = *sh->cli;
    one.exit_status = -1;
    if (s == SV_OK)
        s = run_words(sh, &one, &w, &err);
    if (s != SV_OK && s != SV_FINDINGS)
        print_error(s, &err);
    sh->status = s == SV_OK && one.exit_status >= 0 ? one.exit_status : (int)s;
}

/* A paste can bring several lines at once. */
static void run_lines(struct shell *sh, char *text)
{
    for (char *next; text != NULL && !sh->over; text = next) {
        next = strchr(text, '\n');
        if (next != NULL)
            *next++ = '\0';
        run_line(sh, text);
        /* Anything may stand in a line that made no sense, a secret too. */
        if (sh->terminal && sh->understood && strcmp(text, sh->last) != 0) {
            readline_remember(text);
            snprintf(sh->last, sizeof sh->last, "%s", text);
        }
    }
}

/* ---- the session ---- */

static void make_prompt(const struct shell *sh, char prompt[PROMPT_MAX])
{
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state = NULL;
    char name[100] = "";
    struct sv_err aside;
    if (session_place(sh->cli, &path, &state, &aside) == SV_OK && !session_is_default(path)) {
        const char *base = strrchr(path, '/') + 1;
        text_printable(name, sizeof name, base, strlen(base));
    }
    snprintf(prompt, PROMPT_MAX, "smtpvault%s%s%s> ", name[0] != '\0' ? ":" : "", name,
             is_unlocked(sh) ? "" : " (locked)");
}

static bool offer(void *context, const char *line, struct readline_offers *out)
{
    struct shell *sh = context;
    WORDS_OWNED struct words before = {.items = NULL};
    WORDS_OWNED struct words found = {.items = NULL};
    struct words_tail tail = {.text = NULL};
    struct sv_err aside;
    enum sv_status s = words_split_open(&before, &tail, line, &aside);
    SV_AUTOFREE char *typed = tail.text;
    if (s != SV_OK || tail.none)
        return false;
    s = shell_offers(&sh->memory, sh->cli, &before, typed, &found, &out->files, &aside);
    out->start = tail.start + (tail.quote != '\0' && line[tail.start] == tail.quote);
    for (size_t i = 0; s == SV_OK && i < found.count; i++) {
        SV_AUTOFREE char *word = words_quote(found.items[i], tail.quote);
        s = word != NULL ? words_add(&out->words, word, &aside) : sv_fail_nomem(&aside);
    }
    return s == SV_OK;
}

static void tell_idle(struct shell *sh)
{
    lock(sh);
    print_note(sh->cli, "nothing was done for a while: the vault is locked again");
}

static enum sv_status session(struct shell *sh, struct sv_err *err)
{
    while (!sh->over) {
        SV_AUTOFREE char *line = NULL;
        char prompt[PROMPT_MAX];
        enum readline_got got = READLINE_OVER;
        make_prompt(sh, prompt);
        enum sv_status s = readline_read(sh->terminal ? prompt : NULL,
                                         is_unlocked(sh) ? sh->idle_s : 0, &got, &line, err);
        if (s != SV_OK)
            return s;
        if (got == READLINE_OVER)
            return SV_OK;
        if (got == READLINE_IDLE)
            tell_idle(sh);
        if (got != READLINE_LINE)
            continue;
        run_lines(sh, line);
    }
    return SV_OK;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct shell sh = {.cli = cli, .idle_s = IDLE_DEFAULT, .terminal = print_is_terminal(0)};
    const char *idle = args_value(args, "idle");
    if (idle != NULL)
        (void)parse_idle(idle, &sh.idle_s);
    cli->in_shell = true;
    if (sh.terminal && !readline_begin(offer, &sh))
        print_note(cli, "GNU readline (libreadline.so.8) is not here: lines are read without "
                        "editing, history and completion");
    enum sv_status s = session(&sh, err);
    if (sh.terminal)
        readline_end();
    lock(&sh);
    cli->in_shell = false;
    cli->exit_status = sh.status;
    return s;
}

static const struct option_spec options[] = {
    {"idle", 0, "10m", COMPLETES_NOTHING, "lock the vault after this time without a key (10m)",
     false},
    {0},
};
static const char *const examples[] = {
    "smtpvault shell",
    "smtpvault shell --idle 2m",
    "printf 'get work %s\\n' host port username | smtpvault shell",
    NULL,
};
const struct command cmd_shell = {
    .name = "shell",
    .group = "people",
    .args = "",
    .summary = "run many commands in one session",
    .flags = CMD_HIDDEN_IN_SHELL,
    .options = options,
    .examples = examples,
    .help =
        "Commands are typed without \"smtpvault\" in front; Tab completes them, and names of "
        "logins once the vault is open. \"lock\" locks it, \"exit\" or ^D ends the session. The "
        "history is forgotten at the end. Without a terminal, lines are read from standard "
        "input, all of them; the status is that of the last command.",
    .check = check,
    .run = run,
};
