/* SPDX-License-Identifier: ISC */
/*
 * faults: what it means when a session ends without a refusal; the rows stand in
 * faults.def.
 */
#ifndef SMTP_FAULTS_H
#define SMTP_FAULTS_H

#include "smtp/classify.h"

/* What else was so, as bits. */
enum fault_when {
    WHEN_IMPLICIT = 1 << 0, /* the profile wants implicit TLS */
    WHEN_PORT_25 = 1 << 1,
    WHEN_LOOPBACK = 1 << 2,     /* the host is this machine */
    WHEN_ADDRESS = 1 << 3,      /* the host is an IP address */
    WHEN_NO_NAMES = 1 << 4,     /* no name server answers */
    WHEN_CLOCK_BEHIND = 1 << 5, /* earlier than this was written */
    WHEN_TLS_WAITS = 1 << 6,    /* a silent port that begins with TLS */
    WHEN_GREETED = 1 << 7,
    WHEN_MANGLED = 1 << 8,       /* a capability was blanked out */
    WHEN_INJECTED = 1 << 9,      /* words between STARTTLS and TLS */
    WHEN_NONE_OFFERED = 1 << 10, /* no AUTH in EHLO's answer */
    WHEN_NO_USER = 1 << 11,      /* the profile has no user name */
    WHEN_SENT = 1 << 12,         /* AUTH was sent */
    WHEN_TOKEN = 1 << 13,        /* the secret is an access token */
    WHEN_OFFERS_PASSWORD = 1 << 14,
    WHEN_OFFERS_CRAM = 1 << 15,
    WHEN_OFFERS_XOAUTH2 = 1 << 16,
    WHEN_OFFERS_OAUTHBEARER = 1 << 17,
    WHEN_OFFERS_SCRAM = 1 << 18,
    WHEN_KNOWN_HOST = 1 << 19 /* the host is from the table of providers */
};

/* X509_V_ERR numbers of OpenSSL's <openssl/x509_vfy.h>, stable since 0.9. */
enum fault_x509 {
    X509_NOT_YET_VALID = 9,
    X509_EXPIRED = 10,
    X509_SELF_SIGNED = 18,
    X509_SELF_SIGNED_CHAIN = 19,
    X509_NO_ISSUER = 20,
    X509_REVOKED = 23,
    X509_OTHER_HOST = 62,
    X509_OTHER_ADDRESS = 64
};

#define FAULT_ANY_PHASE 255

struct fault {
    enum smtp_fault kind;
    unsigned phase; /* or FAULT_ANY_PHASE */
    long number;
    unsigned when;
    const char *words;
    enum smtp_verdict verdict;
    enum smtp_actor who;
    const char *cause;
    const char *advice;
    const char *source; /* where the symptom or its meaning was read */
};

extern const struct fault faults[];
extern const size_t fault_count;

/* The first row that fits; every kind ends with one that fits all, but for NONE and
 * LOGIN, which classify tells by the transcript: NULL. */
const struct fault *fault_find(enum smtp_fault kind, enum smtp_phase phase, long number,
                               unsigned when, const char *text);

/* The bits that hold of this evidence. */
unsigned fault_when(const struct smtp_evidence *evidence);

#endif
