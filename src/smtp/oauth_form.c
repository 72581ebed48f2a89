/* SPDX-License-Identifier: ISC */
#include "smtp/oauth_form.h"

#include <string.h>

static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void oauth_form_encode(struct buf_writer *w, const void *bytes, size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++) {
        const char escaped[] = {'%', hex[at[i] >> 4], hex[at[i] & 15]};
        if (is_unreserved(at[i]))
            buf_put_u8(w, at[i]);
        else
            buf_put_bytes(w, escaped, sizeof(escaped));
    }
}

static void put(struct buf_writer *w, const char *name, const void *value, size_t len)
{
    if (w->len > 0 && w->at[w->len - 1] != '?')
        buf_put_u8(w, '&');
    buf_put_bytes(w, name, strlen(name));
    buf_put_u8(w, '=');
    oauth_form_encode(w, value, len);
}

void oauth_form_put(struct buf_writer *w, const char *name, const char *value)
{
    put(w, name, value, strlen(value));
}

void oauth_form_put_secret(struct buf_writer *w, const char *name, const struct secret *value)
{
    put(w, name, secret_peek(value), secret_len(value));
}
