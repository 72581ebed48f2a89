/* SPDX-License-Identifier: ISC */
#include "smtp/net_login.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "crypto/random.h"
#include "smtp/message.h"
#include "smtp/net_confine.h"
#include "smtp/net_link.h"
#include "smtp/net_talk.h"
#include "smtp/prison.h"
#include "smtp/sasl.h"
#include "smtp/scrub.h"
#include "smtp/smtp_wire.h"

#define STACK_USED 65536 /* by anything that is called from here, and more */
#define ANSWER_MS 1000   /* at least, for the login after a gate that took long */

struct login {
    struct smtp_target target;
    struct net_connection *connection;
    struct smtp_evidence evidence;
    struct smtp_result result;
    const char *mechanism;
    struct secret *secret;
    struct net_talk *talk;
};

static enum sv_status tell(enum wire_kind kind, const struct smtp_result *result,
                           struct sv_err *err)
{
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    enum sv_status status = wire_put_result(kind, frame, &len, result, err);
    return status == SV_OK ? net_link_write(frame, len, err) : status;
}

/* ---- the exchange ---- */

/* A server is believed only while it keeps to the rules. */
static void break_exchange(struct login *l, enum transcript_breach breach)
{
    struct transcript *t = &l->connection->transcript;
    t->authenticated = false;
    t->breach = breach;
    l->talk->fault = FAULT_REPLY;
}

static bool say_response(struct login *l, struct sasl *sasl, const char *challenge)
{
    SECRET_OWNED struct secret *response = NULL;
    if (sasl_answer(sasl, challenge, &response, NULL) != SV_OK) {
        if (net_talk_send(l->talk, "*\r\n", 3)) /* RFC 4954 section 4: it is called off */
            (void)net_talk_hear(l->talk);
        break_exchange(l, BREACH_UNPROVED);
        return false;
    }
    return net_talk_send(l->talk, secret_peek(response), secret_len(response)) &&
           net_talk_send(l->talk, "\r\n", 2);
}

/* The first response on a line of its own: only a server that goes on with the login may
 * see it, with any other the line would be a command. */
static bool say_first(struct login *l, const char *verb, const struct secret *first)
{
    if (!net_talk_ask(l->talk, verb))
        return false;
    if (l->connection->transcript.last != 334) {
        break_exchange(l, BREACH_EARLY);
        return false;
    }
    return net_talk_send(l->talk, secret_peek(first), secret_len(first)) &&
           net_talk_send(l->talk, "\r\n", 2);
}

/* With the first response on the same line where it fits there (RFC 4954 section 4). */
static bool say_auth(struct login *l, struct sasl *sasl)
{
    char verb[40];
    SECRET_OWNED struct secret *first = NULL;
    int len = snprintf(verb, sizeof(verb), "AUTH %s", l->mechanism);
    if (!sasl_begins(sasl))
        return net_talk_say(l->talk, verb);
    if (sasl_answer(sasl, "", &first, NULL) != SV_OK) {
        break_exchange(l, BREACH_UNPROVED);
        return false;
    }
    if ((size_t)len + secret_len(first) > 510 - 1)
        return say_first(l, verb, first);
    transcript_sent(&l->connection->transcript, verb, (size_t)len);
    return net_talk_send(l->talk, verb, (size_t)len) && net_talk_send(l->talk, " ", 1) &&
           net_talk_send(l->talk, secret_peek(first), secret_len(first)) &&
           net_talk_send(l->talk, "\r\n", 2);
}

static void exchange(struct login *l, struct sasl *sasl)
{
    struct transcript *t = &l->connection->transcript;
    bool goes_on = net_talk_quiet(l->talk) && say_auth(l, sasl);
    while (goes_on && net_talk_hear(l->talk) && t->last == 334)
        goes_on = say_response(l, sasl, t->challenge);
    if (l->talk->fault != FAULT_NONE)
        return;
    if (t->authenticated && !sasl_complete(sasl))
        break_exchange(l, BREACH_EARLY);
    else if (!t->authenticated)
        l->talk->fault = FAULT_LOGIN;
}

/* The secret with NUL behind it, for those whose user name it is too. */
static enum sv_status as_word(const struct secret *secret, struct secret **out, struct sv_err *err)
{
    enum sv_status status = secret_new(out, secret_len(secret) + 1, err);
    if (status == SV_OK)
        status = secret_append(*out, secret_peek(secret), secret_len(secret), err);
    return status == SV_OK ? secret_append(*out, "", 1, err) : status;
}

static enum sv_status log_in(struct login *l, struct sv_err *err)
{
    struct sasl_who who = {
        .username = l->target.username, .host = l->target.host, .port = l->target.port};
    SECRET_OWNED struct secret *word = NULL;
    SASL_OWNED struct sasl *sasl = NULL;
    enum sv_status status = as_word(l->secret, &word, err);
    if (status == SV_OK && l->target.user_is_secret)
        who.username = (const char *)secret_peek(word);
    if (status == SV_OK)
        status = sasl_new(&sasl, l->mechanism, &who, l->secret, err);
    if (status != SV_OK)
        return status;
    int64_t begun = env_monotonic_ms();
    exchange(l, sasl);
    l->result.ms_auth = (int32_t)(env_monotonic_ms() - begun);
    return SV_OK;
}

/* ---- after the login ---- */

static bool ask_address(struct login *l, const char *verb, const char *address)
{
    char line[400];
    bool ascii = true;
    for (const char *at = address; *at != '\0'; at++)
        ascii = ascii && (unsigned char)*at < 0x80;
    /* RFC 6531 section 3.4: asked for at the sender, once for both. */
    bool beyond = !ascii && verb[0] == 'M';
    snprintf(line, sizeof(line), "%s:<%s>%s", verb, address, beyond ? " SMTPUTF8" : "");
    return net_talk_ask(l->talk, line);
}

static bool send_message(struct login *l)
{
    SV_AUTOFREE char *text = sv_alloc(MESSAGE_MAX);
    char id[33];
    uint8_t random[16];
    if (text == NULL || !ask_address(l, "RCPT TO", l->target.send_to) ||
        !net_talk_ask(l->talk, "DATA"))
        return false;
    random_bytes(random, sizeof(random));
    size_t len = message_write(text, &l->target, text_hex(id, random, sizeof(random)), env_now());
    if (len == 0 || !net_talk_send(l->talk, text, len) || !net_talk_hear(l->talk))
        return false;
    if (l->connection->transcript.last >= 400)
        l->talk->fault = FAULT_REPLY;
    return l->talk->fault == FAULT_NONE;
}

static void try_mail(struct login *l)
{
    bool sends = l->target.send_to[0] != '\0';
    const char *sender = sends ? message_sender(&l->target) : l->target.from;
    if (l->talk->fault != FAULT_NONE || sender[0] == '\0')
        return;
    int64_t begun = env_monotonic_ms();
    bool taken = ask_address(l, "MAIL FROM", sender);
    if (taken && !sends)
        (void)net_talk_ask(l->talk, "RSET");
    int64_t asked = env_monotonic_ms();
    l->result.ms_sender = (int32_t)(asked - begun);
    if (!taken || !sends)
        return;
    (void)send_message(l);
    l->result.ms_send = (int32_t)(env_monotonic_ms() - asked);
}

/* ---- all together ---- */

/* The secret is asked for when it can be used: a session stands, with TLS verified and a
 * mechanism in common. */
static bool can_log_in(struct login *l)
{
    const struct smtp_target *t = &l->target;
    if (l->evidence.fault != FAULT_NONE || (t->username[0] == '\0' && !t->user_is_secret))
        return false;
    l->mechanism = sasl_choose(l->connection->offer.mechanisms, t->login_options, t->bearer);
    return l->mechanism != NULL;
}

/* No frame but the end of the link: the gate stays closed. */
static enum sv_status ask_secret(struct login *l, struct sv_err *err)
{
    SECRET_OWNED struct secret *frame = NULL;
    struct smtp_result offer = l->result;
    offer.verdict = SMTP_DOWNGRADED;
    offer.who = SMTP_BY_YOU;
    offer.phase = PHASE_AUTH;
    snprintf(offer.mechanism, sizeof(offer.mechanism), "%s", l->mechanism);
    snprintf(offer.cause, sizeof(offer.cause), "The test was stopped before the secret was sent.");
    net_confine_wait(); /* people may be asked */
    enum sv_status status = prison_close(err);
    if (status == SV_OK)
        status = tell(WIRE_OFFER, &offer, err);
    if (status == SV_OK && net_link_read(&frame, err) == SV_OK)
        status = wire_get_secret(secret_peek(frame), secret_len(frame), &l->secret, err);
    net_confine_time(l->target.total_ms);
    return status;
}

static enum sv_status use_secret(struct login *l, struct sv_err *err)
{
    enum sv_status status = log_in(l, err);
    if (status == SV_OK)
        try_mail(l);
    l->evidence.fault = l->talk->fault;
    l->evidence.now = env_now();
    return status;
}

static void withhold_secret(struct login *l)
{
    SECRET_OWNED struct secret *word = NULL;
    const char *username = l->target.username;
    if (l->secret == NULL)
        return;
    if (l->target.user_is_secret && as_word(l->secret, &word, NULL) == SV_OK)
        username = (const char *)secret_peek(word);
    if (scrub_repeats_secret(l->connection->transcript.text, username, l->secret))
        snprintf(l->result.text, sizeof(l->result.text),
                 "(withheld: the server's answer repeats the secret)");
}

/* The secret, and what the server said, which may repeat it. */
static void forget(struct login *l)
{
    secret_free(l->secret);
    l->secret = NULL;
    sodium_memzero(&l->connection->transcript, sizeof(l->connection->transcript));
    if (l->talk != NULL)
        sodium_memzero(l->talk->buffer, sizeof(l->talk->buffer));
    sodium_stackzero(STACK_USED);
}

static enum sv_status run(struct login *l, struct sv_err *err)
{
    net_connection_open(l->connection, &l->evidence);
    net_connection_tell(l->connection, &l->result);
    bool stands = l->evidence.fault == FAULT_NONE;
    int64_t waited = env_monotonic_ms();
    enum sv_status status = SV_OK;
    if (can_log_in(l))
        status = ask_secret(l, err);
    waited = env_monotonic_ms() - waited;
    if (stands && status == SV_OK) {
        int64_t left = (int64_t)l->target.total_ms - l->result.ms_total;
        l->talk =
            net_talk_new(l->connection, env_monotonic_ms() + (left > ANSWER_MS ? left : ANSWER_MS));
        status = l->talk == NULL ? sv_fail_nomem(err) : SV_OK;
    }
    if (status == SV_OK && l->secret != NULL)
        status = use_secret(l, err);
    if (status == SV_OK && (l->mechanism == NULL || l->secret != NULL)) {
        l->result.ms_total = (int32_t)(env_monotonic_ms() - l->connection->begun - waited);
        smtp_classify(&l->evidence, &l->result);
        withhold_secret(l);
        /* Before QUIT, which may wait for a server that has stopped talking. */
        status = tell(WIRE_RESULT, &l->result, err);
    }
    forget(l);
    if (l->talk != NULL)
        net_talk_quit(l->talk);
    return status;
}

enum sv_status net_login_serve(const struct secret *request, struct sv_err *err)
{
    struct login l = {.mechanism = NULL};
    enum sv_status status =
        wire_get_login(secret_peek(request), secret_len(request), &l.target, err);
    if (status != SV_OK)
        return status;
    const struct prison_needs needs = {
        .ca_file = l.target.ca_file, .ports = &l.target.port, .port_count = 1};
    net_confine_time(l.target.total_ms);
    status = prison_enter(&needs, err);
    if (status != SV_OK)
        return status;
    l.connection = net_connection_new(&l.target);
    status = l.connection == NULL ? sv_fail_nomem(err) : run(&l, err);
    net_talk_free(l.talk);
    net_connection_free(l.connection);
    secret_free(l.secret);
    return status;
}
