/* SPDX-License-Identifier: ISC */
/* caller: who asked. Names are evidence, not identity: whoever runs as this user may
 * choose them. */
#include "audit/caller.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "audit/caller_impl.h"

void caller_keep_end(char out[CALLER_TEXT_MAX], const char *text, size_t len)
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

static void look_own_cwd(struct caller *out)
{
    char path[PROC_TEXT_MAX];

    if (getcwd(path, sizeof path) != NULL)
        caller_keep_end(out->cwd, path, strlen(path));
}

static void look_cwd(struct caller *out, const struct process *p)
{
    char path[PROC_TEXT_MAX];

    caller_keep_end(out->cwd, path, process_link(p, "cwd", path));
}

/* By the numbers that never change; others by these numbers. */
static void look_terminal(struct caller *out, const struct process *p)
{
    unsigned kind = (p->terminal >> 8) & 0xfff;
    unsigned number = (p->terminal & 0xff) | ((p->terminal >> 12) & 0xfff00);

    if (p->terminal == 0)
        return;
    if (kind >= 136 && kind <= 143)
        (void)snprintf(out->tty, sizeof out->tty, "pts/%u", (kind - 136) * 256 + number);
    else if (kind == 4)
        (void)snprintf(out->tty, sizeof out->tty, number < 64 ? "tty%u" : "ttyS%u",
                       number < 64 ? number : number - 64);
    else
        (void)snprintf(out->tty, sizeof out->tty, "%u:%u", kind, number);
}

/* Everything about who is behind `self`. */
static void look(struct caller *out, struct process *self, bool itself, bool closely)
{
    PROCESS_OWNED struct process above = PROCESS_NONE;

    out->pid = (uint32_t)(itself ? self->pid : self->parent);
    look_terminal(out, self);
    unit_look(out, self);
    chain_look(out, self, itself, &above);
    struct process *asker = itself ? self : &above;
    if (asker->dir < 0)
        return;
    out->pid = (uint32_t)asker->pid;
    exe_look(out, asker, closely);
    const char *name = strrchr(out->exe, '/');
    const char *script = name == NULL ? NULL : script_of(asker, name + 1, strlen(name + 1));
    if (script != NULL)
        caller_keep_end(out->script, script, strlen(script));
}

void caller_of_this_process(struct caller *out)
{
    PROCESS_OWNED struct process self = PROCESS_NONE;

    memset(out, 0, sizeof *out);
    out->uid = (uint32_t)getuid();
    out->gid = (uint32_t)getgid();
    out->pid = (uint32_t)getppid();
    look_own_cwd(out);
    if (process_open(&self, getpid()))
        look(out, &self, false, false);
}

/* A handle of a process is readable once it has ended. */
static bool has_ended(int pidfd, const struct process *p)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    return pidfd >= 0 ? poll(&end, 1, 0) != 0 : !process_lives(p);
}

/* A process that is there all the time had its number all the time. */
static enum sv_status of_process(struct caller *out, int pidfd, long pid, bool itself,
                                 struct sv_err *err)
{
    PROCESS_OWNED struct process self = PROCESS_NONE;
    const struct caller nobody = *out;

    bool seen = process_open(&self, pid);
    /* Nobody may look into a process that changed its user: root owns it then. */
    if (seen && self.owner != out->uid && self.owner != 0)
        return sv_fail(err, SV_DENIED,
                       "the process that asked (%ld) has ended, or runs as another user by now",
                       pid);
    if (seen) {
        look(out, &self, itself, true);
        look_cwd(out, &self);
    }
    if ((!seen && pidfd < 0) || has_ended(pidfd, &self)) {
        *out = nobody;
        return sv_fail(err, SV_DENIED, "the process that asked (%ld) has ended meanwhile", pid);
    }
    return SV_OK;
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
