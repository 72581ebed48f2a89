/* SPDX-License-Identifier: ISC */
/* The beginning of a rotator, between fork and exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "rotator/run.h"

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
static bool place_fds(const int fds[ROTATOR_FDS], int told)
{
    int high[ROTATOR_FDS];
    for (int n = 0; n < ROTATOR_FDS; n++) {
        high[n] = fcntl(fds[n], F_DUPFD_CLOEXEC, ROTATOR_FDS + 1);
        if (high[n] < 0)
            return false;
    }
    for (int n = 0; n < ROTATOR_FDS; n++)
        if (dup2(high[n], n) < 0)
            return false;
    /* What is left is close-on-exec but for what our own parent may have left open. */
    return (told == ROTATOR_FDS || close_range(ROTATOR_FDS, (unsigned)told - 1, 0) == 0) &&
           close_range((unsigned)told + 1, ~0U, 0) == 0;
}

static void tell(int told, int why)
{
    (void)!write(told, &why, sizeof why);
    _exit(127);
}

static void become_rotator(const char *program, const char *step, char *const *envp,
                           const int fds[ROTATOR_FDS], int told, pid_t parent)
{
    const struct rlimit no_core = {0, 0};
    char *const argv[] = {(char *)program, (char *)step, NULL};
    int high = fcntl(told, F_DUPFD_CLOEXEC, ROTATOR_FDS);
    if (high < 0)
        tell(told, errno);
    reset_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        tell(high, ESRCH);
    if (setsid() < 0 || setrlimit(RLIMIT_CORE, &no_core) != 0 || chdir("/") != 0 ||
        !place_fds(fds, high))
        tell(high, errno);
    execve(program, argv, envp);
    tell(high, errno);
}

int rotator_spawn(pid_t *pid, const char *program, const char *step, char *const *envp,
                  const int fds[ROTATOR_FDS])
{
    FD_OWNED int heard = -1;
    int ends[2], why = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    heard = ends[0];
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0)
        become_rotator(program, step, envp, fds, ends[1], parent);
    int failed = errno;
    close(ends[1]);
    if (child < 0)
        return failed;
    ssize_t n;
    while ((n = read(heard, &why, sizeof why)) < 0 && errno == EINTR)
        continue;
    if (n != (ssize_t)sizeof why) {
        *pid = child;
        return 0;
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return why;
}
