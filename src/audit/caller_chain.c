/* SPDX-License-Identifier: ISC */
/* caller: the chain of parents. */
#include <stdio.h>
#include <string.h>

#include "audit/caller_impl.h"

#define CHAIN_MAX 8
#define STEPS_MAX 24 /* with the shells between */
#define ARROW " > "

struct chain {
    char names[CHAIN_MAX][COMM_MAX]; /* names[0] is the asker's */
    size_t count;
};

/* Whether it is a shell that was started for nothing but to start this program:
 * `sh -c "smtpvault get mail"`, or cron's for a line of a crontab. */
static bool is_carrier(struct process *p, const char *program)
{
    static const char *const shells[] = {"sh",  "dash", "bash", "ash",
                                         "ksh", "mksh", "zsh",  "busybox"};
    bool shell = false;

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        shell = shell || strcmp(p->comm, shells[i]) == 0;
    if (!shell || *program == '\0' || process_args(p) == 0)
        return false;
    const char *end = p->args + p->args_len, *option = p->args + strlen(p->args) + 1;
    if (option >= end || *option != '-' || option[1] == '-' || strchr(option, 'c') == NULL)
        return false;
    const char *command = option + strlen(option) + 1;
    return command < end && strstr(command, program) != NULL;
}

/* A process that a script runs in is called as its script, however that was started. */
static void add(struct chain *c, struct process *p)
{
    char *name = c->names[c->count++];
    size_t len = strlen(p->comm);
    const char *script = script_is_interpreter(p->comm, len) ? script_of(p, p->comm, len) : NULL;

    if (script == NULL) {
        memcpy(name, p->comm, COMM_MAX);
        return;
    }
    const char *base = strrchr(script, '/');
    base = base == NULL ? script : base + 1;
    process_name(name, base, strlen(base));
}

static void write_chain(struct caller *out, const struct chain *c)
{
    char text[CHAIN_MAX * (COMM_MAX + sizeof ARROW)];
    size_t len = 0;

    for (size_t i = c->count; i > 0; i--)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", c->names[i - 1],
                                i > 1 ? ARROW : "");
    caller_keep_end(out->parent, text, len);
}

/* The session's leader is followed by whoever opened the session (cron, sshd, a
 * terminal), and nothing above that. Shells that carry are left out. */
void chain_look(struct caller *out, struct process *self, bool itself, struct process *asker)
{
    struct chain c = {.count = 0};
    long parent = self->parent;
    unsigned long long start = self->start;
    bool above = itself && self->session == self->pid;

    if (itself)
        add(&c, self);
    for (int step = 0; step < STEPS_MAX && c.count < CHAIN_MAX && parent > 1; step++) {
        PROCESS_OWNED struct process next = PROCESS_NONE;
        /* A parent that is younger than its child is a pid that was used again. */
        if (!process_open(&next, parent) || next.start > start)
            break;
        bool leads = next.session == next.pid, first = c.count == 0;
        parent = next.parent;
        start = next.start;
        bool carries = is_carrier(&next, first ? self->comm : c.names[c.count - 1]);
        if (!carries)
            add(&c, &next);
        if (first)
            process_move(asker, &next);
        if (above && !carries)
            break;
        above = above || leads;
    }
    /* Shells and nobody above them. */
    if (c.count == 0 && asker->dir >= 0)
        add(&c, asker);
    if (c.count > 0)
        write_chain(out, &c);
}
