/* SPDX-License-Identifier: ISC */
/*
 * The library's callback interface is used with a wait of our own: so the idle time
 * costs no wake-ups, and ^C comes back to the loop in place of ending the program.
 * The library's own manual (readline 8.2, "Alternate Interface", "Readline Signal
 * Handling", "Custom Completers") says what is done here and why.
 */
#include "cli/readline.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/file.h"

#define LIBRARY "libreadline.so.8"
#define HISTORY_LINES 500

typedef char *next_match(const char *text, int state);

/* What is used of the library, found by name; there is one of it in a process. */
static struct {
    void *library;
    void (*handler_install)(const char *prompt, void (*line)(char *));
    void (*handler_remove)(void);
    void (*read_char)(void);
    void (*check_signals)(void);
    void (*release)(void *);
    char **(*matches)(const char *text, next_match *next);
    int (*set_prompt)(const char *);
    int (*clear_line)(void);
    int (*redraw)(void);
    void (*remember)(const char *);
    void (*stifle)(int);
    void (*forget_all)(void);
    const char **name, **break_characters, **quote_characters, **file_quote_characters;
    char **line_buffer;
    int *attempt_over, *append_character, *persistent_handlers;
    char **(**attempt_function)(const char *text, int start, int end);
    int (**is_quoted)(char *line, int index);
    FILE **output;
} rl;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"rl_callback_handler_install", &rl.handler_install},
    {"rl_callback_handler_remove", &rl.handler_remove},
    {"rl_callback_read_char", &rl.read_char},
    {"rl_check_signals", &rl.check_signals},
    {"rl_free", &rl.release},
    {"rl_completion_matches", &rl.matches},
    {"rl_set_prompt", &rl.set_prompt},
    {"rl_clear_visible_line", &rl.clear_line},
    {"rl_forced_update_display", &rl.redraw},
    {"add_history", &rl.remember},
    {"stifle_history", &rl.stifle},
    {"clear_history", &rl.forget_all},
    {"rl_readline_name", &rl.name},
    {"rl_completer_word_break_characters", &rl.break_characters},
    {"rl_completer_quote_characters", &rl.quote_characters},
    {"rl_filename_quote_characters", &rl.file_quote_characters},
    {"rl_line_buffer", &rl.line_buffer},
    {"rl_attempted_completion_over", &rl.attempt_over},
    {"rl_completion_append_character", &rl.append_character},
    {"rl_persistent_signal_handlers", &rl.persistent_handlers},
    {"rl_attempted_completion_function", &rl.attempt_function},
    {"rl_char_is_quoted_p", &rl.is_quoted},
    {"rl_outstream", &rl.output},
};

/* The library's callbacks carry no context. */
static struct {
    readline_offer *offer;
    void *context;
    struct readline_offers offers;
    size_t next;
    FILE *terminal;
    bool installed; /* a line is being typed */
    bool done;
    char *line; /* the library's; NULL when done: the end */
} now;

static volatile sig_atomic_t interrupted, resumed;
static struct sigaction before_interrupt, before_resume;

static void on_signal(int number)
{
    if (number == SIGINT)
        interrupted = 1;
    else
        resumed = 1;
}

/* ---- completion ---- */

/* The library frees each match with free(), so it does not come from base/alloc.h. */
static char *next_offer(const char *text, int state)
{
    (void)text;
    if (state == 0)
        now.next = 0;
    return now.next < now.offers.words.count ? strdup(now.offers.words.items[now.next++]) : NULL;
}

static char **attempt(const char *text, int start, int end)
{
    *rl.attempt_over = 1;
    words_clear(&now.offers.words);
    SV_AUTOFREE char *line = sv_strndup(*rl.line_buffer, (size_t)end);
    if (line == NULL || !now.offer(now.context, line, &now.offers))
        return NULL;
    *rl.attempt_over = now.offers.files ? 0 : 1;
    /* A quote in the middle of a word: the library would replace a part of it. */
    if (now.offers.words.count == 0 || (size_t)start != now.offers.start)
        return NULL;
    const char *first = now.offers.words.items[0];
    if (now.offers.words.count == 1 && strchr(":=/", first[strlen(first) - 1]) != NULL)
        *rl.append_character = '\0';
    return rl.matches(text, next_offer);
}

static int is_quoted(char *line, int index)
{
    return words_is_quoted(line, (size_t)index);
}

/* ---- the library ---- */

static bool load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return false;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *at = dlsym(library, symbols[i].name);
        if (at == NULL)
            return false;
        memcpy(symbols[i].slot, &at, sizeof at);
    }
    /* Standard output is for answers: the editing goes where the keys come from. */
    now.terminal = fopen("/dev/tty", "we");
    if (now.terminal == NULL)
        return false;
    rl.library = library;
    *rl.output = now.terminal;
    *rl.name = "smtpvault";
    *rl.break_characters = " \t";
    *rl.quote_characters = "\"'";
    *rl.file_quote_characters = " \t\\\"'|&;<>()";
    *rl.persistent_handlers = 1;
    *rl.attempt_function = attempt;
    *rl.is_quoted = is_quoted;
    rl.stifle(HISTORY_LINES);
    return true;
}

static void unload(void)
{
    if (now.installed)
        rl.handler_remove();
    rl.forget_all();
    words_clear(&now.offers.words);
    (void)fclose(now.terminal);
    now.installed = false;
    rl.library = NULL; /* it stays loaded: it may have left its handlers behind */
}

bool readline_begin(readline_offer *offer, void *context)
{
    /* The library puts its own handler before the one that it finds. */
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)sigaction(SIGINT, &ours, &before_interrupt);
    (void)sigaction(SIGCONT, &ours, &before_resume);
    now.offer = offer;
    now.context = context;
    return load();
}

void readline_end(void)
{
    if (rl.library != NULL)
        unload();
    (void)sigaction(SIGINT, &before_interrupt, NULL);
    (void)sigaction(SIGCONT, &before_resume, NULL);
}

void readline_remember(const char *line)
{
    if (rl.library != NULL)
        rl.remember(line);
}

static void take_line(char *line)
{
    rl.handler_remove();
    now.installed = false;
    now.done = true;
    now.line = line;
}

static void begin_line(const char *prompt)
{
    now.done = false;
    if (now.installed) { /* what was typed before the idle time */
        (void)rl.set_prompt(prompt);
        (void)rl.redraw();
        return;
    }
    rl.handler_install(prompt, take_line);
    now.installed = true;
}

/* ---- waiting ---- */

/* 1: there is something to read; 0: the idle time is over; -1: a signal. poll's
 * clock stands still while the machine sleeps, that of the boot time does not. */
static int wait_for_key(int64_t idle_s)
{
    struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t begun = env_boottime();
    int ready = poll(&wait, 1, idle_s > 0 ? (int)idle_s * 1000 : -1);
    return idle_s > 0 && env_boottime() - begun >= idle_s ? 0 : ready;
}

/* After a stop the screen has what others wrote meanwhile. */
static void take_signals(void)
{
    rl.check_signals();
    if (resumed && !now.done)
        (void)rl.redraw();
    resumed = 0;
}

static enum sv_status edit_line(const char *prompt, int64_t idle_s, enum readline_got *got,
                                char **line, struct sv_err *err)
{
    begin_line(prompt);
    while (!now.done) {
        int ready = wait_for_key(idle_s);
        if (ready > 0)
            rl.read_char();
        else if (ready < 0)
            take_signals();
        if (ready == 0) {
            (void)rl.clear_line();
            (void)fflush(now.terminal);
            *got = READLINE_IDLE;
            return SV_OK;
        }
        if (interrupted && !now.done)
            take_line(NULL);
    }
    if (now.line == NULL) {
        (void)fputs("\n", now.terminal);
        (void)fflush(now.terminal);
        *got = interrupted ? READLINE_INTERRUPTED : READLINE_OVER;
        return SV_OK;
    }
    char *copy = sv_strdup(now.line);
    rl.release(now.line);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *got = READLINE_LINE;
    *line = copy;
    return SV_OK;
}

/* Byte by byte: what stands behind the line feed may belong to a program that the
 * line starts. */
static enum sv_status read_line(struct blob *text, int64_t idle_s, enum readline_got *got,
                                struct sv_err *err)
{
    for (;;) {
        char c;
        int ready = wait_for_key(text->len == 0 ? idle_s : 0);
        ssize_t n = ready > 0 ? read(STDIN_FILENO, &c, 1) : -1;
        if (ready == 0 || interrupted) {
            *got = ready == 0 ? READLINE_IDLE : READLINE_INTERRUPTED;
            return SV_OK;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read standard input");
        if (n == 0 || c == '\n') {
            *got = n == 0 && text->len == 0 ? READLINE_OVER : READLINE_LINE;
            return SV_OK;
        }
        if (c == '\0')
            return sv_fail(err, SV_DATA, "standard input holds a zero byte: that is no text");
        if (text->len == READLINE_MAX)
            return sv_fail(err, SV_DATA, "a line is longer than %d bytes", READLINE_MAX);
        if (!blob_append(text, &c, 1))
            return sv_fail_nomem(err);
    }
}

static enum sv_status plain_line(const char *prompt, int64_t idle_s, enum readline_got *got,
                                 char **line, struct sv_err *err)
{
    BLOB_OWNED struct blob text = {.bytes = NULL};
    if (prompt != NULL)
        (void)file_write_all(STDERR_FILENO, prompt, strlen(prompt));
    enum sv_status s = read_line(&text, idle_s, got, err);
    if (prompt != NULL && (s != SV_OK || *got != READLINE_LINE))
        (void)file_write_all(STDERR_FILENO, "\n", 1);
    if (s != SV_OK || *got != READLINE_LINE)
        return s;
    char *copy = sv_strndup(text.len > 0 ? (const char *)text.bytes : "", text.len);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *line = copy;
    return SV_OK;
}

enum sv_status readline_read(const char *prompt, int64_t idle_s, enum readline_got *got,
                             char **line, struct sv_err *err)
{
    interrupted = 0;
    return prompt != NULL && rl.library != NULL ? edit_line(prompt, idle_s, got, line, err)
                                                : plain_line(prompt, idle_s, got, line, err);
}
