/* SPDX-License-Identifier: ISC */
/*
 * What `export --inline` writes for a mailer comes in again, the same to the byte, over values
 * that break careless quoting; or the writer has refused it.
 */
#include "import_support.h"

#include "format_fixture.h"
#include "hostile.h"
#include "import/found.h"

/* What of a login a format can say, and its source tell. */
enum { HOST = 1, PORT = 2, TLS = 4, NAME = 8, FROM = 16, AUTH = 32, SERVER = HOST | PORT | TLS };
static const struct {
    const char *format, *source;
    unsigned tells;
    size_t says; /* of the hostile secrets */
} pairs[] = {
    {"msmtp", "msmtp", SERVER | NAME | FROM | AUTH, 90},
    {"mutt", "mutt", SERVER | FROM | AUTH, 90},
    {"neomutt", "neomutt", SERVER | FROM | AUTH, 90},
    {"s-nail", "s-nail", SERVER | FROM | AUTH, 95},
    {"aerc", "aerc", SERVER | NAME | FROM, 95},
    {"git", "git", SERVER | FROM | AUTH, 90},
    {"curl", "curl", SERVER | FROM | AUTH, 95},
    {"swaks", "swaks", SERVER | FROM | AUTH, 87},
    {"esmtp", "esmtp", SERVER, 90},
    {"ssmtp", "ssmtp", SERVER, 72},
    {"postfix", "postfix", HOST | PORT, 82},
    {"exim4", "exim4", HOST, 85},
    {"opensmtpd", "opensmtpd", NAME, 85},
    {"dma", "dma", HOST, 90},
    {"nullmailer", "nullmailer", SERVER, 90},
    {"sendmail", "sendmail", HOST, 95},
    {"authinfo", "authinfo", HOST | PORT, 77},
};

static const struct {
    const char *host;
    uint16_t port;
    enum profile_tls tls;
    enum profile_auth auth;
} servers[] = {
    {"smtp.example.com", 587, TLS_STARTTLS, AUTH_AUTO},
    {"smtp.example.com", 2465, TLS_IMPLICIT, AUTH_LOGIN},
    {"192.0.2.1", 25, TLS_NONE, AUTH_PLAIN},
    {"[2001:db8::1]", 465, TLS_IMPLICIT, AUTH_CRAM_MD5},
};

static void same(size_t pair, const struct profile *p, const char *secret, size_t len,
                 const struct answer *a)
{
    FOUND_LIST_OWNED struct found_list l = {0};
    struct sv_err err = {""};
    enum sv_status s = read_bytes(pairs[pair].source, a->text, a->len, &l, &err);
    unsigned tells = pairs[pair].tells;
    if (s != SV_OK || l.count != 1)
        fail_msg("%s: %d, \"%s\", %zu logins in\n%s", pairs[pair].source, s, err.text, l.count,
                 a->text);
    const struct found *f = l.items;
    const struct profile *c = &f->card;
    if (!f->secret || secret_len(f->secret) != len || memcmp(secret_peek(f->secret), secret, len))
        fail_msg("%s: another secret of\n%s", pairs[pair].source, a->text);
    /* A line break is what no login can have, and some formats can say. */
    bool broken = memchr(secret, '\n', len) || memchr(secret, '\r', len);
    if (!f->fault != !broken || !f->mail || !c->username || strcmp(c->username, p->username) != 0)
        fail_msg("%s: fault %s, user %s of\n%s", pairs[pair].source, f->fault, c->username,
                 a->text);
    if (((tells & HOST) && strcmp(c->host, p->host) != 0) ||
        ((tells & PORT) && c->port != p->port) || ((tells & TLS) && c->tls != p->tls) ||
        ((tells & NAME) && strcmp(c->name, p->name) != 0) ||
        ((tells & FROM) && (!c->from || strcmp(c->from, p->from) != 0)) ||
        ((tells & AUTH) && c->auth != p->auth))
        fail_msg("%s: %s:%u tls %d auth %d \"%s\" of\n%s", pairs[pair].source, c->host, c->port,
                 c->tls, c->auth, c->name, a->text);
    assert_true(f->len > 0 && f->at + f->len <= a->len);
}

static void secrets_come_back(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(pairs); f++) {
        size_t said = 0;
        for (size_t i = 0; i < HOSTILES; i++) {
            struct profile p = ordinary();
            const struct hostile *h = &hostiles[i];
            struct answer *a = answer(pairs[f].format, &p, h->bytes, h->len);
            if (a->status != SV_OK)
                continue;
            same(f, &p, h->bytes, h->len, a);
            said++;
        }
        if (said != pairs[f].says)
            fail_msg("%s says %zu of %zu", pairs[f].format, said, HOSTILES);
    }
}

/* Blanks around a user's name are nobody's. */
static bool is_trimmed(const struct hostile *h)
{
    return h->text && h->bytes[0] != ' ' && h->bytes[h->len - 1] != ' ';
}

static void users_come_back(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(pairs); f++) {
        for (size_t i = 0; i < HOSTILES; i++) {
            struct profile p = ordinary();
            char name[64];
            (void)snprintf(name, sizeof name, "%s", hostiles[i].bytes);
            p.username = name;
            struct answer *a =
                is_trimmed(&hostiles[i]) ? answer(pairs[f].format, &p, "s3", 2) : NULL;
            if (a && a->status == SV_OK)
                same(f, &p, "s3", 2, a);
        }
    }
}

static void servers_come_back(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(pairs); f++) {
        size_t said = 0;
        for (size_t i = 0; i < COUNT(servers); i++) {
            struct profile p = ordinary();
            p.host = (char *)servers[i].host;
            p.port = servers[i].port;
            p.tls = servers[i].tls;
            p.auth = servers[i].auth;
            struct answer *a = answer(pairs[f].format, &p, "s3", 2);
            if (a->status == SV_OK)
                same(f, &p, "s3", 2, a);
            said += a->status == SV_OK;
        }
        if (!said)
            fail_msg("%s says no server", pairs[f].format);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_come_back),
        cmocka_unit_test(users_come_back),
        cmocka_unit_test(servers_come_back),
    };
    return cmocka_run_group_tests_name("import of mailers", tests, NULL, no_secret_left);
}
