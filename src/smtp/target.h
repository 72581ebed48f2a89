/* SPDX-License-Identifier: ISC */
/*
 * target: what smtp/ is told and what it answers. No vault, no key: one server,
 * one login, one verdict.
 */
#ifndef SMTP_TARGET_H
#define SMTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

#define OFFER_PINS 4
#define SMTP_SUBJECT_MAX 160
#define SMTP_TEXT_MAX 12288

enum smtp_tls { SMTP_STARTTLS = 1, SMTP_IMPLICIT = 2 }; /* cleartext is never tried */

/* login_options is libcurl's: "AUTH=PLAIN;AUTH=LOGIN", "AUTH=CRAM-MD5",
 * "AUTH=SCRAM-SHA-256", "AUTH=XOAUTH2". "" picks PLAIN or LOGIN, whichever is
 * offered; for a bearer OAUTHBEARER or XOAUTH2. Otherwise the mechanism decides
 * whether the secret is a token, and bearer says nothing. */
struct smtp_target {
    char host[256];
    uint16_t port;
    enum smtp_tls tls;
    char login_options[64];
    char username[520];
    char ca_file[4096];            /* "" for the system's authorities */
    uint32_t connect_ms, total_ms; /* 0: 8 s and 15 s */
    bool bearer;                   /* the secret is an OAuth2 access token */
    bool user_is_secret;           /* the secret is the user name too; username is "" */
    bool host_is_known;            /* the host is from the table of providers: nobody mistyped it */
    char provider[72];             /* the profile's provider id, "" when it has none: replies are
                                      read as that provider means them */
    char from[330];                /* "" or an address: after the login MAIL FROM it, then RSET */
    char send_to[330];             /* "" or an address: after the login a small message that says
                                      it is a test goes there, from `from` or else the user name */
    char subject[SMTP_SUBJECT_MAX]; /* both "", or what that message says in place of this: */
    char text[SMTP_TEXT_MAX];       /* visible ASCII; UTF-8 without controls but line feeds */
};

/* What a server showed before any secret was sent. Every text is printable UTF-8. */
struct smtp_offer {
    enum smtp_tls tls;
    char mechanisms[160]; /* "PLAIN LOGIN XOAUTH2": offered under TLS, upper case, as sent */
    char tls_version[16], tls_cipher[64];
    char issuer[256],
        names[512];    /* of the leaf: issuer; subject alternative names, blank between */
    int32_t days_left; /* the leaf's; INT32_MIN: unknown */
    uint8_t pin_count;
    uint8_t pins[OFFER_PINS][32]; /* SHA-256 of the SubjectPublicKeyInfo of the chain's certificates
                            above the leaf, nearest first; of the leaf when it is all there is */
    char capabilities[512];       /* the lines of EHLO's answer, scrubbed, "; " between */
};

/* Asked once, when the offer stands and before the secret is anywhere near the
 * network. Gives the secret, which is the asker's from then on, or stops the test
 * by any other status. */
struct smtp_gate {
    enum sv_status (*open)(void *context, const struct smtp_offer *offer, struct secret **secret,
                           struct sv_err *err);
    void *context;
};

/* X(NAME, word) */
#define SMTP_VERDICT_LIST(X)                                  \
    X(OK, "ok")                                               \
    X(NAME_NOT_FOUND, "name-not-found")                       \
    X(REFUSED, "refused")                                     \
    X(UNREACHABLE, "unreachable")                             \
    X(TIMEOUT, "timeout")                                     \
    X(PORT_BLOCKED, "port-blocked")                           \
    X(WRONG_TLS_MODE, "wrong-tls-mode")                       \
    X(STARTTLS_MISSING, "starttls-missing")                   \
    X(TLS_TOO_OLD, "tls-too-old")                             \
    X(CERTIFICATE_EXPIRED, "certificate-expired")             \
    X(CERTIFICATE_NOT_YET_VALID, "certificate-not-yet-valid") \
    X(CERTIFICATE_UNTRUSTED, "certificate-untrusted")         \
    X(CERTIFICATE_NAME_MISMATCH, "certificate-name-mismatch") \
    X(CLOCK_WRONG, "clock-wrong")                             \
    X(NOT_SMTP, "not-smtp")                                   \
    X(GREETING_REJECTED, "greeting-rejected")                 \
    X(BUSY, "busy")                                           \
    X(NO_AUTH_OFFERED, "no-auth-offered")                     \
    X(MECHANISM_UNSUPPORTED, "mechanism-unsupported")         \
    X(WRONG_SECRET, "wrong-secret")                           \
    X(WRONG_KIND_OF_SECRET, "wrong-kind-of-secret")           \
    X(DISABLED_BY_POLICY, "disabled-by-policy")               \
    X(ACCOUNT_LOCKED, "account-locked")                       \
    X(RATE_LIMITED, "rate-limited")                           \
    X(SENDER_NOT_ALLOWED, "sender-not-allowed")               \
    X(TEMPORARY, "temporary")                                 \
    X(DOWNGRADED, "downgraded")                               \
    X(PROTOCOL_ERROR, "protocol-error")

enum smtp_verdict {
#define X(name, word) SMTP_##name,
    SMTP_VERDICT_LIST(X)
#undef X
};
const char *smtp_verdict_word(enum smtp_verdict verdict);

/* Who must act before the login can work. NOBODY: time mends it, or it works.
 * X(NAME, word, title) */
#define SMTP_ACTOR_LIST(X)                                   \
    X(NOBODY, "nobody", "nobody: wait, and try again")       \
    X(YOU, "you", "you")                                     \
    X(ADMIN, "admin", "an administrator of the mail domain") \
    X(PROVIDER, "provider", "the provider, or who runs the server")

enum smtp_actor {
#define X(name, word, title) SMTP_BY_##name,
    SMTP_ACTOR_LIST(X)
#undef X
};
const char *smtp_actor_word(enum smtp_actor actor);
const char *smtp_actor_title(enum smtp_actor actor); /* for people */

enum smtp_phase {
    PHASE_RESOLVE,
    PHASE_CONNECT,
    PHASE_TLS,
    PHASE_GREETING,
    PHASE_STARTTLS,
    PHASE_AUTH,
    PHASE_SENDER, /* MAIL FROM; the login worked */
    PHASE_SEND,   /* RCPT TO, DATA, the message; the login worked */
    PHASE_DONE
};
/* resolve connect tls greeting starttls auth sender send done */
const char *smtp_phase_word(enum smtp_phase phase);

struct smtp_result {
    enum smtp_verdict verdict;
    enum smtp_actor who;   /* must act */
    enum smtp_phase phase; /* the first that failed, or PHASE_DONE */
    uint16_t code;         /* last reply code, 0: none */
    char enhanced[16];     /* "5.7.8" or "" (RFC 3463) */
    char text[512];        /* server's words, printable, scrubbed of addresses and long base64 */
    char cause[256], advice[384]; /* {name} stands for the profile: see smtp_say */
    char mechanism[24];           /* "PLAIN" or "" */
    struct smtp_offer offer;      /* as far as it was seen; days_left INT32_MIN: no certificate */
    /* -1: not reached */
    int32_t ms_resolve, ms_connect, ms_tls, ms_greeting, ms_auth, ms_sender, ms_send, ms_total;
};

/* Copies cause or advice with each {name} replaced by the profile's name, quoted
 * for a shell where it needs that. Cut at capacity - 1 bytes. Returns dst. */
char *smtp_say(char *dst, size_t capacity, const char *text, const char *name);

/* Runs the login test in smtpvault-net (helper: its path), a child process that
 * is handed this target and, once the gate has opened, this secret over a
 * socketpair, and nothing else. One login attempt; no mail but what the target
 * asks for. SV_OK whenever there is a verdict. When the gate does not open, its
 * status, and a result all the same: SMTP_DOWNGRADED at PHASE_AUTH, with the
 * offer. SV_CONFIG when the helper cannot be run, SV_MISSING when there is no such
 * CA file, SV_USAGE for a target that no server can have, SV_INTERNAL when the
 * helper died. */
enum sv_status smtp_test(const char *helper, const struct smtp_target *target,
                         const struct smtp_gate *gate, struct smtp_result *result,
                         struct sv_err *err) SV_MUST_USE;

/* The same in steps, so that many run side by side. target and gate are copied, what they
 * point to is not; helper outlives the run. */
#define SMTP_RUNS_MAX 64
struct smtp_run;
enum sv_status smtp_run_begin(struct smtp_run **out, const char *helper,
                              const struct smtp_target *target, const struct smtp_gate *gate,
                              struct sv_err *err) SV_MUST_USE;
/* Goes on as far as it can without waiting; may open the gate. True: it is over. */
bool smtp_run_step(struct smtp_run *run);
/* Waits until one of them, at most SMTP_RUNS_MAX, can go on; NULLs are passed over. */
void smtp_run_wait(struct smtp_run *const *runs, size_t count);
/* Of one that is over, as smtp_test. */
enum sv_status smtp_run_result(const struct smtp_run *run, struct smtp_result *result,
                               struct sv_err *err) SV_MUST_USE;
/* Ends one that is not over. */
void smtp_run_free(struct smtp_run *run);
void smtp_run_free_cleanup(struct smtp_run **run);
#define SMTP_RUN_OWNED __attribute__((cleanup(smtp_run_free_cleanup)))

#endif
