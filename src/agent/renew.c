/* SPDX-License-Identifier: ISC */
#include "agent/renew.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "domain/vault_token.h"

/* How often it is tried to take a lock that another process has. */
#define AGAIN_MS 100

/* One that was handed out. */
struct renew_flight {
    uint32_t number;
    int64_t since_ms;
    struct vault_renewal renewal;
};

static void flight_free(struct renew_flight *f)
{
    if (f == NULL)
        return;
    vault_renewal_clear(&f->renewal);
    sv_free(f);
}

void renewing_clear(struct renewing *r)
{
    for (size_t i = 0; i < r->count; i++)
        sv_free(r->waiting[i]);
    r->count = 0;
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++) {
        flight_free(r->flights[i]);
        r->flights[i] = NULL;
    }
    file_close_cleanup(&r->fd);
    r->fd = -1;
}

/* ---- who waits ---- */

bool renew_later(struct agent *a, const struct fetch *f)
{
    struct renewing *r = &a->renewing;
    if (r->fd < 0 || r->count == RENEW_WAITING_MAX)
        return false;
    struct fetch *waiting = sv_alloc(sizeof *waiting);
    if (waiting == NULL)
        return false;
    *waiting = *f;
    if (r->count == 0)
        r->told_ms = env_monotonic_ms();
    r->since_ms[r->count] = env_monotonic_ms();
    r->waiting[r->count++] = waiting;
    r->again = true;
    return true;
}

static void drop(struct renewing *r, size_t i)
{
    sv_free(r->waiting[i]);
    r->count--;
    memmove(r->waiting + i, r->waiting + i + 1, (r->count - i) * sizeof r->waiting[0]);
    memmove(r->since_ms + i, r->since_ms + i + 1, (r->count - i) * sizeof r->since_ms[0]);
}

/* It runs again: with a token, or with what is known now of why there is none. */
static void run_again(struct agent *a, size_t i, enum sv_status status, const struct sv_err *why)
{
    struct renewing *r = &a->renewing;
    struct fetch *f = r->waiting[i]->peer != NULL ? fetch_again(a, r->waiting[i]) : NULL;
    /* The batch is full: it waits for the next one. */
    if (f == NULL && r->waiting[i]->peer != NULL)
        return;
    if (f != NULL && status != SV_OK)
        f->unrenewed = (struct reveal_unrenewed){status, *why};
    drop(r, i);
}

static void settle(struct agent *a, const char *name, enum sv_status status,
                   const struct sv_err *why)
{
    struct renewing *r = &a->renewing;
    for (size_t i = r->count; i > 0; i--)
        if (strcmp(r->waiting[i - 1]->name, name) == 0)
            run_again(a, i - 1, status, why);
}

void renew_forget(struct agent *a, const struct peer *p)
{
    struct renewing *r = &a->renewing;
    for (size_t i = 0; i < r->count; i++)
        if (r->waiting[i]->peer == p)
            r->waiting[i]->peer = NULL;
}

/* ---- what came ---- */

static void land(struct agent *a, size_t at, enum oauth_end end, const struct oauth_tokens *tokens,
                 const struct sv_err *words)
{
    struct renew_flight *flight = a->renewing.flights[at];
    struct sv_err err = {""};
    char name[PROFILE_NAME_MAX + 1];
    (void)snprintf(name, sizeof name, "%s", flight->renewal.name);
    enum sv_status s = vault_renewal_end(a->vault, &flight->renewal, end, tokens, words, &err);
    a->renewing.flights[at] = NULL;
    flight_free(flight);
    settle(a, name, s, &err);
}

/* Its provider was not reached, as far as anybody knows. */
static void give_up(struct agent *a, size_t at, const char *why)
{
    const struct oauth_tokens none = {0};
    struct sv_err words = {""};
    (void)sv_fail(&words, SV_UNREACHABLE, "%s", why);
    land(a, at, OAUTH_UNREACHABLE, &none, &words);
}

#define PROCESS_GONE "the process that asks for them has ended: lock and unlock the vault"

static void process_gone(struct agent *a)
{
    file_close_cleanup(&a->renewing.fd);
    a->renewing.fd = -1;
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++)
        if (a->renewing.flights[i] != NULL)
            give_up(a, i, PROCESS_GONE);
}

static void take_answer(struct agent *a, const struct renew_answer *answer)
{
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++)
        if (a->renewing.flights[i] != NULL && a->renewing.flights[i]->number == answer->number) {
            land(a, i, answer->end, &answer->tokens, &answer->words);
            return;
        }
}

/* Without room for a message its number is taken, the rest of it is lost, and nothing of it
 * waits to be heard. */
void renew_hear(struct agent *a)
{
    RENEW_ANSWER_OWNED struct renew_answer answer = {.number = 0};
    SECRET_OWNED struct secret *message = NULL;
    uint8_t head[RENEW_NUMBER_LEN] = {0};
    struct sv_err err = {""};
    enum sv_status s = secret_new(&message, RENEW_MESSAGE_MAX, &err);
    ssize_t n = recv(a->renewing.fd, s == SV_OK ? secret_poke(message) : head,
                     s == SV_OK ? RENEW_MESSAGE_MAX : sizeof head, MSG_DONTWAIT);
    if (n <= 0) {
        process_gone(a);
        return;
    }
    if (s == SV_OK) {
        secret_set_len(message, (size_t)n);
        s = renew_get_answer(&answer, message, &err);
    } else {
        answer.number = le32_get(head);
    }
    if (s != SV_OK) {
        answer.end = OAUTH_UNREACHABLE;
        answer.words = err;
    }
    take_answer(a, &answer);
}

/* Its process has died, or the answer was lost: nobody waits for ever, and the login's lock is
 * given back. */
static void land_late(struct agent *a)
{
    int64_t now = env_monotonic_ms();
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++)
        if (a->renewing.flights[i] != NULL &&
            now - a->renewing.flights[i]->since_ms >= RENEW_FLIGHT_MS)
            give_up(a, i, "the process that asks for it has not answered");
}

/* ---- the end ---- */

static bool any_flies(const struct renewing *r)
{
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++)
        if (r->flights[i] != NULL)
            return true;
    return false;
}

void renew_land_rest(struct agent *a, int sleep_fd)
{
    struct renewing *r = &a->renewing;
    int64_t now = env_monotonic_ms(), until = now + RENEW_REST_MS;
    for (; r->fd >= 0 && any_flies(r) && now < until; now = env_monotonic_ms()) {
        struct pollfd polls[] = {{.fd = r->fd, .events = POLLIN},
                                 {.fd = sleep_fd, .events = POLLIN}};
        if (poll(polls, 2, (int)(until - now)) <= 0)
            continue;
        if (polls[1].revents != 0) {
            sleep_fd = -1;
            now = env_monotonic_ms();
            until = now + RENEW_SLEEP_MS < until ? now + RENEW_SLEEP_MS : until;
        }
        if (polls[0].revents != 0)
            renew_hear(a);
    }
}

/* ---- what begins ---- */

static bool is_flying(const struct renewing *r, const char *name)
{
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++)
        if (r->flights[i] != NULL && strcmp(r->flights[i]->renewal.name, name) == 0)
            return true;
    return false;
}

static size_t free_flight(const struct renewing *r)
{
    size_t i = 0;
    while (i < RENEW_FLIGHTS_MAX && r->flights[i] != NULL)
        i++;
    return i;
}

/* Hands it to the other process; what cannot be handed out has not been reached. */
static void hand_out(struct agent *a, size_t at)
{
    SECRET_OWNED struct secret *message = NULL;
    struct renew_flight *flight = a->renewing.flights[at];
    struct sv_err err = {""};
    if (renew_put_question(&message, flight->number, &flight->renewal.grant, &err) == SV_OK &&
        send(a->renewing.fd, secret_peek(message), secret_len(message),
             MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)secret_len(message))
        return;
    give_up(a, at, err.text);
}

/* False: another process renews it, or there is no room: later. */
static bool begin(struct agent *a, const char *name)
{
    struct renewing *r = &a->renewing;
    struct sv_err err = {""};
    bool fresh = false;
    size_t at = free_flight(r);
    struct renew_flight *flight = at < RENEW_FLIGHTS_MAX ? sv_alloc(sizeof *flight) : NULL;
    if (flight == NULL)
        return false;
    memset(flight, 0, sizeof *flight);
    flight->renewal.lock_fd = -1;
    flight->number = ++r->number;
    flight->since_ms = env_monotonic_ms();
    vault_act_with(a->vault, NULL, NULL);
    enum sv_status s = vault_renewal_begin(a->vault, name, 0, &flight->renewal, &fresh, &err);
    if (s == SV_OK && !fresh) {
        r->flights[at] = flight;
        hand_out(a, at);
        return true;
    }
    flight_free(flight);
    if (s != SV_LOCKED)
        settle(a, name, s, &err);
    return s != SV_LOCKED;
}

/* Begins with the one that waited for the longest time. */
static void begin_all(struct agent *a)
{
    struct renewing *r = &a->renewing;
    int64_t now = env_monotonic_ms();
    r->again = false;
    for (size_t i = 0; i < r->count && a->batch.count < FETCH_BATCH_MAX;) {
        struct sv_err err = {""};
        size_t before = r->count;
        if (is_flying(r, r->waiting[i]->name)) {
            i++;
            continue;
        }
        char name[PROFILE_NAME_MAX + 1];
        memcpy(name, r->waiting[i]->name, sizeof name);
        if (!begin(a, name)) {
            r->again = true;
            if (now - r->since_ms[i] >= RENEW_PATIENCE_MS) {
                enum sv_status s = sv_fail(&err, SV_LOCKED,
                                           "its access token is being renewed, which takes too "
                                           "long: try again");
                run_again(a, i, s, &err);
            }
        }
        if (r->count == before)
            i++;
        else
            i = 0;
    }
}

/* Nobody begins one any more. */
static void end_all(struct agent *a)
{
    struct renewing *r = &a->renewing;
    struct sv_err words = {""};
    enum sv_status s = sv_fail(&words, SV_UNREACHABLE, PROCESS_GONE);
    while (r->count > 0 && a->batch.count < FETCH_BATCH_MAX)
        run_again(a, r->count - 1, s, &words);
}

void renew_go_on(struct agent *a)
{
    struct renewing *r = &a->renewing;
    land_late(a);
    for (size_t i = r->count; i > 0; i--)
        if (r->waiting[i - 1]->peer == NULL)
            drop(r, i - 1);
    if (r->count == 0)
        return;
    if (r->fd < 0)
        end_all(a);
    else
        begin_all(a);
    if (!fetch_tell_due(&r->told_ms))
        return;
    for (size_t i = 0; i < r->count; i++)
        fetch_tell(a, r->waiting[i]);
}

int renew_wait_ms(const struct agent *a, int wait_ms)
{
    const struct renewing *r = &a->renewing;
    int64_t now = env_monotonic_ms();
    for (size_t i = 0; i < RENEW_FLIGHTS_MAX; i++) {
        if (r->flights[i] == NULL)
            continue;
        int64_t left = r->flights[i]->since_ms + RENEW_FLIGHT_MS - now;
        wait_ms = left >= wait_ms ? wait_ms : left > 0 ? (int)left : 0;
    }
    return r->count > 0 && r->again && wait_ms > AGAIN_MS ? AGAIN_MS : wait_ms;
}
