/* SPDX-License-Identifier: ISC */
/*
 * transcript: what a session of RFC 5321 has shown so far, from the lines that
 * the server sent and the verbs that the client sent. It is how a login is
 * known to have happened: libcurl calls a session without AUTH a success, a
 * transcript does not.
 */
#ifndef SMTP_TRANSCRIPT_H
#define SMTP_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transcript_stage {
    STAGE_GREETING, /* nothing was sent yet */
    STAGE_EHLO,
    STAGE_STARTTLS,
    STAGE_AUTH,
    STAGE_AFTER /* NOOP, QUIT */
};

struct transcript {
    enum transcript_stage stage;
    bool answered;         /* the last verb has its whole reply */
    bool greeted;          /* a whole 220 came */
    bool garbage;          /* the first line is no SMTP reply */
    bool starttls_offered; /* by the last EHLO, as are the next two */
    bool mangled;          /* an XXXX capability: a middlebox has been there */
    char offered[160];     /* "PLAIN LOGIN"; "" when no AUTH was offered */
    bool starttls_ready;   /* 220 came to STARTTLS */
    char mechanism[24];    /* of the AUTH that was sent, "" when none was */
    bool authenticated;    /* 235 came as the answer to AUTH (RFC 4954 section 4) */
    char challenge[512];   /* the last 334's base64 */
    uint16_t code;         /* of the reply that matters: 235, or the last one up to AUTH */
    char text[1024];       /* that reply's words, its lines joined by blanks, unscrubbed */
};

/* A line the server sent, with or without CR LF. False: it cannot be SMTP, and
 * waiting for more is vain. */
bool transcript_received(struct transcript *t, const char *line, size_t len);

/* A line the client sent. Only its verb, and the mechanism behind AUTH, are
 * looked at; what follows an AUTH verb is a secret and is not read. */
void transcript_sent(struct transcript *t, const char *line, size_t len);

#endif
