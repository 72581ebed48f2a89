/* SPDX-License-Identifier: ISC */
/*
 * provider: what is known of mail providers. The rows stand in providers.def,
 * sorted by id, one PROVIDER row each with its servers. All of it is constant
 * data: nothing is read or built at start. Rows of the user's own stand beside
 * them, or in their place, once they are asked for: provider_own.h.
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
    const char *host; /* "<login>.example.com" where placeholder */
    uint16_t port;
    enum profile_tls tls;
    const char *region; /* "eu", "us-east-1" ..., or NULL */
    const char *stream; /* "transactional", "broadcast" ..., or NULL */
    bool placeholder;
    bool unverified;
};

/* Where an OAuth2 token comes from. The client id is always the user's own. */
struct provider_oauth {
    const char *auth_url;
    const char *token_url;
    const char *device_url; /* or NULL: no device flow */
    const char *scopes;     /* with a blank between */
    const char *notes;      /* or NULL */
    uint16_t idle_days;     /* a refresh token ends that nobody used for so long; 0: not known */
};

/* A secret that this provider gives out, but SMTP refuses. */
struct provider_wrong {
    const char *pattern; /* shape_pattern.h; NULL ends the list */
    const char *why;     /* "this is ...: what to give instead" */
};

/* A day on which a provider stops to take a kind of secret. */
struct provider_deadline {
    const char *date;   /* "2026-12-31" */
    unsigned kinds;     /* bits: 1 << enum profile_kind */
    const char *what;   /* a sentence without its full stop, the date not in it */
    const char *advice; /* likewise */
    bool final;         /* for everyone; else some go on for a while */
};

/* What the secret and the user name look like. Patterns are of shape_pattern.h,
 * NULL where nothing is known. */
struct provider_shape {
    const char *user;
    const char *secret;
    const char *telling; /* so peculiar that it gives the provider away anywhere */
    const char *note;
    const struct provider_wrong *wrong; /* or NULL */
    bool strip_blanks;                  /* shown in groups; blanks are never part of it */
};

struct provider {
    const char *id;
    const char *name;
    const char *category;       /* free-mail, isp, transactional, hosting, business-mail, testing */
    const char *const *aliases; /* NULL-terminated; likewise below */
    const char *const *domains;
    const struct provider_host *hosts;
    size_t host_count;
    const char *username_form; /* email, local-part, fixed:apikey, same-as-secret ... */
    const char *secret_kind;   /* app-password, smtp-key ... the provider's own word; none: no
                                  login over SMTP at all */
    enum profile_kind kind;    /* the same in our four words */
    const char *mechanisms;    /* "PLAIN LOGIN" or NULL; likewise below */
    const char *secret_url;    /* where an app password or key is made */
    const char *docs_url;
    const char *rotation; /* rotation notes */
    const char *notes;
    const char *limits;   /* how much may be sent */
    const char *doubt;    /* what of this row stands on thin ground */
    const char *verified; /* the day on which this was last held against its sources */
    const char *origin;   /* the user's file that it is from; NULL: built in */
    const struct provider_deadline *deadlines; /* soonest first */
    size_t deadline_count;
    const struct provider_oauth *oauth;
    const struct provider_shape *shape;
    bool rotation_sourced; /* the rotation notes are the provider's own advice */
    bool unverified;
};

/* The built-in rows. */
extern const struct provider providers[];
extern const size_t provider_count;

/* All that are known, sorted by id: a row of the user's own stands in the place of
 * the built-in one with its id. */
size_t provider_total(void);
const struct provider *provider_at(size_t i);

/* By id or alias, ASCII case ignored, the user's own rows first; NULL when unknown. */
const struct provider *provider_find(const char *word);
/* The id most like a word that is unknown, or NULL: "did you mean". */
const char *provider_nearest(const char *word);
/* By the domain of an address ("a@gmail.com") or a bare domain; a subdomain does
 * not match its parent. NULL when unknown. */
const struct provider *provider_of_address(const char *address);
/* The domain of the table that was probably meant by an address ("ann@gmial.com", "ann@gmail") or
 * a bare domain: that of a mailbox of people, one slip away or, where it is long, two. NULL: the
 * table has it, or nothing is like it. */
const char *provider_meant(const char *address);
/* The row that has the name of a host that receives mail, or one above it, among its domains
 * ("alt1.aspmx.l.google.com": google.com); NULL. */
const struct provider *provider_of_mx(const char *host);
/* Is that one of its servers? */
bool provider_has_host(const struct provider *p, const char *host);
/* The row that a profile names; NULL: it names none, or one that is unknown. */
const struct provider *provider_named(const struct profile *profile);
/* The row that a profile names or, when it names none, that has its server; NULL. */
const struct provider *provider_of_profile(const struct profile *profile);
/* False: its row has no deadlines. That is found out faster than which row it is. */
bool provider_may_end(const struct profile *profile);
/* The server to use first: verified, not a placeholder, implicit TLS before
 * STARTTLS (RFC 8314 section 3.3), never cleartext; region may be NULL. NULL when
 * the provider has only placeholders or cleartext. */
const struct provider_host *provider_best_host(const struct provider *p, const char *region);
/* Fills what the profile leaves unset: provider id, host, port, TLS, kind, and
 * the user name where its form is fixed ("fixed:apikey") or follows from `from`.
 * Host, port and TLS come from one row that agrees with what is set already, so
 * port 587 given by hand brings its STARTTLS. Kind `password` counts as unset: a
 * caller that was told so by hand sets it again afterwards. SV_USAGE with what to
 * give by hand when the provider has no server that fits. */
enum sv_status provider_fill(const struct provider *p, struct profile *profile,
                             struct sv_err *err) SV_MUST_USE;

/* ---- the shape of a secret, before any network is asked ---- */
struct shape_finding {
    bool changed;   /* *secret was replaced by its mended form (blanks taken out) */
    bool wrong;     /* it cannot be the right kind of secret for this provider */
    char text[400]; /* what and why and what to do; never the secret. Neither of the above
                       and a text: advice. "": nothing to say */
};
/* provider may be NULL (general rules only: line breaks, leading or trailing
 * blanks, pasted quotes, placeholder words, a URL, "Bearer ", the user name
 * itself). username may be NULL. `*secret` may be replaced. OAuth2 tokens pass:
 * what is longer than a password can be is not judged by the password's shape. */
enum sv_status shape_check(const struct provider *provider, const char *username,
                           struct secret **secret, struct shape_finding *finding,
                           struct sv_err *err) SV_MUST_USE;

#endif
