/* SPDX-License-Identifier: ISC */
/*
 * renew: fetches that wait for an access token (domain/vault_oauth.h). The agent reaches no
 * network, starts no program and waits for nobody; and the client, which could, shall not
 * have the refresh token: whoever is granted a login gets an access token for an hour, and
 * not the login for ever. So another process of the agent's, made before there is a key, is
 * handed one grant at a time and asks. What comes back is stored here, and then the fetches
 * that waited run again. All that want the same login wait for one renewal.
 *
 * Over a SOCK_SEQPACKET socket, one message each; numbers little-endian:
 *   question: number u32 | a grant (domain/oauth_grant.h)
 *   answer:   number u32 | end u8 | when the token ends u64 | access, refresh: u32 length,
 *             bytes | words, the same. A number and nothing more: it could not be asked
 */
#ifndef AGENT_RENEW_H
#define AGENT_RENEW_H

#include "agent/fetch.h"
#include "domain/vault_oauth.h"

#define RENEW_WAITING_MAX 256u
#define RENEW_FLIGHTS_MAX 16u /* renewals at the same time; each process that asks is one */
#define RENEW_MESSAGE_MAX 32768u
/* How long a fetch waits until its login's turn has come: another process may be at it. */
#define RENEW_PATIENCE_MS 40000
/* How long a renewal is waited for; who asks the provider gives up much sooner. */
#define RENEW_FLIGHT_MS 25000
/* And when the agent ends; less where the machine is about to sleep, which waits for the agent
 * (logind five seconds, unless it is told otherwise). */
#define RENEW_REST_MS 17000
#define RENEW_SLEEP_MS 3000
#define RENEW_NUMBER_LEN 4u /* at the head of a message */

struct renew_flight;

struct renewing {
    int fd; /* the other process; -1: there is none */
    struct fetch *waiting[RENEW_WAITING_MAX];
    int64_t since_ms[RENEW_WAITING_MAX];
    size_t count;
    struct renew_flight *flights[RENEW_FLIGHTS_MAX];
    uint32_t number; /* of the newest */
    bool again;      /* one has not begun: it just came, or another process renews it */
    int64_t told_ms;
};

void renewing_clear(struct renewing *r);

/* Puts a fetch aside until its login has a token. False: there is no room. */
bool renew_later(struct agent *a, const struct fetch *f);
/* The socket is readable: what came is stored, and who waited for it goes into the batch. */
void renew_hear(struct agent *a);
/* Begins what can begin, and tells those who wait that they still do. */
void renew_go_on(struct agent *a);
/* The vault is locked and nobody is served any more, but a grant that has left may have been
 * replaced by the provider, and then only the answer has the new one. What is on its way is
 * waited for and kept: that takes keys which its renewal has of its own, and which are wiped with
 * it. sleep_fd: as agent_options.lock_fd. What has not come in time is given up, and with it a
 * refresh token that was replaced: whoever suspends the machine at that moment may have to log in
 * anew, but nothing that opens a login sleeps with it. */
void renew_land_rest(struct agent *a, int sleep_fd);
/* The time to wait for, no longer than wait_ms. */
int renew_wait_ms(const struct agent *a, int wait_ms);
/* This client is gone. */
void renew_forget(struct agent *a, const struct peer *p);

/* ---- the codec, for both ends ---- */
struct renew_answer {
    uint32_t number;
    enum oauth_end end;
    struct oauth_tokens tokens;
    struct sv_err words;
};
void renew_answer_clear(struct renew_answer *answer);
#define RENEW_ANSWER_OWNED __attribute__((cleanup(renew_answer_clear)))
enum sv_status renew_put_answer(struct secret **out, const struct renew_answer *answer,
                                struct sv_err *err) SV_MUST_USE;
/* SV_DATA: it is none. Its number is set where there is one. */
enum sv_status renew_get_answer(struct renew_answer *out, const struct secret *message,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status renew_put_question(struct secret **out, uint32_t number,
                                  const struct oauth_grant *grant, struct sv_err *err) SV_MUST_USE;
enum sv_status renew_get_question(uint32_t *number, struct oauth_grant *grant,
                                  const struct secret *message, struct sv_err *err) SV_MUST_USE;

#endif
