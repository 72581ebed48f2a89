/* SPDX-License-Identifier: ISC */
#include "smtp/classify.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "smtp/faults.h"
#include "smtp/replies.h"
#include "smtp/say.h"
#include "smtp/scrub.h"

/* ---- which phase ---- */

/* All that was asked for. What follows the login does not tell of it, but for mail. */
static bool works(const struct smtp_evidence *e)
{
    const struct transcript *t = e->transcript;
    bool mail = t->stage == STAGE_SENDER || t->stage == STAGE_SEND;
    return t->authenticated && (e->fault == FAULT_NONE || !mail);
}

static enum smtp_phase phase_of(const struct smtp_evidence *e)
{
    const struct transcript *t = e->transcript;
    bool implicit = e->target->tls == SMTP_IMPLICIT;
    if (works(e))
        return PHASE_DONE;
    if (!e->resolved)
        return PHASE_RESOLVE;
    if (!e->connected)
        return PHASE_CONNECT;
    if (e->fault == FAULT_CA_FILE || e->fault == FAULT_CERTIFICATE || (implicit && !e->tls_up))
        return PHASE_TLS;
    switch (t->stage) {
    case STAGE_GREETING:
        return PHASE_GREETING;
    case STAGE_EHLO:
        if (e->fault == FAULT_NO_STARTTLS)
            return PHASE_STARTTLS;
        return e->fault == FAULT_LOGIN || e->fault == FAULT_NONE ? PHASE_AUTH : PHASE_GREETING;
    case STAGE_STARTTLS:
        return t->starttls_ready && !e->tls_up ? PHASE_TLS : PHASE_STARTTLS;
    case STAGE_SENDER:
        return PHASE_SENDER;
    case STAGE_SEND:
        return PHASE_SEND;
    case STAGE_AUTH:
    case STAGE_AFTER:
        break;
    }
    return PHASE_AUTH;
}

/* ---- the server's words ---- */

/* The server's reason for refusing a token, in JSON in base64 (RFC 7628 section
 * 3.2.2, and XOAUTH2 likewise). False: there is none to read. */
static bool read_challenge(const struct transcript *t, char *json, size_t capacity)
{
    size_t len = 0;
    if (sodium_base642bin((unsigned char *)json, capacity - 1, t->challenge, strlen(t->challenge),
                          " ", &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    json[len] = '\0';
    return json[0] == '{' && strlen(json) == len;
}

static bool has_challenge(const struct smtp_evidence *e)
{
    return e->target->bearer && e->transcript->challenge[0] != '\0';
}

static void show_text(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    char json[sizeof(t->challenge)];
    bool refused = t->code >= 400 || t->garbage || t->authenticated;
    if (t->code != 0)
        r->code = t->code;
    if (refused) {
        reply_enhanced(r->enhanced, t->text);
        scrub_text(r->text, sizeof(r->text), t->text, e->target->username);
    } else if (e->fault == FAULT_TLS || e->fault == FAULT_CERTIFICATE || e->fault == FAULT_OTHER) {
        r->code = 0; /* these words are not the server's */
        text_printable(r->text, sizeof(r->text), e->detail, strlen(e->detail));
    }
    if (!t->authenticated && has_challenge(e) && read_challenge(t, json, sizeof(json)))
        scrub_text(r->text, sizeof(r->text), json, "");
}

/* ---- a refusal ---- */

/* Faults under which the last reply is what ended the session. */
static bool reply_decides(enum smtp_fault fault)
{
    switch (fault) {
    case FAULT_NONE:
    case FAULT_TIMEOUT:
    case FAULT_NO_STARTTLS:
    case FAULT_REPLY:
    case FAULT_LOGIN:
    case FAULT_DROPPED:
    case FAULT_OTHER:
        return true;
    default:
        return false;
    }
}

static enum reply_at answered(const struct smtp_evidence *e)
{
    switch (e->transcript->stage) {
    case STAGE_GREETING:
        return AT_GREETING;
    case STAGE_EHLO:
        return AT_EHLO;
    case STAGE_STARTTLS:
        return AT_STARTTLS;
    case STAGE_SENDER:
        return AT_SENDER;
    case STAGE_SEND:
        return AT_SEND;
    case STAGE_AUTH:
    case STAGE_AFTER:
        break;
    }
    return e->target->bearer ? AT_TOKEN : AT_PASSWORD;
}

static const struct reply *find_reply(const struct smtp_evidence *e, const struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    char json[sizeof(t->challenge)], text[sizeof(t->text) + sizeof(json)];
    bool reason = has_challenge(e) && read_challenge(t, json, sizeof(json));
    if (!reply_decides(e->fault))
        return NULL;
    snprintf(text, sizeof(text), "%s%s%s", t->text, reason ? " " : "", reason ? json : "");
    return reply_find(e->target, answered(e), t->code, r->enhanced, text);
}

/* ---- all together ---- */

static const enum smtp_fault breaches[] = {[BREACH_CODES] = FAULT_MIXED,
                                           [BREACH_LINE] = FAULT_STRAY,
                                           [BREACH_LENGTH] = FAULT_FLOOD,
                                           [BREACH_EARLY] = FAULT_EARLY,
                                           [BREACH_UNPROVED] = FAULT_UNPROVED};

static const struct fault *find_fault(const struct smtp_evidence *e, enum smtp_phase phase)
{
    const struct transcript *t = e->transcript;
    unsigned when = fault_when(e);
    enum smtp_fault kind = e->fault;
    if (t->garbage)
        kind = FAULT_NOT_SMTP;
    else if (t->breach != BREACH_NONE)
        kind = breaches[t->breach];
    else if (kind == FAULT_NONE || kind == FAULT_LOGIN)
        kind = FAULT_NO_LOGIN;
    else if (kind == FAULT_DROPPED && phase == PHASE_TLS)
        kind = FAULT_TLS;
    long number = kind == FAULT_CERTIFICATE ? e->verify : e->os_errno;
    return fault_find(kind, phase, number, when, t->garbage ? t->text : e->detail);
}

void smtp_classify(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    r->phase = phase_of(e);
    r->code = 0;
    r->enhanced[0] = r->text[0] = r->cause[0] = r->advice[0] = '\0';
    snprintf(r->mechanism, sizeof(r->mechanism), "%s", t->mechanism);
    show_text(e, r);
    if (works(e)) {
        say(e, r, SMTP_OK, SMTP_BY_NOBODY, "", "");
        return;
    }
    const struct reply *reply = t->garbage || t->breach != BREACH_NONE ? NULL : find_reply(e, r);
    if (reply != NULL) {
        say(e, r, reply->verdict, reply->who, reply->cause, reply->advice);
        return;
    }
    const struct fault *fault = find_fault(e, r->phase);
    say(e, r, fault->verdict, fault->who, fault->cause, fault->advice);
}
