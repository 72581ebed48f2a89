/* SPDX-License-Identifier: ISC */
/* The conversation with logind, org.freedesktop.login1(5): the signal PrepareForSleep, and
 * an inhibitor lock (mode "delay"), which is a descriptor that is given back by closing. */
#include "agent/sleep.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

#include "base/env.h"

#define LIBRARY "libsystemd.so.0"
#define SERVICE "org.freedesktop.login1"
#define OBJECT "/org/freedesktop/login1"
#define INTERFACE "org.freedesktop.login1.Manager"

struct sd_bus;
struct sd_bus_message;
struct sd_bus_error;
struct sd_bus_slot;
typedef int on_message(struct sd_bus_message *m, void *context, struct sd_bus_error *error);

/* What is used of the library, found by name; there is one of it in a process. */
static struct {
    int (*open_system)(struct sd_bus **out);
    struct sd_bus *(*close)(struct sd_bus *bus);
    int (*match)(struct sd_bus *bus, struct sd_bus_slot **slot, const char *sender,
                 const char *path, const char *interface, const char *member, on_message *callback,
                 void *context);
    int (*call)(struct sd_bus *bus, const char *service, const char *path, const char *interface,
                const char *member, struct sd_bus_error *error, struct sd_bus_message **reply,
                const char *types, ...);
    int (*read)(struct sd_bus_message *m, const char *types, ...);
    struct sd_bus_message *(*release)(struct sd_bus_message *m);
    int (*process)(struct sd_bus *bus, struct sd_bus_message **out);
    int (*fd)(struct sd_bus *bus);
    int (*events)(struct sd_bus *bus);
    int (*timeout)(struct sd_bus *bus, uint64_t *microseconds);
} sd;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    {"sd_bus_open_system", &sd.open_system}, {"sd_bus_flush_close_unref", &sd.close},
    {"sd_bus_match_signal", &sd.match},      {"sd_bus_call_method", &sd.call},
    {"sd_bus_message_read", &sd.read},       {"sd_bus_message_unref", &sd.release},
    {"sd_bus_process", &sd.process},         {"sd_bus_get_fd", &sd.fd},
    {"sd_bus_get_events", &sd.events},       {"sd_bus_get_timeout", &sd.timeout},
};

static bool library_load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL)
        return false;
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        /* POSIX says that a function's address fits there. */
        void **slot = symbols[i].slot;
        if ((*slot = dlsym(library, symbols[i].name)) == NULL)
            return false;
    }
    return true;
}

/* PrepareForSleep(true) comes before, (false) after. */
static int on_prepare(struct sd_bus_message *m, void *context, struct sd_bus_error *error)
{
    bool *sleeping = context;
    int before = 0;

    (void)error;
    if (sd.read(m, "b", &before) >= 0 && before != 0)
        *sleeping = true;
    return 0;
}

/* -1: none is to be had. */
static int inhibit(struct sd_bus *bus)
{
    struct sd_bus_message *reply = NULL;
    int fd = -1, own = -1;

    if (sd.call(bus, SERVICE, OBJECT, INTERFACE, "Inhibit", NULL, &reply, "ssss", "sleep",
                "smtpvault", "The agent wipes its keys", "delay") < 0)
        return -1;
    /* The descriptor is the message's. */
    if (sd.read(reply, "h", &fd) >= 0)
        own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    (void)sd.release(reply);
    return own;
}

/* Whether there is a logind at all: without one its signal never comes. Anybody may ask this
 * of it, where other questions take polkit. */
static bool has_logind(struct sd_bus *bus)
{
    struct sd_bus_message *reply = NULL;
    int got = sd.call(bus, SERVICE, OBJECT, "org.freedesktop.DBus.Peer", "Ping", NULL, &reply, "");

    if (got >= 0)
        (void)sd.release(reply);
    return got >= 0;
}

/* Waits for the bus or for the agent's end; false: the agent has ended, or the bus has. */
static bool wait_more(struct sd_bus *bus, int fd)
{
    struct pollfd wait[] = {{.fd = fd, .events = POLLIN},
                            {.fd = sd.fd(bus), .events = (short)sd.events(bus)}};
    uint64_t until;
    int ms = -1;

    if (sd.timeout(bus, &until) > 0 && until != UINT64_MAX) {
        int64_t left = (int64_t)(until / 1000) - env_monotonic_ms();
        ms = left <= 0 ? 0 : left < INT_MAX ? (int)left + 1 : INT_MAX;
    }
    if (poll(wait, 2, ms) < 0 && errno != EINTR)
        return false;
    return wait[0].revents == 0;
}

static void wait_for_end(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    while (poll(&wait, 1, -1) < 0 && errno == EINTR)
        ;
}

void sleep_bus_watch(int fd)
{
    struct sd_bus *bus = NULL;
    bool sleeping = false;

    if (!library_load() || sd.open_system(&bus) < 0)
        return;
    /* The signal first: from the inhibitor on it may come at any time. */
    if (sd.match(bus, NULL, SERVICE, OBJECT, INTERFACE, "PrepareForSleep", on_prepare, &sleeping) >=
            0 &&
        has_logind(bus)) {
        int lock = inhibit(bus);
        int more = write(fd, "r", 1) == 1;
        while (more && !sleeping) {
            int got = sd.process(bus, NULL);
            /* Without the bus nothing will be told any more; an end of this process
             * would lock the agent. */
            if (got < 0)
                break;
            more = got > 0 || wait_more(bus, fd);
        }
        if (sleeping)
            (void)!write(fd, "s", 1);
        if (more)
            wait_for_end(fd);
        if (lock >= 0)
            (void)close(lock);
    }
    (void)sd.close(bus);
}
