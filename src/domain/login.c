/* SPDX-License-Identifier: ISC */
#include "domain/login.h"

#include <string.h>

#include "base/alloc.h"
#include "domain/provider.h"
#include "domain/ses.h"

bool login_user_is_secret(const struct profile *p)
{
    if (p->username != NULL && p->username[0] != '\0')
        return false;
    const struct provider *provider = provider_named(p);
    return provider != NULL && strcmp(provider->username_form, "same-as-secret") == 0;
}

bool login_is_oauth(const struct profile *p)
{
    return p->auth == AUTH_XOAUTH2 || p->auth == AUTH_OAUTHBEARER;
}

bool login_by_token(const struct profile *p)
{
    return p->kind == KIND_OAUTH2 || login_is_oauth(p);
}

enum smtp_tls login_tls(const struct profile *p)
{
    return p->tls == TLS_IMPLICIT ? SMTP_IMPLICIT : SMTP_STARTTLS;
}

enum profile_tls login_profile_tls(enum smtp_tls tls)
{
    return tls == SMTP_IMPLICIT ? TLS_IMPLICIT : TLS_STARTTLS;
}

enum sv_status login_shown(struct profile *p, struct secret **secret, struct sv_err *err)
{
    enum sv_status s = ses_login_secret(p, secret, err);

    if (s != SV_OK || !login_user_is_secret(p) ||
        secret_len(*secret) > profile_field("username")->limit)
        return s;
    sv_free(p->username);
    p->username = sv_strndup((const char *)secret_peek(*secret), secret_len(*secret));
    return p->username != NULL ? SV_OK : sv_fail_nomem(err);
}

void login_hide_user(struct profile *p, const struct secret *secret)
{
    if (p->username == NULL || strlen(p->username) != secret_len(secret) ||
        memcmp(p->username, secret_peek(secret), secret_len(secret)) != 0)
        return;
    explicit_bzero(p->username, strlen(p->username));
    sv_free(p->username);
    p->username = NULL;
}
