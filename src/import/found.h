/* SPDX-License-Identifier: ISC */
/*
 * found: the logins that a source turned out to hold. A source adds one and sets what it
 * knows; what cannot be a profile's value becomes the login's fault, which is shown, and
 * nothing is cut to fit.
 */
#ifndef IMPORT_FOUND_H
#define IMPORT_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"
#include "domain/provider.h"

#define FOUND_MAX 100000

struct found {
    /* What the source says, the rest unset. card.rotated: when the secret was last changed,
     * as the source knows it; 0: it does not. */
    struct profile card;
    struct secret *secret; /* NULL: the source has none */
    char *asks;            /* the command by which its owner gets the secret, as it stands there: to
                            * be shown, never to be run; NULL */
    char *site;            /* the host of a web page that it is for; NULL. No mail server */
    char *fault;           /* why it cannot be stored, a sentence without its full stop; NULL */
    unsigned line;         /* where it begins, or its secret is set, from 1; 0: not told */
    /* What sets the secret in the text, so that another can stand there: the whole statement
     * (`password "x"`), without its line's end, or as much of it as the source's hook writes (the
     * value alone, with its quotes, where the key is the file's own). In bytes of what the reader
     * was given; import_take tells it in bytes of the file. len 0: not told, as for UTF-16. */
    size_t at, len;
    char *place; /* what the source's hook has to know of that place, never a secret; NULL */
    const struct provider *provider; /* whose it is, NULL: not known; set by found_judge */
    bool guessed;                    /* port and TLS mode are what is usual: set by found_judge */
    bool mail; /* it sends mail, or nothing speaks against it; set by found_judge,
                * and before it by a source that knows */
};

/* Zeroed: empty; owner: found_list_clear. */
struct found_list {
    struct found *items;
    size_t count, capacity;
    size_t passed; /* entries that are no login: notes, cards, keys */
};
void found_list_clear(struct found_list *list);
#define FOUND_LIST_OWNED __attribute__((cleanup(found_list_clear)))

/* A new one; *out is good until the next is added. SV_DATA beyond FOUND_MAX. */
enum sv_status found_add(struct found_list *list, unsigned line, struct found **out,
                         struct sv_err *err) SV_MUST_USE;
/* Takes the last one away again. */
void found_drop(struct found_list *list);

/* For all of these: the bytes need no NUL behind them, blanks around them are taken away
 * (not those of a secret), empty sets nothing, and only a lack of memory fails. */

void found_trim(const char **text, size_t *len);
/* A field of fields.def by its key, in the words of profile_set. A name that cannot be one
 * is left out, since it is made up anyhow; any other value that cannot is the fault. */
enum sv_status found_set(struct found *f, const char *key, const char *text, size_t len,
                         struct sv_err *err) SV_MUST_USE;
/* As it stands, blanks at its ends included: where quotes hold them, they are part of it. */
enum sv_status found_username(struct found *f, const char *text, size_t len,
                              struct sv_err *err) SV_MUST_USE;
enum sv_status found_tag(struct found *f, const char *text, size_t len,
                         struct sv_err *err) SV_MUST_USE;
enum sv_status found_secret(struct found *f, const char *bytes, size_t len,
                            struct sv_err *err) SV_MUST_USE;
enum sv_status found_asks(struct found *f, const char *text, size_t len,
                          struct sv_err *err) SV_MUST_USE;
/* The first one stays. */
enum sv_status found_fault(struct found *f, const char *fault, struct sv_err *err) SV_MUST_USE;
/* Seconds since 1970; what is not in the past is not believed. */
void found_changed(struct found *f, int64_t when);

/* A URL (RFC 3986): of smtp, smtps, submission and submissions it sets host, port, TLS and
 * mail, of any other scheme, or without one, the site. User name and secret that stand in it
 * are taken, percent-decoded, as far as there are none yet. (found_url.c) */
enum sv_status found_url(struct found *f, const char *url, size_t len,
                         struct sv_err *err) SV_MUST_USE;

/* The same as frameworks have it, in MAILER_DSN and the like: of schemes such as smtp+tls and
 * ses+smtp, with what their query says; "default" for a host is the provider's own. What is not
 * for SMTP sets nothing, and a key for another way is the fault. */
enum sv_status found_dsn(struct found *f, const char *url, size_t len,
                         struct sv_err *err) SV_MUST_USE;

/* A member that a person named ("SMTP Server", "port", "Sicherheit"): what it says is taken by
 * what it is called. *known, which may be NULL: it was one of these. (found_label.c) */
enum sv_status found_label(struct found *f, const char *label, size_t label_len, const char *value,
                           size_t len, bool *known, struct sv_err *err) SV_MUST_USE;
/* What others call a TLS mode: "SSL/TLS", "STARTTLS", "none" ...; "TLS" alone is either of two
 * and, as any other word, sets nothing. The same for mechanisms: "password-cleartext", "CRAM-MD5".
 */
void found_tls(struct found *f, const char *word, size_t len);
void found_auth(struct found *f, const char *word, size_t len);

/* What import_read does at the end: completes each from the providers by its server, its
 * user's domain or its site, decides whether it sends mail, and gives a name to those
 * without. Names may still be there twice. (found_judge.c) */
enum sv_status found_judge(struct found_list *list, struct sv_err *err) SV_MUST_USE;
/* Takes one for a login that sends mail, and completes it likewise. */
enum sv_status found_complete(struct found *f, struct sv_err *err) SV_MUST_USE;
/* A word that a mail server's name begins with: "smtp.", "mail." ... */
bool found_is_mail_host(const char *host);

#endif
