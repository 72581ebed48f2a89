/* SPDX-License-Identifier: ISC */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"

/* The signals that would leave a terminal without echo behind. */
static const int guarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
#define GUARDED (sizeof guarded / sizeof guarded[0])

static volatile sig_atomic_t caught; /* the last of them, 0: none */

static void catch (int number)
{
    caught = number;
}

struct terminal {
    int fd;
    struct termios before;
    bool changed;
    bool taken[GUARDED];
    struct sigaction actions[GUARDED];
    sigset_t mask;
};

enum sv_status prompt_open(const struct cli *cli, int *fd, struct sv_err *err)
{
    if (!cli->no_input)
        *fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (cli->no_input || *fd < 0)
        return sv_fail(err, SV_LOCKED, "there is no terminal to ask on");
    return SV_OK;
}

bool prompt_possible(const struct cli *cli)
{
    FD_OWNED int fd = -1;
    return prompt_open(cli, &fd, NULL) == SV_OK;
}

#define TELL_MAX 2048

static void say(int fd, const char *text)
{
    (void)file_write_all(fd, text, strlen(text));
}

void prompt_tell(const struct cli *cli, const char *fmt, ...)
{
    FD_OWNED int fd = -1;
    char text[TELL_MAX], folded[2 * TELL_MAX];
    if (prompt_open(cli, &fd, NULL) != SV_OK)
        return;
    va_list list;
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    say(fd, text_fold(folded, sizeof folded, text, 0, 0, print_width(fd)));
    say(fd, "\n");
}

/* The signals stay blocked except while we wait for a key: none gets lost between
 * a look at `caught` and the wait. */
static void hold_signals(struct terminal *t)
{
    sigset_t block;
    sigemptyset(&block);
    caught = 0;
    for (size_t i = 0; i < GUARDED; i++) {
        struct sigaction ours = {.sa_handler = catch};
        sigaction(guarded[i], NULL, &t->actions[i]);
        t->taken[i] = t->actions[i].sa_handler != SIG_IGN;
        if (!t->taken[i])
            continue;
        sigaction(guarded[i], &ours, NULL);
        sigaddset(&block, guarded[i]);
    }
    sigprocmask(SIG_BLOCK, &block, &t->mask);
}

static void let_signals(struct terminal *t)
{
    for (size_t i = 0; i < GUARDED; i++) {
        if (t->taken[i])
            sigaction(guarded[i], &t->actions[i], NULL);
    }
    sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

/* Not the canonical mode: there the kernel would cut a long paste at 4095 bytes
 * without a word. Typed ahead text is dropped, it was not meant for us. */
static bool hide(struct terminal *t)
{
    if (tcgetattr(t->fd, &t->before) != 0)
        return false;
    hold_signals(t);
    struct termios quiet = t->before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    t->changed = tcsetattr(t->fd, TCSAFLUSH, &quiet) == 0;
    if (!t->changed)
        let_signals(t);
    return t->changed;
}

static void unhide(struct terminal *t)
{
    if (!t->changed)
        return;
    while (tcsetattr(t->fd, TCSADRAIN, &t->before) != 0 && errno == EINTR)
        continue;
    t->changed = false;
    let_signals(t);
}

/* One key: 1, or 0 at the end of input, or -1 (a signal when `caught`). */
static int read_key(struct terminal *t, uint8_t *key)
{
    struct pollfd wait = {.fd = t->fd, .events = POLLIN};
    if (ppoll(&wait, 1, NULL, &t->mask) < 0)
        return -1;
    return (int)read(t->fd, key, 1);
}

enum typed { TYPED_MORE, TYPED_DONE, TYPED_END };

static void erase_one(struct secret *s)
{
    size_t len = secret_len(s);
    while (len > 0 && (secret_peek(s)[len - 1] & 0xC0) == 0x80)
        len--;
    secret_set_len(s, len > 0 ? len - 1 : 0);
}

static enum typed take_key(const struct terminal *t, struct secret *s, uint8_t key, bool *control)
{
    const cc_t *cc = t->before.c_cc;
    if (key == '\n' || key == '\r')
        return TYPED_DONE;
    if (key == cc[VEOF] && key != 0)
        return secret_len(s) > 0 ? TYPED_DONE : TYPED_END;
    if (key == cc[VERASE] || key == 0x7f || key == 0x08)
        erase_one(s);
    else if ((key == cc[VKILL] || key == cc[VWERASE]) && key != 0)
        secret_set_len(s, 0);
    else {
        *control = *control || (key < 0x20 && key != '\t');
        /* One byte of room more than the limit remembers that it was too long. */
        if (secret_len(s) < secret_capacity(s)) {
            secret_poke(s)[secret_len(s)] = key;
            secret_set_len(s, secret_len(s) + 1);
        }
    }
    return TYPED_MORE;
}

/* Gives the signal to whom it was meant for, with the terminal as it was. We go on
 * when we live: after a stop, or where the shell command keeps SIGINT. */
static bool deliver(struct terminal *t, struct secret *s)
{
    int number = caught;
    say(t->fd, "\n");
    unhide(t);
    secret_set_len(s, 0);
    kill(getpid(), number);
    return number == SIGTSTP;
}

static enum sv_status read_hidden(struct terminal *t, const char *question, struct secret *s,
                                  bool *control, struct sv_err *err)
{
    for (;;) {
        if (!t->changed) {
            if (!hide(t))
                return sv_fail_errno(err, SV_IO, errno, "cannot hide what is typed");
            say(t->fd, question);
            *control = false;
        }
        uint8_t key = 0;
        int got = read_key(t, &key);
        enum typed typed = got == 1 ? take_key(t, s, key, control) : TYPED_END;
        key = 0;
        if (typed == TYPED_MORE || (got < 0 && errno == EINTR && caught == 0))
            continue;
        if (got < 0 && caught != 0) {
            if (deliver(t, s))
                continue;
            return sv_fail(err, SV_LOCKED, "interrupted");
        }
        say(t->fd, "\n");
        if (typed == TYPED_END)
            return sv_fail(err, SV_DATA, "nothing was typed");
        return SV_OK;
    }
}

enum sv_status prompt_secret(struct cli *cli, const char *question, size_t limit,
                             struct secret **out, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status status = prompt_open(cli, &fd, err);
    if (status == SV_OK)
        status = secret_new(&s, limit + 1, err);
    if (status != SV_OK)
        return status;
    struct terminal t = {.fd = fd};
    bool control = false;
    status = read_hidden(&t, question, s, &control, err);
    unhide(&t);
    if (status != SV_OK)
        return status;
    if (secret_len(s) > limit)
        return sv_fail(err, SV_DATA, "what was typed is longer than %zu bytes", limit);
    if (control)
        return sv_fail(err, SV_DATA,
                       "what was typed holds a control character (an arrow key, perhaps): nothing "
                       "was changed, try again");
    *out = s;
    s = NULL;
    return SV_OK;
}

/* The end of input leaves the cursor behind the question; so does a signal that its caller has
 * taken. */
static enum sv_status nothing_typed(int fd, ssize_t got, struct sv_err *err)
{
    bool signal = got < 0 && errno == EINTR;
    say(fd, "\n");
    if (signal)
        return sv_fail(err, SV_LOCKED, "interrupted");
    return sv_fail(err, SV_DATA, "nothing was typed");
}

enum sv_status prompt_visible(struct cli *cli, const char *question, size_t limit,
                              struct secret **out, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    SECRET_OWNED struct secret *line = NULL;
    enum sv_status status = prompt_open(cli, &fd, err);
    if (status == SV_OK)
        status = secret_new(&line, PROMPT_LINE_MAX, err);
    if (status != SV_OK)
        return status;
    say(fd, question);
    secret_set_len(line, PROMPT_LINE_MAX);
    uint8_t *bytes = secret_poke(line);
    ssize_t got = read(fd, bytes, PROMPT_LINE_MAX);
    if (got <= 0)
        return nothing_typed(fd, got, err);
    size_t len = (size_t)got;
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    secret_set_len(line, len);
    if (len > limit)
        return sv_fail(err, SV_DATA, "what was typed is longer than %zu bytes", limit);
    *out = line;
    line = NULL;
    return SV_OK;
}

enum sv_status prompt_line(struct cli *cli, const char *question, char **out, struct sv_err *err)
{
    FD_OWNED int fd = -1;
    enum sv_status status = prompt_open(cli, &fd, err);
    if (status != SV_OK)
        return status;
    say(fd, question);
    char line[PROMPT_LINE_MAX];
    ssize_t got = read(fd, line, sizeof line); /* the canonical mode gives a line at a time */
    if (got <= 0)
        return nothing_typed(fd, got, err);
    size_t len = (size_t)got;
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    char *copy = sv_strndup(line, len);
    if (copy == NULL)
        return sv_fail_nomem(err);
    *out = copy;
    return SV_OK;
}

enum sv_status prompt_text(struct cli *cli, const char *question, char **out, struct sv_err *err)
{
    SV_AUTOFREE char *line = NULL;
    enum sv_status s = prompt_line(cli, question, &line, err);
    if (s != SV_OK)
        return s;
    size_t from = strspn(line, " \t"), to = strlen(line);
    while (to > from && (line[to - 1] == ' ' || line[to - 1] == '\t'))
        to--;
    *out = sv_strndup(line + from, to - from);
    return *out != NULL ? SV_OK : sv_fail_nomem(err);
}

void prompt_forget(const struct cli *cli)
{
    FD_OWNED int fd = -1;
    if (prompt_open(cli, &fd, NULL) == SV_OK)
        (void)tcflush(fd, TCIFLUSH);
}

/* usual: what Enter alone means. What was typed before the question stood there, while a key was
 * derived or another question was open, is no answer to it. */
static enum sv_status ask_whether(struct cli *cli, const char *question, bool usual, bool *yes,
                                  struct sv_err *err)
{
    SV_AUTOFREE char *answer = NULL;
    prompt_forget(cli);
    enum sv_status status = prompt_line(cli, question, &answer, err);
    if (status == SV_OK)
        *yes = answer[0] == '\0'
                   ? usual
                   : text_equal_nocase(answer, "y") || text_equal_nocase(answer, "yes");
    return status;
}

enum sv_status prompt_yes(struct cli *cli, const char *question, bool *yes, struct sv_err *err)
{
    return ask_whether(cli, question, false, yes, err);
}

enum sv_status prompt_go(struct cli *cli, const char *question, bool *yes, struct sv_err *err)
{
    return ask_whether(cli, question, true, yes, err);
}
