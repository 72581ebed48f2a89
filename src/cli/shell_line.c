/* SPDX-License-Identifier: ISC */
#include "cli/shell_line.h"

#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"
#include "cli/print.h"
#include "cli/shell_complete.h"

#define READLINE "libreadline.so.8"

/* The part of readline's interface that we use, found by name. */
struct readline {
    char *(*read)(const char *prompt);
    void (*add_history)(const char *line);
    void (*release)(void *line);
    char **(*matches)(const char *text, char *(*generator)(const char *, int));
    int (*set_timeout)(int microseconds);
    void (*replace_line)(const char *text, int clear_undo);
    int (*on_new_line)(void);
    int (*forced_update)(void);
    int (*crlf)(void);
    char **(**attempted)(const char *, int, int);
    int *attempted_over;
    char **buffer;
    const char **quotes;
    const char **breaks;
    int (**event_hook)(void);
    int (**signal_hook)(void);
    FILE **outstream;
};

struct shell_line {
    struct cli *cli;
    void *library;
    struct readline rl;
    FILE *terminal;
    int64_t idle, last;
    struct shell_candidates candidates;
    size_t next;
};

/* readline calls back without a context. */
static struct shell_line *current;

static bool find_symbols(struct shell_line *l)
{
    const struct {
        const char *name;
        void *place;
    } symbols[] = {
        {"readline", &l->rl.read},
        {"add_history", &l->rl.add_history},
        {"rl_free", &l->rl.release},
        {"rl_completion_matches", &l->rl.matches},
        {"rl_set_keyboard_input_timeout", &l->rl.set_timeout},
        {"rl_replace_line", &l->rl.replace_line},
        {"rl_on_new_line", &l->rl.on_new_line},
        {"rl_forced_update_display", &l->rl.forced_update},
        {"rl_crlf", &l->rl.crlf},
        {"rl_attempted_completion_function", &l->rl.attempted},
        {"rl_attempted_completion_over", &l->rl.attempted_over},
        {"rl_line_buffer", &l->rl.buffer},
        {"rl_completer_quote_characters", &l->rl.quotes},
        {"rl_basic_word_break_characters", &l->rl.breaks},
        {"rl_event_hook", &l->rl.event_hook},
        {"rl_signal_event_hook", &l->rl.signal_hook},
        {"rl_outstream", &l->rl.outstream},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *found = dlsym(l->library, symbols[i].name);
        if (found == NULL)
            return false;
        memcpy(symbols[i].place, &found, sizeof found);
    }
    return true;
}

/* Called some times a second while nobody types. */
static int on_event(void)
{
    struct vault *v = current->cli->vault;
    if (current->idle > 0 && v != NULL && vault_is_unlocked(v) &&
        env_boottime() - current->last >= current->idle)
        vault_lock(v);
    return 0;
}

/* ^C: a fresh line, as in a shell. */
static int on_signal(void)
{
    current->rl.crlf();
    current->rl.replace_line("", 0);
    current->rl.on_new_line();
    current->rl.forced_update();
    return 0;
}

/* readline frees what it is given: strdup, not our allocator. */
static char *next_match(const char *text, int state)
{
    if (state == 0)
        current->next = 0;
    while (current->next < current->candidates.count) {
        const char *word = current->candidates.list[current->next++];
        if (strncmp(word, text, strlen(text)) == 0)
            return strdup(word);
    }
    return NULL;
}

static char **complete(const char *text, int start, int end)
{
    (void)end;
    current->last = env_boottime();
    bool files = shell_candidates_find(&current->candidates, current->cli, *current->rl.buffer,
                                       (size_t)start, text);
    *current->rl.attempted_over = !files;
    return current->rl.matches(text, next_match);
}

static bool start_readline(struct shell_line *l)
{
    l->library = dlopen(READLINE, RTLD_NOW | RTLD_LOCAL);
    l->terminal = l->library != NULL ? fopen("/dev/tty", "we") : NULL;
    if (l->terminal == NULL || !find_symbols(l))
        return false;
    setlocale(LC_CTYPE, ""); /* readline wants to know what a character is */
    *l->rl.outstream = l->terminal;
    *l->rl.attempted = complete;
    *l->rl.quotes = "\"'";
    *l->rl.breaks = " \t\n\"'";
    *l->rl.event_hook = on_event;
    *l->rl.signal_hook = on_signal;
    l->rl.set_timeout(500000);
    return true;
}

enum sv_status shell_line_open(struct shell_line **out, struct cli *cli, struct sv_err *err)
{
    struct shell_line *l = sv_alloc(sizeof *l);
    if (l == NULL)
        return sv_fail_nomem(err);
    l->cli = cli;
    current = l;
    if (print_is_terminal(STDIN_FILENO) && !cli->no_input && !start_readline(l))
        print_note(cli, "%s is not there: no line editing and no completion", READLINE);
    *out = l;
    return SV_OK;
}

/* The library stays loaded: it has handlers of its own. */
void shell_line_close(struct shell_line *l)
{
    if (l == NULL)
        return;
    if (l->rl.outstream != NULL)
        *l->rl.outstream = stdout;
    if (l->terminal != NULL)
        fclose(l->terminal);
    shell_candidates_clear(&l->candidates);
    current = NULL;
    sv_free(l);
}

void shell_line_cleanup(struct shell_line **slot)
{
    shell_line_close(*slot);
}

bool shell_line_is_interactive(const struct shell_line *l)
{
    return l->rl.outstream != NULL;
}

void shell_line_set_idle(struct shell_line *l, int64_t seconds)
{
    l->idle = seconds;
    l->last = env_boottime();
}

/* Byte by byte: what stands behind the line belongs to nobody else, but a command
 * of the line may read it (exec). */
static enum sv_status read_plain(char **line, struct sv_err *err)
{
    BLOB_OWNED struct blob b = {0};
    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read standard input");
        if (got == 0 && b.len == 0)
            return SV_OK;
        if (got == 0 || c == '\n')
            break;
        if (b.len == SHELL_LINE_MAX || c == '\0')
            return sv_fail(err, SV_DATA,
                           c == '\0' ? "a line holds a NUL byte" : "a line is longer than 64 KiB");
        if (!blob_append(&b, &c, 1))
            return sv_fail_nomem(err);
    }
    *line = sv_strndup(b.bytes != NULL ? (const char *)b.bytes : "", b.len);
    return *line != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status shell_line_read(struct shell_line *l, const char *prompt, char **line,
                               struct sv_err *err)
{
    *line = NULL;
    if (!shell_line_is_interactive(l))
        return read_plain(line, err);
    l->last = env_boottime();
    char *typed = l->rl.read(prompt);
    on_event(); /* a suspend may have passed without an event */
    l->last = env_boottime();
    if (typed == NULL)
        return SV_OK;
    *line = sv_strdup(typed);
    l->rl.release(typed);
    return *line != NULL ? SV_OK : sv_fail_nomem(err);
}

void shell_line_remember(struct shell_line *l, const char *line)
{
    if (shell_line_is_interactive(l))
        l->rl.add_history(line);
}
