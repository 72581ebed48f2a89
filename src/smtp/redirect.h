/* SPDX-License-Identifier: ISC */
/*
 * redirect: what a browser brings back to a port of this machine (RFC 8252 section 7.3), to
 * which everything on this machine may connect: only a request with our `state` is heard.
 */
#ifndef SMTP_REDIRECT_H
#define SMTP_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "smtp/wire_frame.h"

#define REDIRECT_REQUEST_MAX 16384 /* bytes of the browser's request, with its headers */
#define REDIRECT_CODE_MAX 4096
#define REDIRECT_STATE_MAX 64

enum redirect_seen {
    REDIRECT_NOBODY,  /* has come in time */
    REDIRECT_MORE,    /* the request has not ended */
    REDIRECT_OTHER,   /* a request for something else, as for a picture of the page */
    REDIRECT_WRONG,   /* no request, or one that is not from where the browser was sent */
    REDIRECT_CODE,    /* the provider said yes */
    REDIRECT_REFUSED, /* or why not */
};

struct redirect {
    enum redirect_seen seen;
    struct secret *code;   /* with REDIRECT_CODE */
    char error[64];        /* with REDIRECT_REFUSED: RFC 6749 section 4.1.2.1 */
    char description[384]; /* printable, or "" */
};
void redirect_clear(struct redirect *r);
#define REDIRECT_OWNED __attribute__((cleanup(redirect_clear)))

/* A request of HTTP as far as it has come; SV_OK whatever it is. */
enum sv_status redirect_read(const char *bytes, size_t len, const char *state, struct redirect *out,
                             struct sv_err *err) SV_MUST_USE;
/* The address itself, as a person copies it. */
enum sv_status redirect_read_address(const char *address, const char *state, struct redirect *out,
                                     struct sv_err *err) SV_MUST_USE;
/* Of one that is REDIRECT_WRONG: what is wrong with it, for whoever copied it. For words only:
 * what is let through is decided above. */
const char *redirect_address_fault(const char *address, const char *state);

/* ---- its frames ---- */

struct redirect_wish {
    char state[REDIRECT_STATE_MAX];
    uint16_t port; /* 0: any */
    bool both;     /* also on ::1, for a browser that is sent to "localhost" */
    uint32_t wait_ms;
};
enum sv_status redirect_put_wish(struct secret **frame, const struct redirect_wish *wish,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status redirect_get_wish(const uint8_t *frame, size_t len, struct redirect_wish *wish,
                                 struct sv_err *err) SV_MUST_USE;
/* port 0: it cannot be listened on, for the reason in words. */
struct redirect_place {
    uint16_t port;
    char words[256];
};
enum sv_status redirect_put_place(uint8_t frame[WIRE_REDIRECT_PORT_MAX], size_t *len,
                                  const struct redirect_place *place,
                                  struct sv_err *err) SV_MUST_USE;
enum sv_status redirect_get_place(const uint8_t *frame, size_t len, struct redirect_place *place,
                                  struct sv_err *err) SV_MUST_USE;
/* REDIRECT_NOBODY, REDIRECT_CODE or REDIRECT_REFUSED. */
enum sv_status redirect_put_seen(struct secret **frame, const struct redirect *seen,
                                 struct sv_err *err) SV_MUST_USE;
enum sv_status redirect_get_seen(const uint8_t *frame, size_t len, struct redirect *seen,
                                 struct sv_err *err) SV_MUST_USE;

#endif
