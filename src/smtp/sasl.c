/* SPDX-License-Identifier: ISC */
#include "smtp/sasl.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"
#include "smtp/sasl_step.h"

static const struct mechanism {
    const char *name;
    bool token;  /* the secret is an access token */
    bool begins; /* with the client */
    sasl_step *step;
} mechanisms[] = {
    /* the order in which they are preferred when nothing is wanted; see `unasked` */
    {"PLAIN", false, true, sasl_step_plain},
    {"LOGIN", false, false, sasl_step_login},
    {"OAUTHBEARER", true, true, sasl_step_oauthbearer},
    {"XOAUTH2", true, true, sasl_step_xoauth2},
    {"CRAM-MD5", false, false, sasl_step_cram_md5},
    {"SCRAM-SHA-256", false, true, sasl_step_scram},
};
/* Those above that are tried unasked. Under TLS the others protect nothing more, and fail
 * with a right password wherever the server stores hashes of its own kind. */
#define UNASKED 4
#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

struct sasl {
    const struct mechanism *mechanism;
    struct sasl_state state;
};

/* ---- choosing ---- */

static const struct mechanism *find(const char *name, size_t len)
{
    for (size_t i = 0; i < MECHANISMS; i++)
        if (strlen(mechanisms[i].name) == len && strncasecmp(mechanisms[i].name, name, len) == 0)
            return &mechanisms[i];
    return NULL;
}

static bool is_offered(const char *offered, const struct mechanism *m)
{
    return text_has_word(offered, m->name, strlen(m->name));
}

const char *sasl_choose(const char *offered, const char *wanted, bool token)
{
    static const char key[] = "AUTH=";
    for (size_t i = 0; wanted[0] == '\0' && i < UNASKED; i++)
        if (mechanisms[i].token == token && is_offered(offered, &mechanisms[i]))
            return mechanisms[i].name;
    for (const char *at = wanted; *at != '\0'; at += strspn(at, ";")) {
        size_t len = strcspn(at, ";");
        const struct mechanism *m = NULL;
        if (len > sizeof(key) - 1 && strncasecmp(at, key, sizeof(key) - 1) == 0)
            m = find(at + sizeof(key) - 1, len - (sizeof(key) - 1));
        if (m != NULL && is_offered(offered, m))
            return m->name;
        at += len;
    }
    return NULL;
}

/* ---- the exchange ---- */

enum sv_status sasl_new(struct sasl **out, const char *mechanism, const struct sasl_who *who,
                        const struct secret *secret, struct sv_err *err)
{
    const struct mechanism *m = find(mechanism, strlen(mechanism));
    if (m == NULL)
        return sv_fail(err, SV_USAGE, "there is no mechanism %s here", mechanism);
    struct sasl *sasl = sv_alloc(sizeof(*sasl));
    if (sasl == NULL)
        return sv_fail_nomem(err);
    sasl->mechanism = m;
    sasl->state = (struct sasl_state){.who = *who, .secret = secret};
    *out = sasl;
    return SV_OK;
}

void sasl_free(struct sasl *sasl)
{
    if (sasl == NULL)
        return;
    secret_free(sasl->state.message);
    secret_free(sasl->state.proof);
    sv_free(sasl);
}

void sasl_free_cleanup(struct sasl **slot)
{
    sasl_free(*slot);
}

bool sasl_begins(const struct sasl *sasl)
{
    return sasl->mechanism->begins;
}

bool sasl_complete(const struct sasl *sasl)
{
    return sasl->state.complete;
}

static enum sv_status decode(const char *challenge, uint8_t *bytes, size_t capacity, size_t *len,
                             struct sv_err *err)
{
    if (sodium_base642bin(bytes, capacity, challenge, strlen(challenge), " ", len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return sv_fail(err, SV_DATA, "the server's challenge is no base64, or too long");
    bytes[*len] = '\0';
    return SV_OK;
}

static enum sv_status encode(const struct secret *plain, struct secret **out, struct sv_err *err)
{
    size_t need =
        sodium_base64_encoded_len(secret_len(plain), sodium_base64_VARIANT_ORIGINAL); /* with NUL */
    enum sv_status status = secret_new(out, need, err);
    if (status != SV_OK)
        return status;
    sodium_bin2base64((char *)secret_poke(*out), need, secret_peek(plain), secret_len(plain),
                      sodium_base64_VARIANT_ORIGINAL);
    secret_set_len(*out, need - 1);
    return SV_OK;
}

enum sv_status sasl_answer(struct sasl *sasl, const char *challenge, struct secret **response,
                           struct sv_err *err)
{
    uint8_t bytes[SASL_CHALLENGE_MAX + 1];
    size_t len = 0;
    struct sasl_state *s = &sasl->state;
    if (s->complete && !sasl->mechanism->token)
        return sv_fail(err, SV_DATA, "the server asks for more than %s has", sasl->mechanism->name);
    enum sv_status status = decode(challenge, bytes, SASL_CHALLENGE_MAX, &len, err);
    if (status != SV_OK)
        return status;
    secret_free(s->message);
    s->message = NULL;
    status = secret_new(&s->message, SASL_MESSAGE_MAX, err);
    if (status == SV_OK)
        status = sasl->mechanism->step(s, (const char *)bytes, len, err);
    s->steps++;
    return status == SV_OK ? encode(s->message, response, err) : status;
}
