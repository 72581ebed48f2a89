/* SPDX-License-Identifier: ISC */
#include "base/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

/* A guarded sink is a row of secrets: a growing one would be copied, and hold
 * twice its size of locked memory, each time it grows. A chunk of a new sink fits
 * into what is left of the first arena (secret.c); a long answer gets larger ones. */
#define CHUNK_FIRST ((size_t)4000)
#define CHUNK_MOST ((size_t)256000)

struct sink {
    bool guarded;
    size_t len;
    struct blob plain;
    struct secret **chunks;
    size_t chunk_count;
    enum sv_status status;
    struct sv_err fault;
};

struct sink *sink_new(bool guarded)
{
    struct sink *s = sv_alloc(sizeof *s);
    if (s != NULL)
        s->guarded = guarded;
    return s;
}

static void sink_empty(struct sink *s)
{
    blob_clear(&s->plain);
    for (size_t i = 0; i < s->chunk_count; i++)
        secret_free(s->chunks[i]);
    sv_free(s->chunks);
    s->chunks = NULL;
    s->chunk_count = 0;
    s->len = 0;
}

void sink_free(struct sink *s)
{
    if (s == NULL)
        return;
    sink_empty(s);
    sv_free(s);
}

void sink_free_cleanup(struct sink **slot)
{
    sink_free(*slot);
}

void sink_fail(struct sink *s, enum sv_status status, const char *fmt, ...)
{
    if (s->status != SV_OK || status == SV_OK)
        return;
    char text[SV_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    s->status = sv_fail(&s->fault, status, "%s", text);
}

static enum sv_status chunk_add(struct sink *s, struct sv_err *err)
{
    size_t size = CHUNK_FIRST;
    if (s->chunk_count > 0)
        size = 2 * secret_capacity(s->chunks[s->chunk_count - 1]);
    if (size > CHUNK_MOST)
        size = CHUNK_MOST;
    struct secret **grown = sv_resize(s->chunks, (s->chunk_count + 1) * sizeof(struct secret *));
    if (grown == NULL)
        return sv_fail_nomem(err);
    s->chunks = grown;
    enum sv_status status = secret_new(&grown[s->chunk_count], size, err);
    if (status == SV_OK)
        s->chunk_count++;
    return status;
}

static enum sv_status guarded_put(struct sink *s, const uint8_t *bytes, size_t len,
                                  struct sv_err *err)
{
    while (len > 0) {
        struct secret *last = s->chunk_count > 0 ? s->chunks[s->chunk_count - 1] : NULL;
        size_t room = last != NULL ? secret_capacity(last) - secret_len(last) : 0;
        if (room == 0) {
            enum sv_status status = chunk_add(s, err);
            if (status != SV_OK)
                return status;
            continue;
        }
        size_t n = len < room ? len : room;
        enum sv_status status = secret_append(last, bytes, n, err);
        if (status != SV_OK)
            return status;
        s->len += n;
        bytes += n;
        len -= n;
    }
    return SV_OK;
}

void sink_put(struct sink *s, const void *bytes, size_t len)
{
    if (s->status != SV_OK)
        return;
    if (s->guarded) {
        s->status = guarded_put(s, bytes, len, &s->fault);
        return;
    }
    if (!blob_append(&s->plain, bytes, len))
        s->status = sv_fail_nomem(&s->fault);
    s->len = s->plain.len;
}

void sink_puts(struct sink *s, const char *text)
{
    sink_put(s, text, strlen(text));
}

void sink_printf(struct sink *s, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0) {
        sink_fail(s, SV_INTERNAL, "cannot format the answer");
        return;
    }
    if ((size_t)n < sizeof small) {
        sink_put(s, small, (size_t)n);
        return;
    }
    SV_AUTOFREE char *large = sv_alloc((size_t)n + 1);
    if (large == NULL) {
        sink_fail(s, SV_INTERNAL, "out of memory");
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(large, (size_t)n + 1, fmt, args);
    va_end(args);
    sink_put(s, large, (size_t)n);
}

void sink_put_secret(struct sink *s, const struct secret *secret)
{
    if (s->guarded)
        sink_put(s, secret_peek(secret), secret_len(secret));
    else
        sink_fail(s, SV_INTERNAL, "a secret was on its way into ordinary memory");
}

size_t sink_len(const struct sink *s)
{
    return s->len;
}

enum sv_status sink_status(const struct sink *s, struct sv_err *err)
{
    return s->status == SV_OK ? SV_OK : sv_fail(err, s->status, "%s", s->fault.text);
}

static int sink_write(const struct sink *s, int fd)
{
    if (!s->guarded)
        return file_write_all(fd, s->plain.bytes, s->plain.len);
    for (size_t i = 0; i < s->chunk_count; i++)
        if (file_write_all(fd, secret_peek(s->chunks[i]), secret_len(s->chunks[i])) != 0)
            return -1;
    return 0;
}

enum sv_status sink_release(struct sink *s, int fd, const char *what, struct sv_err *err)
{
    enum sv_status status = sink_status(s, err);
    if (status == SV_OK && sink_write(s, fd) != 0)
        status = sv_fail_errno(err, SV_IO, errno, "cannot write to %s", what);
    sink_empty(s);
    return status;
}

enum sv_status sink_to_secret(const struct sink *s, struct secret **out, struct sv_err *err)
{
    enum sv_status status = sink_status(s, err);
    if (status != SV_OK)
        return status;
    SECRET_OWNED struct secret *whole = NULL;
    status = secret_new(&whole, s->len, err);
    if (status == SV_OK && !s->guarded)
        status = secret_append(whole, s->plain.bytes, s->plain.len, err);
    for (size_t i = 0; status == SV_OK && i < s->chunk_count; i++)
        status = secret_append(whole, secret_peek(s->chunks[i]), secret_len(s->chunks[i]), err);
    if (status != SV_OK)
        return status;
    *out = whole;
    whole = NULL;
    return SV_OK;
}
