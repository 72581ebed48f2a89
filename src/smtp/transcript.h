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
    STAGE_SENDER, /* MAIL FROM */
    STAGE_SEND,   /* RCPT TO, DATA, the message */
    STAGE_AFTER   /* RSET, NOOP, QUIT */
};

/* How a server breaks the protocol so that nothing it says can be believed. */
enum transcript_breach {
    BREACH_NONE,
    BREACH_CODES,   /* one reply with two codes (RFC 5321 section 4.2.1) */
    BREACH_LINE,    /* a line that is no reply, after some that were */
    BREACH_LENGTH,  /* more than any session has: TRANSCRIPT_BYTES_MAX and its like */
    BREACH_EARLY,   /* a reply before what it answers was said, 235 in the first place */
    BREACH_UNPROVED /* a challenge or a proof that is none (RFC 5802) */
};
#define TRANSCRIPT_BYTES_MAX 65536 /* all that a server may say up to the login's end */
#define TRANSCRIPT_LINES_MAX 1000
#define TRANSCRIPT_LINE_MAX 12288 /* RFC 4954 section 4: the longest line of an AUTH */

struct transcript {
    enum transcript_stage stage;
    bool answered;          /* the last verb has its whole reply */
    bool greeted;           /* a whole 220 came */
    bool garbage;           /* the first line is no SMTP reply */
    bool starttls_offered;  /* by the last EHLO, as are the next two */
    bool mangled;           /* an XXXX capability: a middlebox has been there */
    char offered[160];      /* "PLAIN LOGIN"; "" when no AUTH was offered */
    char capabilities[512]; /* the lines of that answer but the first, "; " between */
    bool starttls_ready;    /* 220 came to STARTTLS */
    char mechanism[24];     /* of the AUTH that was sent, "" when none was */
    bool authenticated;     /* 235 came as the answer to AUTH (RFC 4954 section 4) */
    char challenge[512];    /* the last 334's base64 */
    uint16_t code;          /* of the reply that matters: 235, or the last one up to AUTH */
    char text[1024];        /* that reply's words, its lines joined by blanks, unscrubbed */
    uint16_t last;          /* code of the last whole reply, whatever it answered */
    uint16_t open;          /* code of a reply that is not whole yet, 0: none */
    size_t lines, bytes;    /* received */
    enum transcript_breach breach;
};

/* The code of a reply line (RFC 5321 section 4.2) without its CR LF, 200 to 599; 0: it is none. */
uint16_t transcript_code(const char *line, size_t len);

/* A line the server sent, with or without CR LF. False: it cannot be SMTP, and
 * waiting for more is vain. */
bool transcript_received(struct transcript *t, const char *line, size_t len);

/* A line the client sent. Only its verb, and the mechanism behind AUTH, are
 * looked at; what follows an AUTH verb is a secret and is not read. */
void transcript_sent(struct transcript *t, const char *line, size_t len);

#endif
