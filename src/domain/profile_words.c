/* SPDX-License-Identifier: ISC */
/* profile_words: a profile's enums and its server as people and other programs spell them. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"
#include "domain/profile.h"

/* Indexed by enum; NULL where a value has no word. */
static const char *const tls_words[] = {
    [TLS_STARTTLS] = "starttls", [TLS_IMPLICIT] = "implicit", [TLS_NONE] = "none"};

static const char *const auth_words[] = {[AUTH_AUTO] = "auto",
                                         [AUTH_PLAIN] = "plain",
                                         [AUTH_LOGIN] = "login",
                                         [AUTH_CRAM_MD5] = "cram-md5",
                                         [AUTH_SCRAM_SHA_256] = "scram-sha-256",
                                         [AUTH_XOAUTH2] = "xoauth2",
                                         [AUTH_OAUTHBEARER] = "oauthbearer"};

static const char *const kind_words[] = {[KIND_PASSWORD] = "password",
                                         [KIND_APP_PASSWORD] = "app-password",
                                         [KIND_API_KEY] = "api-key",
                                         [KIND_OAUTH2] = "oauth2",
                                         [KIND_IAM_SECRET] = "iam-secret"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *word_of(const char *const *words, size_t count, size_t value)
{
    return value < count && words[value] ? words[value] : "";
}

/* The index of word, or -1. */
static int word_find(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] && text_equal_nocase(words[i], word))
            return (int)i;
    return -1;
}

const char *profile_tls_word(enum profile_tls tls)
{
    return word_of(tls_words, COUNT(tls_words), tls);
}

const char *profile_tls_title(enum profile_tls tls)
{
    return tls == TLS_IMPLICIT ? "implicit TLS" : tls == TLS_STARTTLS ? "STARTTLS" : "no TLS";
}

const char *profile_auth_word(enum profile_auth auth)
{
    return word_of(auth_words, COUNT(auth_words), auth);
}

const char *profile_kind_word(enum profile_kind kind)
{
    return word_of(kind_words, COUNT(kind_words), kind);
}

bool profile_tls_parse(const char *word, enum profile_tls *out)
{
    int found = word_find(tls_words, COUNT(tls_words), word);
    if (found < 0)
        return false;
    *out = (enum profile_tls)found;
    return true;
}

bool profile_auth_parse(const char *word, enum profile_auth *out)
{
    int found = word_find(auth_words, COUNT(auth_words), word);
    if (found < 0)
        return false;
    *out = (enum profile_auth)found;
    return true;
}

bool profile_kind_parse(const char *word, enum profile_kind *out)
{
    int found = word_find(kind_words, COUNT(kind_words), word);
    if (found < 0)
        return false;
    *out = (enum profile_kind)found;
    return true;
}

/* ---- its server ---- */

bool profile_is_mail(const struct profile *p)
{
    return p->protocol == NULL;
}

char *profile_server(char dst[PROFILE_SERVER_MAX], const struct profile *p)
{
    char port[8] = "";
    if (profile_is_mail(p) || p->port != 0)
        (void)snprintf(port, sizeof port, ":%" PRIu16, p->port);
    (void)snprintf(dst, PROFILE_SERVER_MAX, "%s%s%s%s%s%s", profile_is_mail(p) ? "" : p->protocol,
                   profile_is_mail(p) ? "" : "://", p->host != NULL ? p->host : "", port,
                   p->path != NULL && p->path[0] != '/' ? "/" : "", p->path != NULL ? p->path : "");
    return dst;
}
