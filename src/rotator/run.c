/* SPDX-License-Identifier: ISC */
#include "rotator/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "base/turns.h"

#define ENDED ROTATOR_FDS /* the number of its end among the streams' */
#define CHUNK 4096

/* Our end of one of its descriptors; -1: there is none, or it is done with. */
struct stream {
    int fd;
    struct secret *bytes; /* to be read by it, or what it wrote */
    size_t at;            /* how much it has been given */
    bool overrun;         /* it wrote more */
};

enum phase { RUNNING, ASKED_TO_END, KILLED, OVER };

struct rotator_run {
    enum rotator_step step;
    enum phase phase;
    pid_t pid; /* -1: reaped */
    int pidfd, epoll;
    int status; /* as of waitpid(2) */
    int64_t limit, until;
    bool late;
    struct stream streams[ROTATOR_FDS];
    struct secret *secrets[3]; /* what it was given: to be masked */
};

static bool writes(int n)
{
    return n == STDOUT_FILENO || n == STDERR_FILENO || n == ROTATOR_FD_MADE;
}

/* A child of another thread may hold it for as long as it takes to start, and so keep it in the
 * epoll: it has to be taken out. */
static void close_stream(struct rotator_run *run, struct stream *s)
{
    if (s->fd >= 0)
        (void)epoll_ctl(run->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    file_close_cleanup(&s->fd);
    s->fd = -1;
}

/* ---- beginning ---- */

/* A secret and a line feed. */
static enum sv_status line_of(const struct secret *secret, struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *line = NULL;
    if (secret == NULL)
        return SV_OK;
    enum sv_status s = secret_new(&line, secret_len(secret) + 1, err);
    if (s == SV_OK)
        s = secret_append(line, secret_peek(secret), secret_len(secret), err);
    if (s == SV_OK)
        s = secret_append(line, "\n", 1, err);
    if (s == SV_OK) {
        *out = line;
        line = NULL;
    }
    return s;
}

static enum sv_status fill(struct rotator_run *run, const struct rotator_ask *ask,
                           struct sv_err *err)
{
    struct stream *s = run->streams;
    const struct secret *const given[] = {ask->new_secret, ask->old_secret, ask->own_secret};
    static const int numbers[] = {ROTATOR_FD_NEW, ROTATOR_FD_OLD, ROTATOR_FD_OWN};
    enum sv_status st = rotator_request(ask, &s[STDIN_FILENO].bytes, err);
    for (size_t i = 0; st == SV_OK && i < 3; i++) {
        st = line_of(given[i], &s[numbers[i]].bytes, err);
        if (st == SV_OK && given[i] != NULL)
            st = secret_copy(&run->secrets[i], secret_peek(given[i]), secret_len(given[i]), err);
    }
    if (st == SV_OK)
        st = secret_new(&s[STDOUT_FILENO].bytes, ROTATOR_ANSWER_MAX, err);
    if (st == SV_OK)
        st = secret_new(&s[STDERR_FILENO].bytes, ROTATOR_SAID_MAX, err);
    if (st == SV_OK && ask->step == ROTATOR_CREATE)
        st = secret_new(&s[ROTATOR_FD_MADE].bytes, PROFILE_SECRET_MAX + 1, err);
    return st;
}

static bool watch(const struct rotator_run *run, int fd, uint32_t events, int n)
{
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)n};
    return epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* What it finds as its descriptor n; ours goes into the stream. */
static int open_end(struct rotator_run *run, int n)
{
    struct stream *s = &run->streams[n];
    int ends[2];
    if (s->bytes == NULL)
        return open("/dev/null", O_RDWR | O_CLOEXEC);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    s->fd = writes(n) ? ends[0] : ends[1];
    if (fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0 &&
        watch(run, s->fd, writes(n) ? EPOLLIN : EPOLLOUT, n))
        return writes(n) ? ends[1] : ends[0];
    close(writes(n) ? ends[1] : ends[0]);
    return -1;
}

static enum sv_status cannot_start(const char *program, int why, struct sv_err *err)
{
    char shown[320];
    text_printable(shown, sizeof shown, program, strlen(program));
    if (why == ENOENT)
        return sv_fail(err, SV_CONFIG,
                       "the rotator %s cannot be started: it is not there, or what its first "
                       "line names is not installed",
                       shown);
    return sv_fail_errno(err, SV_CONFIG, why, "the rotator %s cannot be started", shown);
}

static enum sv_status start(struct rotator_run *run, const char *program, char *const *envp,
                            struct sv_err *err)
{
    char *const argv[] = {(char *)program, (char *)rotator_step_word(run->step), NULL};
    int fds[ROTATOR_FDS], why = 0;
    for (int n = 0; n < ROTATOR_FDS; n++)
        fds[n] = -1;
    for (int n = 0; why == 0 && n < ROTATOR_FDS; n++)
        why = (fds[n] = open_end(run, n)) >= 0 ? 0 : errno;
    bool ready = why == 0;
    if (ready)
        why = rotator_spawn(&run->pid, program, argv, envp, fds, ROTATOR_FDS);
    for (int n = 0; n < ROTATOR_FDS; n++)
        file_close_cleanup(&fds[n]);
    if (!ready)
        return sv_fail_errno(err, SV_IO, why, "cannot make the pipes for a rotator");
    if (why != 0)
        return cannot_start(program, why, err);
    run->pidfd = pidfd_open(run->pid, 0);
    if (run->pidfd < 0 || fcntl(run->pidfd, F_SETFD, FD_CLOEXEC) != 0 ||
        !watch(run, run->pidfd, EPOLLIN, ENDED))
        return sv_fail_errno(err, SV_IO, errno, "cannot wait for a rotator");
    return SV_OK;
}

enum sv_status rotator_run_begin(struct rotator_run **out, const char *program,
                                 const struct rotator_ask *ask, int64_t limit_ms,
                                 struct sv_err *err)
{
    ROTATOR_RUN_OWNED struct rotator_run *run = sv_alloc(sizeof *run);
    ROTATOR_ENV_OWNED struct rotator_env env = {.list = NULL};
    if (run == NULL)
        return sv_fail_nomem(err);
    run->step = ask->step;
    run->pid = run->pidfd = -1;
    for (int n = 0; n < ROTATOR_FDS; n++)
        run->streams[n].fd = -1;
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (run->epoll < 0)
        return sv_fail_errno(err, SV_IO, errno, "cannot wait for a rotator");
    enum sv_status s = fill(run, ask, err);
    if (s == SV_OK)
        s = rotator_env_make(&env, ask, err);
    if (s == SV_OK)
        s = start(run, program, env.list, err);
    if (s != SV_OK)
        return s;
    run->limit = limit_ms;
    run->until = env_monotonic_ms() + limit_ms;
    *out = run;
    run = NULL;
    return SV_OK;
}

/* ---- going on ---- */

/* False: nothing more can be given now, or ever. */
static bool give(struct rotator_run *run, struct stream *s)
{
    size_t left = secret_len(s->bytes) - s->at;
    ssize_t n = write(s->fd, secret_peek(s->bytes) + s->at, left);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return errno == EINTR;
    if (n > 0)
        s->at += (size_t)n;
    if (n < 0 || s->at == secret_len(s->bytes))
        close_stream(run, s);
    return s->fd >= 0;
}

static bool take(struct rotator_run *run, struct stream *s)
{
    uint8_t beyond[CHUNK];
    size_t len = secret_len(s->bytes), room = secret_capacity(s->bytes) - len;
    ssize_t n = room > 0 ? read(s->fd, secret_poke(s->bytes) + len, room)
                         : read(s->fd, beyond, sizeof beyond);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return errno == EINTR;
    if (n > 0 && room > 0)
        secret_set_len(s->bytes, len + (size_t)n);
    if (n > 0 && room == 0) {
        explicit_bzero(beyond, (size_t)n);
        s->overrun = true;
    }
    if (n <= 0)
        close_stream(run, s);
    return n > 0;
}

/* It is over: what it has written is there, and nobody of its group writes any more (spawn.c). */
static void end(struct rotator_run *run)
{
    siginfo_t info = {.si_pid = 0};
    if (waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return;
    while (waitpid(run->pid, &run->status, 0) < 0 && errno == EINTR)
        continue;
    run->pid = -1;
    for (int n = 0; n < ROTATOR_FDS; n++) {
        struct stream *s = &run->streams[n];
        while (s->fd >= 0 && writes(n) && take(run, s))
            continue;
        close_stream(run, s);
    }
    run->phase = OVER;
}

static void look_at_clock(struct rotator_run *run)
{
    if (run->phase == OVER || env_monotonic_ms() < run->until)
        return;
    run->late = true;
    kill(run->pid, run->phase == RUNNING ? ROTATOR_ASK : ROTATOR_END);
    run->phase = run->phase == RUNNING ? ASKED_TO_END : KILLED;
    run->until = env_monotonic_ms() + ROTATOR_MERCY_MS;
}

bool rotator_run_step(struct rotator_run *run)
{
    struct epoll_event events[ROTATOR_FDS + 1];
    while (run->phase != OVER) {
        int count = epoll_wait(run->epoll, events, ROTATOR_FDS + 1, 0);
        if (count <= 0)
            break;
        bool ended = false;
        for (int i = 0; i < count; i++) {
            int n = (int)events[i].data.u32;
            ended |= n == ENDED;
            if (n != ENDED && run->streams[n].fd >= 0)
                (void)(writes(n) ? take(run, &run->streams[n]) : give(run, &run->streams[n]));
        }
        if (ended)
            end(run);
    }
    look_at_clock(run);
    return run->phase == OVER;
}

int rotator_run_fd(const struct rotator_run *run)
{
    return run->epoll;
}

int64_t rotator_run_until(const struct rotator_run *run)
{
    return run->until;
}

void rotator_run_free(struct rotator_run *run)
{
    if (run == NULL)
        return;
    if (run->pid > 0) {
        kill(run->pid, ROTATOR_END);
        while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    for (int n = 0; n < ROTATOR_FDS; n++) {
        close_stream(run, &run->streams[n]);
        secret_free(run->streams[n].bytes);
    }
    for (size_t i = 0; i < 3; i++)
        secret_free(run->secrets[i]);
    file_close_cleanup(&run->pidfd);
    file_close_cleanup(&run->epoll);
    sv_free(run);
}

void rotator_run_free_cleanup(struct rotator_run **slot)
{
    rotator_run_free(*slot);
}

/* ---- what came of it ---- */

static void unsure(struct rotator_answer *answer, const char *words)
{
    answer->result = ROTATOR_UNSURE;
    answer->user[0] = '\0';
    rotation_say(answer->message, sizeof answer->message, words);
}

/* The last line that it wrote for people may be the reason. */
static void last_line(const struct rotator_answer *answer, char *dst, size_t capacity)
{
    size_t end = answer->said.len > 0 ? answer->said.len - 1 : 0, at = end;
    while (at > 0 && answer->said.bytes[at - 1] != '\n')
        at--;
    snprintf(dst, capacity, "%s%.*s", end > at ? ": " : "", (int)(end - at),
             end > at ? (const char *)answer->said.bytes + at : "");
}

/* What it made, when that is sound. */
static void take_made(struct rotator_run *run, struct rotator_answer *answer)
{
    struct stream *s = &run->streams[ROTATOR_FD_MADE];
    struct sv_err why = {""};
    char words[ROTATION_FAULT_MAX + 1];
    if (s->bytes == NULL || secret_len(s->bytes) == 0 || answer->result != ROTATOR_OK)
        return;
    size_t len = secret_len(s->bytes);
    if (secret_peek(s->bytes)[len - 1] == '\n')
        secret_set_len(s->bytes, len - 1);
    if (s->overrun || profile_check_secret(s->bytes, &why) != SV_OK) {
        snprintf(words, sizeof words, "what it made is no secret: %.120s",
                 s->overrun ? "it is too long" : why.text);
        unsure(answer, words);
        return;
    }
    answer->made = s->bytes;
    s->bytes = NULL;
}

static void judge(struct rotator_run *run, struct rotator_answer *answer, const struct mask *mask)
{
    const struct stream *out = &run->streams[STDOUT_FILENO];
    char words[512], last[256];
    struct sv_err why = {""};
    int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;
    last_line(answer, last, sizeof last);
    if (run->late) {
        snprintf(words, sizeof words, "it did not end within %lld s and was ended%s",
                 (long long)(run->limit + 999) / 1000, last);
        unsure(answer, words);
        return;
    }
    if (WIFSIGNALED(run->status)) {
        snprintf(words, sizeof words, "it died of signal %d%s", WTERMSIG(run->status), last);
        unsure(answer, words);
        return;
    }
    enum sv_status s = out->overrun ? sv_fail(&why, SV_DATA, "its answer is longer than %d bytes",
                                              ROTATOR_ANSWER_MAX)
                                    : rotator_answer_read(answer, secret_peek(out->bytes),
                                                          secret_len(out->bytes), mask, &why);
    if (s != SV_OK && code != 0)
        snprintf(words, sizeof words, "it ended with status %d%s", code,
                 last[0] != '\0' ? last : " and said nothing");
    else if (s != SV_OK)
        snprintf(words, sizeof words, "%s", why.text);
    else if (answer->result == ROTATOR_OK && code != 0)
        snprintf(words, sizeof words, "it says ok and ended with status %d%s", code, last);
    else
        return;
    unsure(answer, words);
}

enum sv_status rotator_run_answer(struct rotator_run *run, struct rotator_answer *answer,
                                  struct sv_err *err)
{
    ROTATOR_ANSWER_OWNED struct rotator_answer got = {.made = NULL};
    SECRET_OWNED struct secret *made = NULL;
    MASK_OWNED struct mask *mask = NULL;
    const struct secret *written = run->streams[ROTATOR_FD_MADE].bytes;
    const struct secret *said = run->streams[STDERR_FILENO].bytes;
    size_t len = written != NULL ? secret_len(written) : 0;
    enum sv_status s = SV_OK;
    if (len > 0) {
        len -= secret_peek(written)[len - 1] == '\n';
        s = secret_copy(&made, secret_peek(written), len, err);
    }
    const struct secret *const secrets[] = {run->secrets[0], run->secrets[1], run->secrets[2],
                                            made};
    if (s == SV_OK)
        s = mask_new(&mask, secrets, sizeof secrets / sizeof secrets[0], err);
    if (s == SV_OK)
        s = rotator_answer_say(&got.said, secret_peek(said), secret_len(said), mask, err);
    if (s != SV_OK)
        return s;
    judge(run, &got, mask);
    take_made(run, &got);
    rotator_answer_clear(answer);
    *answer = got;
    got = (struct rotator_answer){.made = NULL};
    return SV_OK;
}

enum sv_status rotator_do(const char *program, const struct rotator_ask *ask, int64_t limit_ms,
                          struct rotator_answer *answer, struct sv_err *err)
{
    ROTATOR_RUN_OWNED struct rotator_run *run = NULL;
    enum sv_status s = rotator_run_begin(&run, program, ask, limit_ms, err);
    if (s != SV_OK)
        return s;
    while (!rotator_run_step(run)) {
        turns_leave();
        (void)file_wait(rotator_run_fd(run), POLLIN, rotator_run_until(run));
        turns_enter();
    }
    return rotator_run_answer(run, answer, err);
}
