/* SPDX-License-Identifier: ISC */
/* caller: reading a process's folder in /proc. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/caller_impl.h"
#include "base/file.h"

/* The fields behind the name in `stat`, from 0 on. */
enum { STATE, PARENT, SESSION = 3, TERMINAL, START = 19, FIELDS };

/* These files tell all that fits at once; but for a signal one read is enough. */
static size_t read_whole(const struct process *p, const char *name, char *out, size_t capacity)
{
    FD_OWNED int fd = openat(p->dir, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;

    while (fd >= 0 && (got = read(fd, out, capacity - 1)) < 0 && errno == EINTR)
        ;
    size_t len = got > 0 ? (size_t)got : 0;
    out[len] = '\0';
    return len;
}

bool process_read(const struct process *p, const char *name, char *out, size_t capacity)
{
    return read_whole(p, name, out, capacity) > 0;
}

size_t process_link(const struct process *p, const char *name, char out[PROC_TEXT_MAX])
{
    ssize_t len = readlinkat(p->dir, name, out, PROC_TEXT_MAX - 1);

    out[len > 0 ? len : 0] = '\0';
    return len > 0 ? (size_t)len : 0;
}

void process_name(char out[COMM_MAX], const char *name, size_t len)
{
    size_t n = 0;

    for (; n < len && n < COMM_MAX - 1; n++)
        out[n] = (unsigned char)name[n] < ' ' || name[n] == '>' || name[n] == 127 ? '?' : name[n];
    out[n] = '\0';
}

/* The name stands in parentheses and may hold any byte, parentheses too. */
static bool parse_stat(struct process *p, const char *stat)
{
    const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    unsigned long long fields[FIELDS] = {0};

    if (open == NULL || close == NULL || close < open || close[1] != ' ' || close[2] == '\0')
        return false;
    const char *at = close + 3;
    for (int i = PARENT; i < FIELDS; i++) {
        char *end;
        if (*at != ' ')
            return false;
        fields[i] = strtoull(at, &end, 10);
        at = end;
    }
    p->parent = (long)fields[PARENT];
    p->session = (long)fields[SESSION];
    p->terminal = (unsigned)fields[TERMINAL];
    p->start = fields[START];
    process_name(p->comm, open + 1, (size_t)(close - open - 1));
    return true;
}

bool process_open(struct process *p, long pid)
{
    char path[32], stat[1024];
    struct stat st;

    process_close(p);
    if (pid <= 0)
        return false;
    (void)snprintf(path, sizeof path, "/proc/%ld", pid);
    p->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->dir < 0)
        return false;
    p->pid = pid;
    if (fstat(p->dir, &st) != 0 || !process_read(p, "stat", stat, sizeof stat) ||
        !parse_stat(p, stat)) {
        process_close(p);
        return false;
    }
    p->owner = st.st_uid;
    return true;
}

void process_close(struct process *p)
{
    file_close_cleanup(&p->dir);
    p->dir = -1;
    p->args_known = false;
}

void process_move(struct process *to, struct process *from)
{
    process_close(to);
    *to = *from;
    from->dir = -1;
}

size_t process_args(struct process *p)
{
    if (!p->args_known) {
        p->args_len = 0;
        if (p->owner == geteuid())
            p->args_len = read_whole(p, "cmdline", p->args, sizeof p->args - 1);
        p->args[p->args_len] = '\0';
        p->args[p->args_len + 1] = '\0';
    }
    p->args_known = true;
    return p->args_len;
}

bool process_lives(const struct process *p)
{
    char stat[1024];
    const char *close;

    return process_read(p, "stat", stat, sizeof stat) && (close = strrchr(stat, ')')) != NULL &&
           close[1] == ' ' && close[2] != 'Z' && close[2] != 'X';
}
