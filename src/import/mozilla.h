/* SPDX-License-Identifier: ISC */
/*
 * mozilla: a profile's folder of Thunderbird or Firefox, as far as it is text. logins.json has
 * the logins, each with a user name and a password that NSS encrypts under a key of key4.db;
 * prefs.js the mail servers they are for; profiles.ini, a folder above, which profile is meant.
 */
#ifndef IMPORT_MOZILLA_H
#define IMPORT_MOZILLA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "import/found.h"
#include "import/source.h"

/* ---- src_mozilla.c ---- */

/* What was encrypted, in the order in which it stands there, a user name and a password for
 * each login: u32 length and so many bytes of DER; length 0 for what is no base64. *aes: how
 * many of them are encrypted by AES, as Firefox does since 144, which NSS before 3.113 cannot
 * decrypt. */
enum sv_status mozilla_values(const char *what, const struct secret *logins, struct blob *out,
                              size_t *aes, struct sv_err *err) SV_MUST_USE;

/* What stands beside the logins when they are read (struct import_input). */
struct import_profile {
    const char *prefs; /* prefs.js; NULL: there is none */
    size_t prefs_len;
    /* For each value of mozilla_values u8 1, u32 length and so many bytes; or u8 0, u32 0:
     * it could not be decrypted. NULL: none could. */
    const struct secret *plain;
    const char *why; /* ... and why not, a sentence without its end */
};
/* Of one login at least both are there, and text. */
bool mozilla_is_decrypted(const struct secret *plain);

/* ---- mozilla_mail.c: of prefs.js, which is JavaScript and read as text ---- */

struct mozilla_server { /* mail.smtpserver.KEY.* */
    char *key, *host, *user;
    uint16_t port; /* 0: not told */
    int try_ssl;   /* 0 none, 1 STARTTLS where there is, 2 STARTTLS, 3 TLS from the start */
    int auth;      /* nsMsgAuthMethod: 1 none, 3 password, 4 encrypted, 10 OAuth2 ... */
    bool used;     /* a login was found for it; the reader's */
};
struct mozilla_identity { /* mail.identity.KEY.* */
    char *key, *email, *server;
};
/* Zeroed: empty; owner: mozilla_mail_clear. */
struct mozilla_mail {
    struct mozilla_server *servers;
    size_t server_count;
    struct mozilla_identity *identities;
    size_t identity_count;
    char *default_server; /* a key; NULL */
};
#define MOZILLA_AUTH_NONE 1
#define MOZILLA_AUTH_PASSWORD 3
#define MOZILLA_AUTH_ENCRYPTED 4
#define MOZILLA_AUTH_OAUTH2 10
void mozilla_mail_clear(struct mozilla_mail *mail);
#define MOZILLA_MAIL_OWNED __attribute__((cleanup(mozilla_mail_clear)))

/* Lines that are no user_pref("name", value); are passed over. Only a lack of memory fails, and
 * SV_DATA beyond MOZILLA_MAIL_MAX servers or identities. */
#define MOZILLA_MAIL_MAX 1000
enum sv_status mozilla_mail_read(struct mozilla_mail *out, const char *text, size_t len,
                                 struct sv_err *err) SV_MUST_USE;
/* The server of a login; of several on one host that of the user. NULL: none. */
struct mozilla_server *mozilla_mail_server(const struct mozilla_mail *mail, const char *host,
                                           const char *user);
/* The address whose mail goes there, where it is one only; NULL. */
const char *mozilla_mail_from(const struct mozilla_mail *mail, const struct mozilla_server *server);

/* ---- mozilla_ini.c ---- */

/* The folder of the profile that the program starts with, as profiles.ini names it: relative to
 * its own folder, or absolute. Owner of *path frees. SV_USAGE: it has several and none is that
 * one; SV_DATA: none at all. */
enum sv_status mozilla_default_profile(const char *what, const char *text, size_t len, char **path,
                                       struct sv_err *err) SV_MUST_USE;

#endif
