/* SPDX-License-Identifier: ISC */
/* caller: reading /proc. Names are evidence, not identity: whoever runs as this
 * user may choose them. */
#include "domain/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define CHAIN_MAX 8
#define COMM_MAX 32
#define PROC_TEXT_MAX 4096
#define ARROW " > "

struct process {
    long pid, parent, session;
    unsigned long long start;
    char comm[COMM_MAX];
};

/* Reads a file of /proc as text; false when it is not there or not for us. */
static bool proc_read(char *out, size_t capacity, const char *path)
{
    FD_OWNED int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;

    while (fd >= 0 && len < capacity - 1) {
        ssize_t got = read(fd, out + len, capacity - 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    out[len] = '\0';
    return len > 0;
}

/* Keeps the end of a text that is too long, "..." before it. */
static void keep_end(char out[CALLER_TEXT_MAX], const char *text, size_t len)
{
    if (len < CALLER_TEXT_MAX) {
        memcpy(out, text, len);
        out[len] = '\0';
        return;
    }
    const char *from = text + len - (CALLER_TEXT_MAX - 4);
    while (((unsigned char)*from & 0xc0) == 0x80)
        from++;
    (void)snprintf(out, CALLER_TEXT_MAX, "...%.*s", (int)(text + len - from), from);
}

/* The name stands in parentheses and may hold any byte, parentheses too. */
static bool parse_stat(struct process *p, const char *stat)
{
    const char *open = strchr(stat, '('), *close = strrchr(stat, ')');

    if (open == NULL || close == NULL || close < open)
        return false;
    if (sscanf(close + 1,
               " %*c %ld %*d %ld %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &p->parent, &p->session, &p->start) != 3)
        return false;
    size_t len = 0;
    for (const char *at = open + 1; at < close && len < COMM_MAX - 1; at++)
        p->comm[len++] = (unsigned char)*at < ' ' || *at == '>' || *at == 127 ? '?' : *at;
    p->comm[len] = '\0';
    return true;
}

static bool process_look(struct process *p, long pid)
{
    char path[64], stat[1024];

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    p->pid = pid;
    return pid > 0 && proc_read(stat, sizeof stat, path) && parse_stat(p, stat);
}

/* Whether it is a shell that was started for nothing but this call:
 * `sh -c "smtpvault get mail"`. */
static bool is_carrier(const struct process *p, const char *program)
{
    static const char *const shells[] = {"sh",  "dash", "bash", "ash",
                                         "ksh", "mksh", "zsh",  "busybox"};
    char path[64], args[PROC_TEXT_MAX] = {0};
    bool shell = false;

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        shell = shell || strcmp(p->comm, shells[i]) == 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/cmdline", p->pid);
    if (!shell || *program == '\0' || !proc_read(args, sizeof args, path))
        return false;
    /* Each argument ends with a NUL, and beyond the last there are only NULs. */
    const char *option = args + strlen(args) + 1;
    if (option >= args + sizeof args || *option != '-' || strchr(option, 'c') == NULL ||
        option[1] == '-')
        return false;
    const char *command = option + strlen(option) + 1;
    return command < args + sizeof args && strstr(command, program) != NULL;
}

/* The kernel puts a mark behind the path of a file that is no more there; a file may also be
 * called so. */
static bool is_gone(const char *path, size_t len, const struct stat *running)
{
    static const char mark[] = " (deleted)";
    struct stat there;

    return len > sizeof mark - 1 && strcmp(path + len - (sizeof mark - 1), mark) == 0 &&
           (stat(path, &there) != 0 || there.st_dev != running->st_dev ||
            there.st_ino != running->st_ino);
}

static void look_exe(struct caller *out, long pid)
{
    char path[64], target[PROC_TEXT_MAX];
    struct stat st;

    (void)snprintf(path, sizeof path, "/proc/%ld/exe", pid);
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len <= 0)
        return;
    target[len] = '\0';
    keep_end(out->exe, target, (size_t)len);
    if (stat(path, &st) == 0) {
        out->exe_device = st.st_dev;
        out->exe_inode = st.st_ino;
        out->exe_gone = is_gone(target, (size_t)len, &st);
    }
}

static void look_own_cwd(struct caller *out)
{
    char path[PROC_TEXT_MAX];

    if (getcwd(path, sizeof path) != NULL)
        keep_end(out->cwd, path, strlen(path));
}

static void look_cwd(struct caller *out, long pid)
{
    char path[64], target[PROC_TEXT_MAX];

    (void)snprintf(path, sizeof path, "/proc/%ld/cwd", pid);
    ssize_t len = readlink(path, target, sizeof target);
    if (len > 0)
        keep_end(out->cwd, target, (size_t)len);
}

static bool ends_with(const char *part, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len > n && memcmp(part + len - n, end, n) == 0;
}

/* The next part of a cgroup path that is no slice, behind *at; its length, or 0. */
static size_t next_part(const char **at)
{
    for (const char *part = *at;;) {
        part += strspn(part, "/");
        size_t len = strcspn(part, "/");
        if (len == 0 || !ends_with(part, len, ".slice")) {
            *at = part;
            return len;
        }
        part += len;
    }
}

/* The unit is the first part below the slices, and what lies below that is the unit's own to
 * name. Only a user's systemd is asked in turn, and what it says is that user's word. */
static bool unit_of(struct caller *out, const char *path)
{
    const char *unit = path, *own;
    size_t len = next_part(&unit), own_len;

    if (!ends_with(unit, len, ".service") && !ends_with(unit, len, ".scope"))
        return false;
    if (len > 5 && memcmp(unit, "user@", 5) == 0) {
        own = unit + len;
        own_len = next_part(&own);
        out->users_unit = ends_with(own, own_len, ".service") || ends_with(own, own_len, ".scope");
        unit = out->users_unit ? own : unit;
        len = out->users_unit ? own_len : len;
    }
    keep_end(out->unit, unit, len);
    return true;
}

/* Lines "0::/path" (version 2) or "1:name=systemd:/path" (version 1). */
static void look_unit(struct caller *out, long pid)
{
    char path[64], text[PROC_TEXT_MAX];

    (void)snprintf(path, sizeof path, "/proc/%ld/cgroup", pid);
    if (!proc_read(text, sizeof text, path))
        return;
    for (char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        char *end = line + len + (line[len] == '\n');
        line[len] = '\0';
        const char *names = strchr(line, ':');
        const char *group = names == NULL ? NULL : strchr(names + 1, ':');
        if (group != NULL && (names[1] == ':' || strncmp(names + 1, "name=systemd:", 13) == 0) &&
            unit_of(out, group + 1))
            return;
        line = end;
    }
}

/* chain[0] is the caller itself. */
static void write_chain(struct caller *out, const struct process *chain, size_t count)
{
    char text[CHAIN_MAX * (COMM_MAX + sizeof ARROW)];
    size_t len = 0;

    for (size_t i = count; i > 0; i--)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", chain[i - 1].comm,
                                i > 1 ? ARROW : "");
    keep_end(out->parent, text, len);
}

/* The session's leader is followed by whoever opened the session (cron, sshd, a
 * terminal), and nothing above that. Returns how many there are. itself: the process is
 * the first of them, and not only their client. */
static size_t look_chain(struct process chain[CHAIN_MAX], const struct process *self, bool itself)
{
    struct process at = *self, carrier = {0};
    size_t count = 0;
    bool above = itself && self->session == self->pid;

    if (itself)
        chain[count++] = *self;
    while (count < CHAIN_MAX && at.parent > 1) {
        struct process next;
        /* A parent that is younger than its child is a pid that was used again. */
        if (!process_look(&next, at.parent) || next.start > at.start)
            break;
        at = next;
        if (count == 0 && is_carrier(&at, self->comm)) {
            carrier = at;
            continue;
        }
        chain[count++] = at;
        if (above)
            break;
        above = at.session == at.pid;
    }
    if (count == 0 && carrier.pid != 0)
        chain[count++] = carrier;
    return count;
}

/* Everything about who is behind `self`. */
static void look(struct caller *out, const struct process *self, bool itself)
{
    struct process chain[CHAIN_MAX];

    out->pid = (uint32_t)self->parent;
    look_unit(out, self->pid);
    size_t count = look_chain(chain, self, itself);
    if (count == 0)
        return;
    out->pid = (uint32_t)chain[0].pid;
    look_exe(out, chain[0].pid);
    write_chain(out, chain, count);
}

void caller_of_this_process(struct caller *out)
{
    struct process self;

    memset(out, 0, sizeof *out);
    out->uid = (uint32_t)getuid();
    out->gid = (uint32_t)getgid();
    out->pid = (uint32_t)getppid();
    look_own_cwd(out);
    if (process_look(&self, getpid()))
        look(out, &self, false);
}

/* A handle of a process is readable once it has ended. */
static bool has_ended(int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    return pidfd >= 0 && poll(&end, 1, 0) != 0;
}

static enum sv_status of_process(struct caller *out, int pidfd, long pid, bool itself,
                                 struct sv_err *err)
{
    struct process self, again;

    if (process_look(&self, pid)) {
        look(out, &self, itself);
        look_cwd(out, pid);
        if (!has_ended(pidfd) && process_look(&again, pid) && again.start == self.start)
            return SV_OK;
    }
    return sv_fail(err, SV_DENIED, "the process that asked (%ld) has ended meanwhile", pid);
}

enum sv_status caller_of_peer(struct caller *out, int pidfd, long pid, uint32_t uid, uint32_t gid,
                              struct sv_err *err)
{
    *out = (struct caller){.uid = uid, .gid = gid};
    return of_process(out, pidfd, pid, false, err);
}

enum sv_status caller_of_asker(struct caller *out, int pidfd, long pid, uint32_t uid, uint32_t gid,
                               struct sv_err *err)
{
    *out = (struct caller){.uid = uid, .gid = gid};
    return of_process(out, pidfd, pid, true, err);
}
