/* SPDX-License-Identifier: ISC */
#include "smtp/classify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "smtp/replies.h"
#include "smtp/say.h"
#include "smtp/scrub.h"

/* 2026-11-01: no clock that is right shows a time before this was written. */
#define CLOCK_FLOOR INT64_C(1793491200)

/* X509_V_ERR numbers of OpenSSL's <openssl/x509_vfy.h>, stable since 0.9. */
enum { VERIFY_NOT_YET_VALID = 9, VERIFY_EXPIRED = 10, VERIFY_NO_ISSUER = 20 };

/* ---- which phase ---- */

static enum smtp_phase phase_of(const struct smtp_evidence *e)
{
    const struct transcript *t = e->transcript;
    bool implicit = e->target->tls == SMTP_IMPLICIT;
    if (t->authenticated)
        return PHASE_DONE;
    if (e->fault == FAULT_MECHANISM)
        return PHASE_AUTH;
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
    case STAGE_AUTH:
    case STAGE_AFTER:
        break;
    }
    return PHASE_AUTH;
}

/* ---- up to the connection ---- */

static void classify_resolve(const struct smtp_evidence *e, struct smtp_result *r)
{
    say(e, r, SMTP_NAME_NOT_FOUND,
        "The server's name has no address: it is mistyped, or name lookup does not work here.",
        "If other names can be looked up, mend this one: smtpvault edit {name} --host HOST "
        "(smtpvault providers lists the usual ones).");
}

static void classify_connect(const struct smtp_evidence *e, struct smtp_result *r)
{
    if (e->os_errno == ECONNREFUSED) {
        say(e, r, SMTP_REFUSED,
            "The host is there, but nothing listens on port {port}, or a firewall refuses it.",
            "Try the other submission port: {other}");
        return;
    }
    say(e, r, SMTP_UNREACHABLE, "There is no way through the network to this server.",
        "Check this machine's network and VPN; if others can reach the server, its IPv6 or IPv4 "
        "address may be the one that does not work from here.");
}

static void classify_connect_timeout(const struct smtp_evidence *e, struct smtp_result *r)
{
    if (!e->resolved) {
        say(e, r, SMTP_TIMEOUT, "Name lookup did not answer in time.",
            "Check this machine's name servers (/etc/resolv.conf), then try again.");
        return;
    }
    if (e->target->port == 25) {
        say(e, r, SMTP_PORT_BLOCKED,
            "Nothing answers on port 25, which nearly all access and cloud providers block; it is "
            "for mail between servers.",
            "Use the submission port: smtpvault edit {name} --tls implicit --port 465");
        return;
    }
    say(e, r, SMTP_TIMEOUT,
        "Nothing answers on port {port}: a firewall (of this network, or the cloud provider's) "
        "drops it, or the host is down.",
        "Try the other submission port, or 2525 where the provider has it: {other}");
}

/* ---- TLS ---- */

static bool detail_has(const struct smtp_evidence *e, const char *words)
{
    return strcasestr(e->detail, words) != NULL;
}

static void say_starttls(const struct smtp_evidence *e, struct smtp_result *r)
{
    say(e, r, SMTP_WRONG_TLS_MODE,
        "The server on port {port} does not begin with TLS: it speaks in the clear first and "
        "expects STARTTLS.",
        "smtpvault edit {name} --tls starttls");
}

static void classify_tls(const struct smtp_evidence *e, struct smtp_result *r)
{
    bool implicit = e->target->tls == SMTP_IMPLICIT;
    if (implicit && (detail_has(e, "wrong version number") || detail_has(e, "packet length") ||
                     detail_has(e, "http request") || detail_has(e, "unexpected TLS packet"))) {
        say_starttls(e, r);
        return;
    }
    if (detail_has(e, "unsupported protocol") || detail_has(e, "protocol version") ||
        detail_has(e, "legacy sigalg") || detail_has(e, "dh key too small") ||
        detail_has(e, "inappropriate fallback")) {
        say(e, r, SMTP_TLS_TOO_OLD,
            "The server speaks TLS 1.0 or 1.1 only, which RFC 8997 has retired.",
            "Ask the provider for a server with TLS 1.2 or newer, or look for one in smtpvault "
            "providers.");
        return;
    }
    say(e, r, SMTP_PROTOCOL_ERROR, "The TLS handshake failed before any certificate was judged.",
        "Something between here and the server may be rewriting the traffic; try from another "
        "network, or the other submission port.");
}

static void classify_name_mismatch(const struct smtp_evidence *e, struct smtp_result *r)
{
    say(e, r, SMTP_CERTIFICATE_NAME_MISMATCH,
        "The server's certificate is for other names than the one in this profile.",
        "Use the name the provider gives for this server, an alias will not do: smtpvault edit "
        "{name} --host HOST");
}

static void classify_certificate(const struct smtp_evidence *e, struct smtp_result *r)
{
    bool dated = e->verify == VERIFY_EXPIRED || e->verify == VERIFY_NOT_YET_VALID;
    if (dated && e->now < CLOCK_FLOOR) {
        say(e, r, SMTP_CLOCK_WRONG,
            "This machine's clock is behind, so no certificate can be judged.",
            "Set the clock (timedatectl set-ntp true), then try again.");
        return;
    }
    if (e->verify == VERIFY_EXPIRED) {
        say(e, r, SMTP_CERTIFICATE_EXPIRED, "The server's certificate has expired.",
            "The server's operator must renew it; nothing was sent. If the date here is wrong, set "
            "the clock first.");
        return;
    }
    if (e->verify == VERIFY_NOT_YET_VALID) {
        say(e, r, SMTP_CERTIFICATE_NOT_YET_VALID, "The server's certificate is not valid yet.",
            "Check this machine's clock first (timedatectl); else the server's operator put it in "
            "place too early.");
        return;
    }
    if (detail_has(e, "subject name") || detail_has(e, "hostname mismatch") ||
        detail_has(e, "IP address mismatch")) {
        classify_name_mismatch(e, r);
        return;
    }
    say(e, r, SMTP_CERTIFICATE_UNTRUSTED,
        e->verify == VERIFY_NO_ISSUER
            ? "No authority trusted here signed the server's certificate, or the server does not "
              "send its chain."
            : "The server's certificate is signed by itself or by an authority not trusted here: a "
              "private server, or something that inspects TLS.",
        "If the server is yours, name its authority: smtpvault test {name} --ca-file FILE. Else "
        "update ca-certificates and ask the operator; nothing was sent.");
}

/* ---- the session ---- */

static void classify_garbage(const struct smtp_evidence *e, struct smtp_result *r)
{
    static const struct {
        const char *begin, *cause;
    } others[] = {
        {"* ", "On port {port} answers an IMAP server."},
        {"+OK", "On port {port} answers a POP3 server."},
        {"SSH-", "On port {port} answers an SSH server."},
        {"HTTP/", "On port {port} answers a web server."},
        {"", "What answers on port {port} is no mail server."},
    };
    size_t i = 0;
    while (!text_starts_with(e->transcript->text, others[i].begin))
        i++;
    say(e, r, SMTP_NOT_SMTP, others[i].cause, "Set the submission server's port: {other}");
}

static void classify_greeting(const struct smtp_evidence *e, struct smtp_result *r)
{
    uint16_t code = e->transcript->code;
    if (code >= 400 && code < 500) {
        say(e, r, SMTP_BUSY, "The server takes no session at the moment: overload or a limit.",
            "Try again in a few minutes.");
        return;
    }
    if (code >= 500) {
        say(e, r, SMTP_GREETING_REJECTED,
            "The server does not want connections from this network (RFC 5321 section 3.1), or "
            "this is a server for incoming mail.",
            "Check that it is the submission server (smtpvault edit {name} --host HOST); a VPN or "
            "another network may be let in.");
        return;
    }
    say(e, r, SMTP_GREETING_REJECTED, "The server closed the connection without a greeting.",
        "It may not serve this network, or not be a mail server: check host and port.");
}

static void classify_starttls(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    if (t->starttls_offered && t->code >= 400 && t->code < 500) {
        say(e, r, SMTP_TEMPORARY,
            "The server has no TLS at the moment (RFC 3207); nothing was sent.",
            "Try again in a few minutes.");
        return;
    }
    if (t->mangled) {
        say(e, r, SMTP_DOWNGRADED,
            "Something on the way blanks out what the server offers, STARTTLS with it (antivirus, "
            "firewall inspection); nothing was sent.",
            "Use implicit TLS, which cannot be stripped: smtpvault edit {name} --tls implicit "
            "--port 465");
        return;
    }
    say(e, r, SMTP_STARTTLS_MISSING,
        "The server offers no encryption on this port, or something on the way takes the offer "
        "out; nothing was sent.",
        "Use implicit TLS: smtpvault edit {name} --tls implicit --port 465");
}

static void classify_silence(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    if (t->stage == STAGE_GREETING && !t->greeted && e->tls_spoken) {
        say(e, r, SMTP_WRONG_TLS_MODE,
            "The server on port {port} waits for TLS to begin at once, this profile for a greeting "
            "in the clear.",
            "smtpvault edit {name} --tls implicit");
        return;
    }
    if (t->stage == STAGE_GREETING) {
        say(e, r, SMTP_TIMEOUT,
            "Connections are taken on port {port}, but nothing is said: no mail server, or one "
            "that lets strangers wait.",
            "Try the other submission port: {other}");
        return;
    }
    say(e, r, SMTP_TIMEOUT, "The server stopped answering in the middle of the session.",
        "Try again later; if it stays so, try another network.");
}

static void classify_dropped(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    if (r->phase == PHASE_TLS) {
        classify_tls(e, r);
        return;
    }
    if (t->stage == STAGE_GREETING) {
        classify_greeting(e, r);
        return;
    }
    if (t->stage == STAGE_AUTH && t->code >= 400) {
        classify_refusal(e, r);
        return;
    }
    say(e, r, SMTP_PROTOCOL_ERROR, "The server ended the connection in the middle of the session.",
        "Try again in a few minutes; if it stays so, try the other submission port.");
}

static void classify_reply(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    if (t->stage == STAGE_GREETING) {
        classify_greeting(e, r);
    } else if (t->code == 421) {
        say(e, r, SMTP_BUSY, "The server closes the session: overload, maintenance, or a limit.",
            "Try again in a few minutes.");
    } else if (t->stage == STAGE_AUTH) {
        classify_refusal(e, r);
    } else if (t->starttls_ready && !e->tls_up) {
        say(e, r, SMTP_DOWNGRADED,
            "Somebody put words into the session before TLS began; nothing was sent.",
            "Do not use this network for mail. Implicit TLS leaves no room for that: smtpvault "
            "edit "
            "{name} --tls implicit --port 465");
    } else {
        say(e, r, SMTP_PROTOCOL_ERROR, "The server refused a step that every session begins with.",
            "The server's words say more; check that this is the submission server.");
    }
}

static void classify_mechanism(const struct smtp_evidence *e, struct smtp_result *r)
{
    say(e, r, SMTP_MECHANISM_UNSUPPORTED,
        "The libcurl on this machine cannot do this mechanism (SCRAM needs one built with GNU "
        "SASL); that says nothing about the server, which was not asked.",
        "Programs that know it (msmtp) can use the profile all the same. To test the login: "
        "smtpvault edit {name} --auth plain, which is safe under TLS.");
}

/* ---- all together ---- */

static void show_text(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    bool refused = t->code >= 400 || t->garbage || t->authenticated;
    if (t->code != 0)
        r->code = t->code;
    if (refused) {
        reply_enhanced(r->enhanced, t->text);
        scrub_text(r->text, sizeof(r->text), t->text, e->target->username);
    } else if (e->fault == FAULT_TLS || e->fault == FAULT_CERTIFICATE || e->fault == FAULT_OTHER) {
        text_printable(r->text, sizeof(r->text), e->detail, strlen(e->detail));
    }
}

static void classify_fault(const struct smtp_evidence *e, struct smtp_result *r)
{
    switch (e->fault) {
    case FAULT_NONE:
        classify_no_login(e, r);
        break;
    case FAULT_RESOLVE:
        classify_resolve(e, r);
        break;
    case FAULT_CONNECT:
        classify_connect(e, r);
        break;
    case FAULT_TIMEOUT:
        if (e->connected)
            classify_silence(e, r);
        else
            classify_connect_timeout(e, r);
        break;
    case FAULT_TLS:
        classify_tls(e, r);
        break;
    case FAULT_CERTIFICATE:
        classify_certificate(e, r);
        break;
    case FAULT_CA_FILE:
        say(e, r, SMTP_CERTIFICATE_UNTRUSTED, "The CA file holds no certificate that can be read.",
            "Give a PEM file: smtpvault test {name} --ca-file FILE");
        break;
    case FAULT_NO_STARTTLS:
        classify_starttls(e, r);
        break;
    case FAULT_REPLY:
        classify_reply(e, r);
        break;
    case FAULT_LOGIN:
        classify_refusal(e, r);
        break;
    case FAULT_MECHANISM:
        classify_mechanism(e, r);
        break;
    case FAULT_DROPPED:
        classify_dropped(e, r);
        break;
    case FAULT_OTHER:
        say(e, r, SMTP_PROTOCOL_ERROR, "The session failed in a way that has no name here.",
            "The words of the library say more; try again, and from another network.");
        break;
    }
}

void smtp_classify(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    r->phase = phase_of(e);
    r->code = 0;
    r->enhanced[0] = r->text[0] = r->cause[0] = r->advice[0] = '\0';
    snprintf(r->mechanism, sizeof(r->mechanism), "%s", t->mechanism);
    show_text(e, r);
    if (t->authenticated)
        say(e, r, SMTP_OK, "", "");
    else if (t->garbage)
        classify_garbage(e, r);
    else
        classify_fault(e, r);
}
