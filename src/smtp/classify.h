/* SPDX-License-Identifier: ISC */
/*
 * classify: from what was seen to what it means. A pure function of the evidence:
 * the phase that failed, the verdict, its cause in one sentence and the command
 * that mends it. What the library calls its faults is translated by the caller,
 * so nothing here depends on libcurl.
 */
#ifndef SMTP_CLASSIFY_H
#define SMTP_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "smtp/target.h"
#include "smtp/transcript.h"

enum smtp_fault {
    FAULT_NONE,
    FAULT_RESOLVE,     /* the name has no address */
    FAULT_CONNECT,     /* no TCP connection; os_errno says why */
    FAULT_TIMEOUT,     /* whichever phase */
    FAULT_TLS,         /* handshake; detail has the library's words */
    FAULT_CERTIFICATE, /* verify has OpenSSL's X509_V_ERR number */
    FAULT_CA_FILE,     /* target->ca_file holds no certificate */
    FAULT_NO_STARTTLS,
    FAULT_REPLY,   /* an answer that SMTP does not foresee there */
    FAULT_LOGIN,   /* AUTH refused */
    FAULT_DROPPED, /* the connection ended */
    FAULT_OTHER,
    /* what classify finds itself */
    FAULT_NOT_SMTP, /* the first line was no reply */
    FAULT_FLOOD,    /* a line or a reply longer than any server's */
    FAULT_MIXED,    /* a reply whose lines differ in their code */
    FAULT_STRAY,    /* a line that is no reply, after some that were */
    FAULT_EARLY,    /* 235 before the secret was sent */
    FAULT_UNPROVED, /* a challenge that its mechanism does not know, or a wrong proof */
    FAULT_NO_LOGIN  /* a session without an answer to AUTH */
};

struct smtp_evidence {
    const struct smtp_target *target;
    const struct transcript *transcript;
    enum smtp_fault fault;
    int os_errno;
    long verify;
    bool resolved;    /* the name has an address */
    bool names_down;  /* no name server answers, so that the name may be right */
    bool connected;   /* TCP stood */
    bool tls_up;      /* a TLS handshake was completed */
    bool tls_spoken;  /* a second connection, without credentials, found that this
                         silent port begins with TLS */
    char detail[256]; /* the library's words, "" when there are none */
    int64_t now;      /* seconds since 1970, UTC */
};

/* Fills verdict, who, phase, code, enhanced, text, cause, advice and mechanism; the
 * members about times and the certificate stay as they are. */
void smtp_classify(const struct smtp_evidence *evidence, struct smtp_result *result);

#endif
