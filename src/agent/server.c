/* SPDX-License-Identifier: ISC */
#include "agent/server.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/lookups.h"
#include "agent/proto.h"
#include "base/alloc.h"
#include "base/file.h"

/* While it waits for another process's change nobody is served. */
#define CHANGE_PATIENCE_MS 1000

/* Connections taken in one round from one listener. */
#define ACCEPT_MOST 64
#define QUIET_US 100 /* without a request, before something is made ready for the next */

/* Polled before the listeners: signals, the end of the time awake, whoever asks a person. */
enum { POLL_SIGNALS, POLL_SLEEP, POLL_CONFIRM, POLL_RENEW, FIXED };

struct server {
    struct agent agent;
    const struct agent_options *options;
    struct peer *peers[SERVER_PEERS_MAX];
    size_t count;
    struct pollfd *polls;
    size_t fixed; /* polls before those of the peers */
    int signals;
};

/* ---- signals ---- */

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void server_hold_signals(void)
{
    sigset_t set;
    ending_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void read_signal(struct server *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        s->agent.ending = info.ssi_signo == SIGHUP ? "of a SIGHUP" : "of a signal";
}

/* ---- beginning and ending ---- */

/* A connection and a handle of its process each; the limit is often 1024. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static enum sv_status open_signals(struct server *s, struct sv_err *err)
{
    sigset_t set;
    ending_signals(&set);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals >= 0 ? SV_OK
                           : sv_fail_errno(err, SV_INTERNAL, errno, "cannot watch for signals");
}

static enum sv_status know_file(struct agent *a, struct sv_err *err)
{
    struct stat st;
    char real[PATH_MAX];
    if (stat(a->path, &st) != 0 || realpath(a->path, real) == NULL)
        return sv_fail_errno(err, SV_IO, errno, "cannot look at %s", a->path);
    a->which = wire_place_hash(real);
    a->device = st.st_dev;
    a->inode = st.st_ino;
    return SV_OK;
}

static enum sv_status begin(struct server *s, struct vault *v, const struct agent_options *o,
                            struct sv_err *err)
{
    struct agent *a = &s->agent;
    s->options = o;
    s->signals = -1;
    s->fixed = FIXED + o->listener_count;
    a->vault = v;
    vault_set_patience(v, CHANGE_PATIENCE_MS);
    a->path = o->path;
    a->version = o->version;
    a->confirming.fd = o->confirm_fd;
    a->renewing.fd = o->renew_fd;
    a->others = o->others;
    a->aliases = o->aliases;
    a->alias_count = o->alias_count;
    a->uid = getuid();
    raise_limit();
    life_begin(&a->life, o->longest, o->idle);
    s->polls = sv_alloc_array(s->fixed + SERVER_PEERS_MAX, sizeof *s->polls);
    if (s->polls == NULL)
        return sv_fail_nomem(err);
    enum sv_status st = open_signals(s, err);
    if (st == SV_OK)
        st = know_file(a, err);
    if (st == SV_OK)
        st = frame_new(&a->in, err);
    if (st == SV_OK)
        st = frame_new(&a->out, err);
    return st == SV_OK ? fetch_batch_new(&a->batch, err) : st;
}

static void server_clear(struct server *s)
{
    for (size_t i = 0; i < s->count; i++)
        peer_free(s->peers[i]);
    fetch_batch_clear(&s->agent.batch);
    lookups_free(s->agent.lookups);
    confirming_clear(&s->agent.confirming);
    renewing_clear(&s->agent.renewing);
    secret_free(s->agent.in);
    secret_free(s->agent.out);
    sv_free(s->polls);
    file_close_cleanup(&s->signals);
}

/* ---- one round ---- */

static void drop(struct server *s, size_t i)
{
    confirm_forget(&s->agent, s->peers[i]);
    renew_forget(&s->agent, s->peers[i]);
    fetch_forget(&s->agent, s->peers[i]);
    peer_free(s->peers[i]);
    s->peers[i] = s->peers[--s->count];
}

static void drop_gone(struct server *s)
{
    for (size_t i = s->count; i > 0; i--)
        if (s->peers[i - 1]->gone)
            drop(s, i - 1);
}

/* Room for one more: whoever was silent for the longest time has waited for nothing. */
static void make_room(struct server *s)
{
    size_t oldest = 0;
    if (s->count < SERVER_PEERS_MAX)
        return;
    for (size_t i = 1; i < s->count; i++)
        if (s->peers[i]->used_ms < s->peers[oldest]->used_ms)
            oldest = i;
    drop(s, oldest);
}

static void take_new(struct server *s, const struct agent_listener *l)
{
    for (int n = 0; n < ACCEPT_MOST; n++) {
        struct peer *p = peer_accept(l->fd, l->protocol);
        if (p == NULL)
            return;
        make_room(s);
        s->peers[s->count++] = p;
        if (l->protocol->opened != NULL)
            l->protocol->opened(&s->agent, p);
    }
}

static void prepare(struct server *s)
{
    const struct agent_options *o = s->options;
    s->polls[POLL_SIGNALS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    s->polls[POLL_SLEEP] = (struct pollfd){.fd = o->lock_fd, .events = POLLIN};
    s->polls[POLL_CONFIRM] = (struct pollfd){.fd = s->agent.confirming.fd, .events = POLLIN};
    s->polls[POLL_RENEW] = (struct pollfd){.fd = s->agent.renewing.fd, .events = POLLIN};
    for (size_t i = 0; i < o->listener_count; i++)
        s->polls[FIXED + i] = (struct pollfd){.fd = o->listeners[i].fd, .events = POLLIN};
    for (size_t i = 0; i < s->count; i++)
        s->polls[s->fixed + i] = (struct pollfd){
            .fd = s->peers[i]->fd, .events = peer_has_queue(s->peers[i]) ? POLLOUT : POLLIN};
}

static void look_at_vault(struct agent *a)
{
    struct stat st;
    if (a->ending != NULL)
        return;
    if (stat(a->path, &st) != 0 || st.st_dev != a->device || st.st_ino != a->inode)
        a->ending = "the vault's file was replaced";
    else if (!vault_is_unlocked(a->vault))
        a->ending = "the vault's keys were changed";
    else
        a->ending = life_over(&a->life);
}

static void hear_peers(struct server *s, size_t polled)
{
    struct agent *a = &s->agent;
    for (size_t i = 0; i < polled && a->ending == NULL; i++) {
        short got = s->polls[s->fixed + i].revents;
        struct peer *p = s->peers[i];
        if ((got & POLLOUT) != 0)
            peer_flush(p);
        else if ((got & POLLIN) != 0)
            p->protocol->readable(a, p);
        else if (got != 0)
            p->gone = true;
    }
}

static void round_of(struct server *s)
{
    struct agent *a = &s->agent;
    size_t polled = s->count;
    if (s->polls[POLL_SIGNALS].revents != 0)
        read_signal(s);
    if (s->polls[POLL_SLEEP].revents != 0)
        a->ending = "the machine is going to sleep";
    look_at_vault(a);
    if (a->ending != NULL)
        return;
    if (s->polls[POLL_CONFIRM].revents != 0)
        confirm_hear(a);
    if (s->polls[POLL_RENEW].revents != 0)
        renew_hear(a);
    hear_peers(s, polled);
    fetch_serve(a);
    confirm_go_on(a);
    renew_go_on(a);
    fetch_serve(a);
    drop_gone(s);
    for (size_t i = 0; i < s->options->listener_count; i++)
        if (s->polls[FIXED + i].revents != 0)
            take_new(s, &s->options->listeners[i]);
    fetch_serve(a);
    drop_gone(s);
}

static int wait_us(struct server *s, int64_t us)
{
    struct timespec most = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    return ppoll(s->polls, s->fixed + s->count, &most, NULL);
}

static void record(struct vault *v, enum audit_result result, const char *what, const char *why)
{
    struct audit_event event = {.op = AUDIT_AGENT, .result = result};
    (void)snprintf(event.note, sizeof event.note, "%s%s", what, why);
    /* A log that cannot be written releases nothing; that the agent ended is not worth more. */
    enum sv_status st = vault_record(v, &event, NULL);
    (void)st;
}

enum sv_status server_run(struct vault *v, const struct agent_options *options, const char **why,
                          struct sv_err *err)
{
    __attribute__((cleanup(server_clear))) struct server s = {.signals = -1};
    enum sv_status st = begin(&s, v, options, err);
    if (st != SV_OK)
        return st;
    record(v, AUDIT_OK, "began", "");
    /* While nobody asks, the next releases are made ready, one at a time: who asks then
     * waits for no more than that. Not at once, for who was just answered is to run on
     * this processor next. */
    for (bool ahead = true; s.agent.ending == NULL;) {
        prepare(&s);
        int wait_ms = renew_wait_ms(&s.agent, life_wait_ms(&s.agent.life));
        int n = wait_us(&s, ahead ? QUIET_US : 1000 * (int64_t)wait_ms);
        if (n == 0 && ahead) {
            ahead = vault_prepare(v, 1);
            continue;
        }
        if (n < 0 && errno != EINTR)
            return sv_fail_errno(err, SV_INTERNAL, errno, "the agent cannot wait for requests");
        if (n < 0)
            continue;
        round_of(&s);
        ahead = true;
    }
    vault_lock(v);
    agent_socket_close(options->socket);
    record(v, AUDIT_OK, "ended because ", s.agent.ending);
    if (options->ended != NULL)
        options->ended(options->context);
    while (s.count > 0)
        drop(&s, s.count - 1);
    renew_land_rest(&s.agent, options->lock_fd);
    *why = s.agent.ending;
    return SV_OK;
}
