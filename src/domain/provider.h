/* SPDX-License-Identifier: ISC */
/*
 * provider: what is known of mail providers. The rows stand in providers.def,
 * sorted by id, one PROVIDER row each with its servers.
 */
#ifndef DOMAIN_PROVIDER_H
#define DOMAIN_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"

struct provider_host {
    const char *host;   /* "<login>.example.com" where placeholder */
    uint16_t port;
    enum profile_tls tls;
    const char *region; /* or NULL */
    bool placeholder;
    bool unverified;
};

struct provider {
    const char *id;
    const char *name;
    const char *category;          /* free-mail, isp, transactional, hosting, business-mail, testing */
    const char *const *aliases;    /* NULL-terminated; likewise below */
    const char *const *domains;
    const struct provider_host *hosts;
    size_t host_count;
    const char *username_form;     /* email, local-part, fixed:apikey ... */
    const char *secret_kind;       /* app-password, smtp-key ... the provider's own word */
    enum profile_kind kind;        /* the same in our four words */
    const char *mechanisms;        /* "PLAIN LOGIN" or NULL */
    const char *secret_url;        /* where an app password or key is made, or NULL */
    const char *docs_url;
    const char *rotation;          /* rotation notes, or NULL */
    const char *notes;
    bool unverified;
};

extern const struct provider providers[];
extern const size_t provider_count;

/* By id or alias, ASCII case ignored; NULL when unknown. */
const struct provider *provider_find(const char *word);
/* By the domain of an address ("a@gmail.com") or a bare domain; a subdomain does
 * not match its parent. NULL when unknown. */
const struct provider *provider_of_address(const char *address);
/* The server to use first: verified, not a placeholder, implicit TLS before
 * STARTTLS (RFC 8314 section 3.3), never cleartext; region may be NULL. NULL when
 * the provider has only placeholders or cleartext. */
const struct provider_host *provider_best_host(const struct provider *p, const char *region);
/* Fills what the profile leaves unset: provider id, host, port, TLS, kind, and
 * the user name where the form is fixed ("fixed:apikey"). */
enum sv_status provider_fill(const struct provider *p, struct profile *profile,
                             struct sv_err *err) SV_MUST_USE;

/* ---- the shape of a secret, before any network is asked ---- */
struct shape_finding {
    bool changed;   /* *secret was replaced by its mended form (blanks taken out) */
    bool wrong;     /* it cannot be the right kind of secret for this provider */
    char text[400]; /* what and why and what to do; never the secret */
};
/* provider may be NULL (general rules only: leading or trailing blanks, pasted
 * quotes, placeholder words). `*secret` may be replaced. */
enum sv_status shape_check(const struct provider *provider, const char *username,
                           struct secret **secret, struct shape_finding *finding,
                           struct sv_err *err) SV_MUST_USE;

#endif
