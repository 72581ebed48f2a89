/* SPDX-License-Identifier: ISC */
/*
 * An ordinary login, and what a format makes of it.
 */
#ifndef UNIT_FORMAT_FIXTURE_H
#define UNIT_FORMAT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tool/format.h"

static inline struct profile ordinary(void)
{
    return (struct profile){.name = (char *)"work",
                            .host = (char *)"smtp.example.com",
                            .port = 587,
                            .tls = TLS_STARTTLS,
                            .auth = AUTH_AUTO,
                            .username = (char *)"me@example.com",
                            .from = (char *)"me@example.com"};
}

struct answer {
    enum sv_status status;
    struct sv_err err;
    char text[16384];
    size_t len;
};

static inline struct answer *answer_many(const char *format, const struct format_input *in,
                                         size_t count)
{
    static struct answer a;
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *whole = NULL;
    const struct format *f = format_find(format);

    memset(&a, 0, sizeof(a));
    assert_non_null(f);
    assert_non_null(out);
    a.status = format_write(f, out, in, count, &a.err);
    if (a.status == SV_OK) {
        assert_int_equal(sink_to_secret(out, &whole, NULL), SV_OK);
        a.len = secret_len(whole);
        assert_true(a.len < sizeof(a.text));
        memcpy(a.text, secret_peek(whole), a.len);
    }
    return &a;
}

static inline struct answer *answer(const char *format, const struct profile *p, const void *secret,
                                    size_t len)
{
    SECRET_OWNED struct secret *s = NULL;

    if (secret) {
        assert_int_equal(secret_copy(&s, secret, len, NULL), SV_OK);
    }
    struct format_input in = {.profile = p, .secret = s, .program = "smtpvault"};
    return answer_many(format, &in, 1);
}

#endif
