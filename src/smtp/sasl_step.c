/* SPDX-License-Identifier: ISC */
/* All mechanisms but SCRAM, which has sasl_scram.c. */
#include "smtp/sasl_step.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum sv_status sasl_put(struct sasl_state *s, const char *text, struct sv_err *err)
{
    return secret_append(s->message, text, strlen(text), err);
}

enum sv_status sasl_put_name(struct sasl_state *s, const char *name, struct sv_err *err)
{
    enum sv_status status = SV_OK;
    for (; status == SV_OK && *name != '\0'; name++) {
        if (*name == '=' || *name == ',')
            status = sasl_put(s, *name == '=' ? "=3D" : "=2C", err);
        else
            status = secret_append(s->message, name, 1, err);
    }
    return status;
}

static enum sv_status put_secret(struct sasl_state *s, struct sv_err *err)
{
    s->complete = true;
    return secret_append(s->message, secret_peek(s->secret), secret_len(s->secret), err);
}

enum sv_status sasl_step_plain(struct sasl_state *s, const char *challenge, size_t len,
                               struct sv_err *err)
{
    (void)challenge;
    (void)len;
    enum sv_status status = secret_append(s->message, "", 1, err);
    if (status == SV_OK) /* with its NUL */
        status = secret_append(s->message, s->who.username, strlen(s->who.username) + 1, err);
    return status == SV_OK ? put_secret(s, err) : status;
}

/* The prompts are "Username:" and "Password:", or words of the server's own: only their
 * order counts. */
enum sv_status sasl_step_login(struct sasl_state *s, const char *challenge, size_t len,
                               struct sv_err *err)
{
    (void)challenge;
    (void)len;
    return s->steps == 0 ? sasl_put(s, s->who.username, err) : put_secret(s, err);
}

enum sv_status sasl_step_cram_md5(struct sasl_state *s, const char *challenge, size_t len,
                                  struct sv_err *err)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned int mac_len = 0;
    if (len == 0)
        return sv_fail(err, SV_DATA, "the server's challenge for CRAM-MD5 is empty");
    if (HMAC(EVP_md5(), secret_peek(s->secret), (int)secret_len(s->secret),
             (const unsigned char *)challenge, len, mac, &mac_len) == NULL)
        return sv_fail(err, SV_INTERNAL, "MD5 is not to be had on this machine");
    enum sv_status status = sasl_put(s, s->who.username, err);
    if (status == SV_OK)
        status = sasl_put(s, " ", err);
    if (status == SV_OK)
        status = sasl_put(s, text_hex(hex, mac, mac_len), err);
    s->complete = status == SV_OK;
    return status;
}

/* A challenge means that the token was refused, and why. The answer to it only ends the
 * exchange: an empty one, or for OAUTHBEARER one byte (RFC 7628 section 3.2.3). */
enum sv_status sasl_step_xoauth2(struct sasl_state *s, const char *challenge, size_t len,
                                 struct sv_err *err)
{
    (void)challenge;
    (void)len;
    if (s->steps > 0) {
        s->complete = false;
        return s->steps == 1 ? SV_OK
                             : sv_fail(err, SV_DATA, "the server goes on after its refusal");
    }
    enum sv_status status = sasl_put(s, "user=", err);
    if (status == SV_OK)
        status = sasl_put(s, s->who.username, err);
    if (status == SV_OK)
        status = sasl_put(s, "\001auth=Bearer ", err);
    if (status == SV_OK)
        status = put_secret(s, err);
    return status == SV_OK ? sasl_put(s, "\001\001", err) : status;
}

enum sv_status sasl_step_oauthbearer(struct sasl_state *s, const char *challenge, size_t len,
                                     struct sv_err *err)
{
    char place[300];
    (void)challenge;
    (void)len;
    if (s->steps > 0) {
        s->complete = false;
        return s->steps == 1 ? sasl_put(s, "\001", err)
                             : sv_fail(err, SV_DATA, "the server goes on after its refusal");
    }
    snprintf(place, sizeof(place), ",\001host=%s\001port=%u\001auth=Bearer ", s->who.host,
             (unsigned)s->who.port);
    enum sv_status status = sasl_put(s, "n,a=", err);
    if (status == SV_OK)
        status = sasl_put_name(s, s->who.username, err);
    if (status == SV_OK)
        status = sasl_put(s, place, err);
    if (status == SV_OK)
        status = put_secret(s, err);
    return status == SV_OK ? sasl_put(s, "\001\001", err) : status;
}
