/* SPDX-License-Identifier: ISC */
/* The beginning of a program of others, between fork and exec, and who looks after it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/defence.h"
#include "base/file.h"
#include "base/turns.h"
#include "rotator/run.h"

/* How it is started. */
struct start {
    const char *program;
    char *const *argv;
    char *const *envp;
    const int *fds;
    int count;
    int told; /* why it cannot be: an errno value; closed by exec */
};

static void tell(int told, int why)
{
    (void)!write(told, &why, sizeof why);
    _exit(127);
}

/* ---- the program ---- */

/* Nothing of ours but the signals that nobody can change. */
static void reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A source may stand where another one belongs, so all move above before any moves down. */
static bool place_fds(const struct start *s, int told)
{
    int high[ROTATOR_FDS];
    for (int n = 0; n < s->count; n++) {
        high[n] = fcntl(s->fds[n], F_DUPFD_CLOEXEC, ROTATOR_FDS + 1);
        if (high[n] < 0)
            return false;
    }
    for (int n = 0; n < s->count; n++)
        if (dup2(high[n], n) < 0)
            return false;
    /* What is left is close-on-exec but for what our own parent may have left open. */
    return (told == s->count || close_range((unsigned)s->count, (unsigned)told - 1, 0) == 0) &&
           close_range((unsigned)told + 1, ~0U, 0) == 0;
}

static void become_program(const struct start *s, pid_t keeper)
{
    int high = fcntl(s->told, F_DUPFD_CLOEXEC, ROTATOR_FDS);
    if (high < 0)
        tell(s->told, errno);
    reset_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != keeper)
        tell(high, ESRCH);
    if (setsid() < 0 || chdir("/") != 0 || !place_fds(s, high))
        tell(high, errno);
    execve(s->program, s->argv, s->envp);
    tell(high, errno);
}

/* ---- its keeper ---- */

#define END_TURNS 2000 /* of a millisecond */

/* Whose parent ended is the keeper's child then (PR_SET_CHILD_SUBREAPER). */
static void kill_children(void)
{
    char list[4096];
    FD_OWNED int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, list, sizeof list) : -1;
    pid_t pid = 0;
    for (ssize_t i = 0; i < len; i++) {
        if (list[i] >= '0' && list[i] <= '9')
            pid = 10 * pid + (list[i] - '0');
        else if (pid > 0) {
            kill(pid, SIGKILL);
            pid = 0;
        }
    }
}

/* Everything that the program has started, in whatever session it is by now: who is killed leaves
 * its own children to the next turn. */
static void end_all(pid_t program, int *status)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int one;
    for (int turn = 0; turn < END_TURNS; turn++) {
        pid_t got;
        if (DEFENDED(ROTATOR_KEEPER))
            kill_children();
        while ((got = waitpid(-1, &one, WNOHANG)) > 0)
            if (got == program)
                *status = one;
        if (got < 0 && errno == ECHILD)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static bool has_ended(pid_t program)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)program, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid == program;
}

/* Until the program has ended, or shall. True: its time was over. */
static bool wait_for(pid_t program)
{
    const struct timespec second = {.tv_sec = 1};
    bool late = false;
    sigset_t all;
    sigfillset(&all);
    while (!has_ended(program)) {
        int number = sigtimedwait(&all, NULL, &second);
        if (number == ROTATOR_END)
            return true;
        if (number == ROTATOR_ASK) {
            late = true;
            kill(-program, SIGTERM);
        }
    }
    return late;
}

/* As the program ended. */
static void end_as(int status)
{
    if (WIFSIGNALED(status)) {
        reset_signals();
        (void)raise(WTERMSIG(status));
    }
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Of ours it has nothing but the memory that a fork leaves, without secrets (base/secret.h). */
static void become_keeper(const struct start *s, pid_t parent)
{
    const struct rlimit no_core = {0, 0};
    int status = SIGKILL;
    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 ||
        prctl(PR_SET_PDEATHSIG, ROTATOR_END) != 0 || setsid() < 0)
        tell(s->told, errno);
    if (getppid() != parent)
        tell(s->told, ESRCH);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    /* One that copies our memory is enough: this one shares it until the program is there. */
    pid_t keeper = getpid(), program = vfork();
    if (program == 0)
        become_program(s, keeper);
    if (program < 0)
        tell(s->told, errno);
    (void)close_range(0, ~0U, 0);
    bool late = wait_for(program);
    kill(-program, SIGKILL); /* while its number is still its own */
    if (late)
        end_all(program, &status);
    else
        while (waitpid(program, &status, 0) < 0 && errno == EINTR)
            continue;
    end_as(status);
}

/* ---- both ---- */

int rotator_spawn(pid_t *pid, const char *program, char *const *argv, char *const *envp,
                  const int *fds, int count)
{
    FD_OWNED int heard = -1;
    int ends[2], why = 0;
    sigset_t all, before;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    heard = ends[0];
    const struct start start = {program, argv, envp, fds, count, ends[1]};
    pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0)
        become_keeper(&start, parent);
    int failed = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (child < 0)
        return failed;
    ssize_t n;
    turns_leave(); /* until it has started */
    while ((n = read(heard, &why, sizeof why)) < 0 && errno == EINTR)
        continue;
    turns_enter();
    if (n != (ssize_t)sizeof why) {
        *pid = child;
        return 0;
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return why;
}
