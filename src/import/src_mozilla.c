/* SPDX-License-Identifier: ISC */
/*
 * logins.json of Thunderbird and Firefox: {"logins":[{hostname, httpRealm, encryptedUsername,
 * encryptedPassword, timePasswordChanged}]}. The hostname of a mail account is "smtp://host",
 * of a web page its origin; of an account that logs in by OAuth2 it is "oauth://issuer", the
 * password is a refresh token and httpRealm what it is for. What was decrypted comes beside it
 * (mozilla.h), so that this opens nothing and knows no NSS.
 */
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/json_in.h"
#include "import/mozilla.h"
#include "import/sources.h"

#define OAUTH2_FAULT                                                               \
    "it logs in by OAuth2, with a token that belongs to Thunderbird: agree anew, " \
    "with \"smtpvault login\""

static uint32_t member(const struct json_in *j, uint32_t node, const char *name)
{
    return json_tree_find(&j->tree, node, name);
}

static enum sv_status find_logins(struct json_in *j, const struct import_input *in, uint32_t *out,
                                  struct sv_err *err)
{
    enum sv_status s = json_in_parse(j, in, err);
    if (s)
        return s;
    *out = member(j, 1, "logins");
    if (json_tree_type(&j->tree, *out) != JSON_TREE_ARRAY)
        return sv_fail(err, SV_DATA, "%s has no \"logins\": it is none of Thunderbird or Firefox",
                       in->what);
    return SV_OK;
}

/* ---- what is to be decrypted ---- */

static bool is_aes(const uint8_t *der, size_t len)
{
    static const uint8_t aes_256_cbc[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                          0x65, 0x03, 0x04, 0x01, 0x2A};
    return memmem(der, len, aes_256_cbc, sizeof aes_256_cbc) != NULL;
}

static enum sv_status add_value(struct json_in *j, uint32_t node, struct blob *out, size_t *aes,
                                struct sv_err *err)
{
    const char *text;
    size_t len, got = 0;
    enum sv_status s = json_in_text(j, node, &text, &len, err);
    if (s)
        return s;
    if (!blob_reserve(out, 4 + len))
        return sv_fail_nomem(err);
    uint8_t *at = out->bytes + out->len;
    if (sodium_base642bin(at + 4, len, text, len, "\r\n ", &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        got = 0;
    le32_put(at, (uint32_t)got);
    out->len += 4 + got;
    *aes += is_aes(at + 4, got);
    return SV_OK;
}

enum sv_status mozilla_values(const char *what, const struct secret *logins, struct blob *out,
                              size_t *aes, struct sv_err *err)
{
    JSON_IN_OWNED struct json_in j = {.line = 0};
    BLOB_OWNED struct blob values = {0};
    const struct import_input in = {
        .what = what, .bytes = (char *)secret_peek(logins), .len = secret_len(logins)};
    uint32_t list = 0;
    enum sv_status s = find_logins(&j, &in, &list, err);
    *aes = 0;
    for (uint32_t n = s == SV_OK ? json_tree_next(&j.tree, list, 0) : 0; n && s == SV_OK;
         n = json_tree_next(&j.tree, list, n))
        if ((s = add_value(&j, member(&j, n, "encryptedUsername"), &values, aes, err)) == SV_OK)
            s = add_value(&j, member(&j, n, "encryptedPassword"), &values, aes, err);
    if (s)
        return s;
    *out = values;
    values = (struct blob){0};
    return SV_OK;
}

/* ---- what was found ---- */

struct reading {
    struct json_in j;
    struct mozilla_mail mail;
    struct buf_reader plain;
    const char *why;
    struct found_list *out;
};

struct plain {
    const char *bytes; /* NULL: it could not be decrypted */
    size_t len;
};

/* The wrong key leaves a padding that looks right once in 256 times, and behind it no text: these
 * programs write UTF-8. */
static struct plain next_plain(struct buf_reader *from)
{
    struct plain p = {NULL, 0};
    bool done = buf_get_u8(from) == 1;
    const uint8_t *bytes = buf_get_block(from, UINT32_MAX, &p.len);
    if (done && bytes && !from->bad && text_is_utf8((const char *)bytes, p.len))
        p.bytes = (const char *)bytes;
    return p;
}

bool mozilla_is_decrypted(const struct secret *plain)
{
    struct buf_reader r = buf_reader_over(secret_peek(plain), secret_len(plain));
    while (r.left > 0 && !r.bad) {
        struct plain user = next_plain(&r), secret = next_plain(&r);
        if (user.bytes && secret.bytes)
            return true;
    }
    return false;
}

/* What is neither for sending nor of a web page: where mail is read, news, address books,
 * chats. */
static bool is_other_service(const char *host, size_t len)
{
    static const char *const schemes[] = {
        "imap:",  "imaps:", "mailbox:", "pop3:", "pop3s:",    "news:", "nntp:",
        "snews:", "ldap:",  "ldaps:",   "chat:", "prpl-irc:", "im:",   "chrome:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (len >= strlen(schemes[i]) && strncasecmp(host, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

/* The scopes of what sends mail, as Google, Microsoft, Yahoo and others call them. */
static bool is_mail_scope(const char *realm, size_t len)
{
    for (; len >= 4; realm++, len--)
        if (strncasecmp(realm, "mail", 4) == 0 || strncasecmp(realm, "smtp", 4) == 0)
            return true;
    return false;
}

static enum sv_status take_server(const struct reading *r, struct found *f,
                                  struct mozilla_server *server, struct sv_err *err)
{
    const char *from = mozilla_mail_from(&r->mail, server);
    server->used = true;
    f->mail = true;
    f->card.tls = server->try_ssl == 3   ? TLS_IMPLICIT
                  : server->try_ssl == 0 ? TLS_NONE
                                         : TLS_STARTTLS;
    f->card.port = server->port ? server->port : server->try_ssl == 3 ? 465 : 587;
    if (server->auth == MOZILLA_AUTH_ENCRYPTED)
        f->card.auth = AUTH_CRAM_MD5;
    enum sv_status s =
        f->card.host ? SV_OK : found_set(f, "host", server->host, strlen(server->host), err);
    if (s == SV_OK && !f->card.username && server->user)
        s = found_set(f, "username", server->user, strlen(server->user), err);
    if (s == SV_OK && from && (!f->card.username || strcmp(from, f->card.username) != 0))
        s = found_set(f, "from", from, strlen(from), err);
    return s;
}

/* By OAuth2: the server is known by its user only. */
static struct mozilla_server *oauth2_server(const struct reading *r, const char *user)
{
    for (size_t i = 0; user && i < r->mail.server_count; i++) {
        struct mozilla_server *server = &r->mail.servers[i];
        if (server->auth == MOZILLA_AUTH_OAUTH2 && server->host && server->user &&
            strcmp(server->user, user) == 0)
            return server;
    }
    return NULL;
}

static enum sv_status take_oauth2(struct reading *r, struct found *f, struct sv_err *err)
{
    struct mozilla_server *server = oauth2_server(r, f->card.username);
    enum sv_status s = found_fault(f, OAUTH2_FAULT, err);
    f->mail = true;
    f->card.kind = KIND_OAUTH2;
    secret_free(f->secret);
    f->secret = NULL;
    return s == SV_OK && server ? take_server(r, f, server, err) : s;
}

static enum sv_status take_plain(struct reading *r, struct found *f, struct plain user,
                                 struct plain secret, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    if (user.bytes)
        s = found_set(f, "username", user.bytes, user.len, err);
    if (s == SV_OK && secret.bytes)
        s = found_secret(f, secret.bytes, secret.len, err);
    if (s == SV_OK && (!user.bytes || !secret.bytes))
        s = found_fault(f, r->why, err);
    return s;
}

static void take_date(struct json_in *j, uint32_t node, struct found *f)
{
    int64_t ms;
    if (json_tree_int(&j->tree, node, 0, INT64_MAX, &ms))
        found_changed(f, ms / 1000);
}

static enum sv_status read_login(struct reading *r, uint32_t login, struct sv_err *err)
{
    struct plain user = next_plain(&r->plain), secret = next_plain(&r->plain);
    struct mozilla_server *server;
    struct found *f;
    const char *text;
    size_t len;
    enum sv_status s = json_in_text(&r->j, member(&r->j, login, "hostname"), &text, &len, err);
    bool oauth2 = len > 6 && strncasecmp(text, "oauth:", 6) == 0;
    if (s == SV_OK && oauth2)
        s = json_in_text(&r->j, member(&r->j, login, "httpRealm"), &text, &len, err);
    if (s)
        return s;
    if (oauth2 ? !is_mail_scope(text, len) : is_other_service(text, len)) {
        r->out->passed++;
        return SV_OK;
    }
    if ((s = found_add(r->out, json_in_line(&r->j, login), &f, err)) ||
        (s = take_plain(r, f, user, secret, err)) ||
        (s = json_in_url(&r->j, member(&r->j, login, "hostname"), f, err)))
        return s;
    take_date(&r->j, member(&r->j, login, "timePasswordChanged"), f);
    if (oauth2)
        return take_oauth2(r, f, err);
    server = f->card.host ? mozilla_mail_server(&r->mail, f->card.host, f->card.username) : NULL;
    return server ? take_server(r, f, server, err) : SV_OK;
}

/* Accounts whose password was never kept: people look for them. */
static enum sv_status read_rest(struct reading *r, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0; i < r->mail.server_count && s == SV_OK; i++) {
        struct mozilla_server *server = &r->mail.servers[i];
        struct found *f;
        if (server->used || !server->host || !server->user || server->auth == MOZILLA_AUTH_NONE ||
            server->auth == MOZILLA_AUTH_OAUTH2)
            continue;
        if ((s = found_add(r->out, 0, &f, err)) == SV_OK)
            s = take_server(r, f, server, err);
    }
    return s;
}

static enum sv_status read_all(struct reading *r, const struct import_input *in, struct sv_err *err)
{
    uint32_t list = 0;
    enum sv_status s = find_logins(&r->j, in, &list, err);
    if (s == SV_OK && in->profile && in->profile->prefs)
        s = mozilla_mail_read(&r->mail, in->profile->prefs, in->profile->prefs_len, err);
    for (uint32_t n = s == SV_OK ? json_tree_next(&r->j.tree, list, 0) : 0; n && s == SV_OK;
         n = json_tree_next(&r->j.tree, list, n))
        s = read_login(r, n, err);
    return s ? s : read_rest(r, err);
}

IMPORT_READ(mozilla_read)
{
    struct reading r = {.why = "it is encrypted", .out = out};
    if (in->profile) {
        const struct secret *plain = in->profile->plain;
        r.plain = buf_reader_over(plain ? secret_peek(plain) : NULL, plain ? secret_len(plain) : 0);
        r.why = in->profile->why;
    }
    enum sv_status s = read_all(&r, in, err);
    json_in_clear(&r.j);
    mozilla_mail_clear(&r.mail);
    return s;
}

/* ---- which folder it is ---- */

/* names: those in it, a line feed behind each. */
static bool has(const char *names, size_t len, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = names, *end = names + len; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *stop = feed ? feed : end;
        if ((size_t)(stop - at) == n && memcmp(at, name, n) == 0)
            return true;
        at = stop + 1;
    }
    return false;
}

static bool is_thunderbird(const char *path, const char *names, size_t len)
{
    static const char *const marks[] = {
        "abook.sqlite",      "abook.mab", "Mail", "ImapMail", "global-messages-db.sqlite",
        "virtualFolders.dat"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (has(names, len, marks[i]))
            return true;
    return strcasestr(path, "firefox") == NULL;
}

IMPORT_LOOK(mozilla_looks_like)
{
    static const char *const files[] = {"logins.json", "logins.db", "key4.db", "key3.db",
                                        "profiles.ini"};
    bool known = false, firefox = source->detail != NULL;
    for (size_t i = 0; path && i < sizeof files / sizeof files[0]; i++)
        known = known || has(first, len, files[i]);
    return known && is_thunderbird(path, first, len) != firefox ? LOOK_SURE : LOOK_NO;
}
