/* SPDX-License-Identifier: ISC */
/*
 * ports: which ports of a mail server can be reached from here, and what speaks there.
 * No login, no user name, no secret: each port is connected to over IPv4 and IPv6, all side
 * by side; where a mail server is, one session says EHLO over verified TLS and ends.
 * From what was seen ports_judge() tells a blocked port from a dead host, and names the
 * port that would do.
 */
#ifndef SMTP_PORTS_H
#define SMTP_PORTS_H

#include "smtp/target.h"

#define PORTS_MAX 16
#define PORTS_NAME_MS 5000    /* for the name servers */
#define PORTS_SPEECH_MS 12000 /* for what is behind an open port */

/* A control is no mail port: whether anything is there tells that the host lives. */
struct port_ask {
    char host[256];
    uint16_t port;
    bool control;
};

struct ports_request {
    struct port_ask asks[PORTS_MAX];
    size_t count;
    char ca_file[4096];  /* "": the system's authorities */
    uint32_t connect_ms; /* for an address to answer; 0: 4 s */
};

/* X(NAME, word): one address family of one port */
#define PORT_REACH_LIST(X)                        \
    X(NO_ADDRESS, "-")                            \
    X(OPEN, "open")                               \
    X(REFUSED, "refused") /* somebody is there */ \
    X(DROPPED, "no answer")                       \
    X(NO_ROUTE, "no route")

/* X(NAME, word): what a mail port says */
#define PORT_SPEECH_LIST(X)                                                       \
    X(NOTHING, "nothing") /* not reached, or silent in the clear and under TLS */ \
    X(STARTTLS, "starttls")                                                       \
    X(IMPLICIT, "implicit")                                                       \
    X(CLEAR, "clear")       /* SMTP without STARTTLS */                           \
    X(REJECTED, "rejected") /* SMTP that wants no session: code */                \
    X(OTHER, "other")       /* something that is no SMTP */                       \
    X(BROKEN, "broken")     /* TLS that fails before any certificate */

/* X(NAME, word): how the host's name fared */
#define PORT_NAME_LIST(X)                                                     \
    X(FOUND, "found")                                                         \
    X(UNKNOWN, "unknown")       /* the name servers say that there is none */ \
    X(UNANSWERED, "unanswered") /* no name server answered */

enum port_reach {
#define X(name, word) REACH_##name,
    PORT_REACH_LIST(X)
#undef X
};
enum port_speech {
#define X(name, word) SPEECH_##name,
    PORT_SPEECH_LIST(X)
#undef X
};
enum port_name {
#define X(name, word) NAME_##name,
    PORT_NAME_LIST(X)
#undef X
};
const char *port_reach_word(enum port_reach reach);
const char *port_speech_word(enum port_speech speech);
const char *port_name_word(enum port_name name);

struct port_seen {
    enum port_name name;
    enum port_reach v4, v6;
    enum port_speech speech;
    uint16_t code;  /* of SPEECH_REJECTED */
    int32_t verify; /* X509_V_ERR number of a certificate that was not accepted; -1: its names
                       are others; 0: accepted, or none was shown */
    int32_t ms;     /* until the first address answered; -1: none did */
};

struct ports_answer {
    struct port_seen seen[PORTS_MAX];
    size_t count;        /* as asked */
    int64_t their_clock; /* seconds since 1970 that a greeting told; 0: none did */
};

/* One look, in smtpvault-net. SV_CONFIG when the helper cannot be run, SV_MISSING when there
 * is no such CA file, SV_USAGE for a host that cannot be one. */
enum sv_status ports_probe(const char *helper, const struct ports_request *request,
                           struct ports_answer *answer, struct sv_err *err) SV_MUST_USE;

/* X(NAME, word): what is wrong, or what would do */
#define PORTS_VERDICT_LIST(X)                                                \
    X(WORKS, "works")          /* the port that was asked about does */      \
    X(ANOTHER, "another-port") /* another one does: `best` */                \
    X(BLOCKED, "blocked")      /* mail ports are, other ports answer */      \
    X(DEAD, "dead-host")       /* nothing at all answers there */            \
    X(REFUSED, "refused")      /* the host is there, a mail server is not */ \
    X(OFFLINE, "offline")      /* this machine has no way out */             \
    X(NO_NAME, "no-name")                                                    \
    X(NO_NAME_SERVER, "no-name-server")                                      \
    X(CLOCK, "clock-wrong")                                                  \
    X(CERTIFICATE, "certificate")                                            \
    X(UNWELCOME, "unwelcome") /* servers answer and want no session */       \
    X(NO_MAIL, "no-mail")     /* something answers, no TLS for mail */

enum ports_verdict {
#define X(name, word) PORTS_##name,
    PORTS_VERDICT_LIST(X)
#undef X
};
const char *ports_verdict_word(enum ports_verdict verdict);

struct ports_finding {
    enum ports_verdict verdict;
    int best; /* the ask to use; -1: none. Of CERTIFICATE: another one than the profile's, that
                 would do but for its certificate */
    enum smtp_tls best_tls;
    bool v6_broken;               /* IPv6 does not answer where IPv4 does */
    char cause[384], advice[512]; /* {name} stands for the profile: see smtp_say */
    char note[256];               /* about IPv6; "" when there is nothing to say */
};

/* A pure function of what was seen. current: the profile's port and TLS. now: this machine's
 * clock. */
void ports_judge(const struct ports_request *request, const struct ports_answer *answer,
                 const struct smtp_target *current, int64_t now, struct ports_finding *finding);

/* Frames (wire_frame.h), kinds PORTS and PORTS_SEEN. Decoding gives SV_DATA for anything but
 * exactly one frame that makes sense. */
enum sv_status ports_put_request(struct secret **frame, const struct ports_request *request,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status ports_get_request(const uint8_t *frame, size_t len, struct ports_request *request,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status ports_put_answer(uint8_t *frame, size_t *len, const struct ports_answer *answer,
                                struct sv_err *err) SV_MUST_USE;
enum sv_status ports_get_answer(const uint8_t *frame, size_t len, struct ports_answer *answer,
                                struct sv_err *err) SV_MUST_USE;

#endif
