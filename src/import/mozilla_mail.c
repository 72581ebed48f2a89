/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "import/mozilla.h"

#define PREF_NAME_MAX 256
#define PREF_VALUE_MAX 1024

struct pref {
    char name[PREF_NAME_MAX];
    char value[PREF_VALUE_MAX]; /* a string decoded, or a word as it stands */
};

void mozilla_mail_clear(struct mozilla_mail *mail)
{
    for (size_t i = 0; i < mail->server_count; i++) {
        sv_free(mail->servers[i].key);
        sv_free(mail->servers[i].host);
        sv_free(mail->servers[i].user);
    }
    for (size_t i = 0; i < mail->identity_count; i++) {
        sv_free(mail->identities[i].key);
        sv_free(mail->identities[i].email);
        sv_free(mail->identities[i].server);
    }
    sv_free(mail->servers);
    sv_free(mail->identities);
    sv_free(mail->default_server);
    *mail = (struct mozilla_mail){.server_count = 0};
}

/* ---- a line ---- */

struct span {
    const char *at, *end;
};

static void skip_blanks(struct span *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
        s->at++;
}

static bool skip(struct span *s, const char *word)
{
    size_t n = strlen(word);
    skip_blanks(s);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    s->at += n;
    return true;
}

/* The character behind a backslash; 0: none that can stand in what is looked for. */
static char unescape(struct span *s)
{
    char c = *s->at++;
    int high, low;
    if (c == 'n' || c == 'r')
        return c == 'n' ? '\n' : '\r';
    if (c != 'x')
        return c == 'u' ? '\0' : c;
    if (s->end - s->at < 2 || (high = text_hex_value(s->at[0])) < 0 ||
        (low = text_hex_value(s->at[1])) < 0)
        return '\0';
    s->at += 2;
    return (char)(high * 16 + low);
}

/* In double quotes, as these programs write it. */
static bool take_string(struct span *s, char *dst, size_t capacity)
{
    size_t len = 0;
    if (!skip(s, "\""))
        return false;
    while (s->at < s->end && *s->at != '"') {
        char c = *s->at++;
        if (c == '\\' && (s->at == s->end || (c = unescape(s)) == '\0'))
            return false;
        if (len + 1 >= capacity)
            return false;
        dst[len++] = c;
    }
    dst[len] = '\0';
    return skip(s, "\"");
}

static bool take_word(struct span *s, char *dst, size_t capacity)
{
    size_t len = 0;
    skip_blanks(s);
    while (s->at < s->end && *s->at != ')' && *s->at != ' ') {
        if (len + 1 >= capacity)
            return false;
        dst[len++] = *s->at++;
    }
    dst[len] = '\0';
    return len > 0;
}

static bool take_pref(struct span line, struct pref *p)
{
    if (!skip(&line, "user_pref") || !skip(&line, "(") ||
        !take_string(&line, p->name, sizeof p->name) || !skip(&line, ","))
        return false;
    skip_blanks(&line);
    bool quoted = line.at < line.end && *line.at == '"';
    return (quoted ? take_string(&line, p->value, sizeof p->value)
                   : take_word(&line, p->value, sizeof p->value)) &&
           skip(&line, ")");
}

/* ---- what it says ---- */

/* "mail.smtpserver.smtp1.port" with the head "mail.smtpserver.": "smtp1", and "port" behind
 * it; NULL: another. A key has no full stop. */
static const char *split(struct pref *p, const char *head, const char **key)
{
    size_t n = strlen(head);
    if (strncmp(p->name, head, n) != 0)
        return NULL;
    char *stop = strchr(p->name + n, '.');
    if (stop == NULL || stop == p->name + n)
        return NULL;
    *stop = '\0';
    *key = p->name + n;
    return stop + 1;
}

/* Of an array whose elements begin with their key: the one of this key, or a new empty one. */
static enum sv_status element_of(void **items, size_t *count, size_t size, const char *key,
                                 void **out, struct sv_err *err)
{
    for (size_t i = 0; i < *count; i++) {
        char *const *its_key = (void *)((char *)*items + i * size);
        if (strcmp(*its_key, key) == 0) {
            *out = (char *)*items + i * size;
            return SV_OK;
        }
    }
    if (*count == MOZILLA_MAIL_MAX)
        return sv_fail(err, SV_DATA, "prefs.js has more than %d servers or identities",
                       MOZILLA_MAIL_MAX);
    char *copy = sv_strdup(key);
    char *grown = copy != NULL ? sv_resize(*items, (*count + 1) * size) : NULL;
    if (grown == NULL) {
        sv_free(copy);
        return sv_fail_nomem(err);
    }
    *items = grown;
    *out = memset(grown + *count * size, 0, size);
    memcpy(*out, &copy, sizeof copy);
    ++*count;
    return SV_OK;
}

static enum sv_status server_of(struct mozilla_mail *mail, const char *key,
                                struct mozilla_server **out, struct sv_err *err)
{
    void *items = mail->servers, *found = NULL;
    size_t before = mail->server_count;
    enum sv_status s = element_of(&items, &mail->server_count, sizeof **out, key, &found, err);
    mail->servers = items;
    *out = found;
    if (mail->server_count > before)
        (*out)->auth = MOZILLA_AUTH_PASSWORD;
    return s;
}

static enum sv_status identity_of(struct mozilla_mail *mail, const char *key,
                                  struct mozilla_identity **out, struct sv_err *err)
{
    void *items = mail->identities, *found = NULL;
    enum sv_status s = element_of(&items, &mail->identity_count, sizeof **out, key, &found, err);
    mail->identities = items;
    *out = found;
    return s;
}

static enum sv_status set_text(char **slot, const char *text, struct sv_err *err)
{
    char *copy = text[0] != '\0' ? sv_strdup(text) : NULL;
    if (copy == NULL && text[0] != '\0')
        return sv_fail_nomem(err);
    sv_free(*slot);
    *slot = copy;
    return SV_OK;
}

static int small_number(const char *text)
{
    uint64_t n;
    return text_parse_u64(text, 0, UINT16_MAX, &n) ? (int)n : 0;
}

static enum sv_status take_server(struct mozilla_mail *mail, const char *key, const char *field,
                                  const char *value, struct sv_err *err)
{
    struct mozilla_server *server;
    enum sv_status s = server_of(mail, key, &server, err);
    if (s != SV_OK)
        return s;
    if (strcmp(field, "hostname") == 0)
        return set_text(&server->host, value, err);
    if (strcmp(field, "username") == 0)
        return set_text(&server->user, value, err);
    if (strcmp(field, "port") == 0)
        server->port = (uint16_t)small_number(value);
    else if (strcmp(field, "try_ssl") == 0)
        server->try_ssl = small_number(value);
    else if (strcmp(field, "authMethod") == 0)
        server->auth = small_number(value);
    return SV_OK;
}

static enum sv_status take(struct mozilla_mail *mail, struct pref *p, struct sv_err *err)
{
    const char *key, *field;
    struct mozilla_identity *identity;
    if (strcmp(p->name, "mail.smtp.defaultserver") == 0)
        return set_text(&mail->default_server, p->value, err);
    if ((field = split(p, "mail.smtpserver.", &key)) != NULL)
        return strcmp(key, "default") == 0 ? SV_OK : take_server(mail, key, field, p->value, err);
    if ((field = split(p, "mail.identity.", &key)) == NULL ||
        (strcmp(field, "useremail") != 0 && strcmp(field, "smtpServer") != 0))
        return SV_OK;
    enum sv_status s = identity_of(mail, key, &identity, err);
    if (s != SV_OK)
        return s;
    return set_text(field[0] == 'u' ? &identity->email : &identity->server, p->value, err);
}

enum sv_status mozilla_mail_read(struct mozilla_mail *out, const char *text, size_t len,
                                 struct sv_err *err)
{
    MOZILLA_MAIL_OWNED struct mozilla_mail mail = {.server_count = 0};
    struct pref p;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        struct span line = {.at = at, .end = feed != NULL ? feed : end};
        enum sv_status s = take_pref(line, &p) ? take(&mail, &p, err) : SV_OK;
        if (s != SV_OK)
            return s;
        at = line.end + 1;
    }
    *out = mail;
    mail = (struct mozilla_mail){.server_count = 0};
    return SV_OK;
}

/* ---- what is asked of it ---- */

struct mozilla_server *mozilla_mail_server(const struct mozilla_mail *mail, const char *host,
                                           const char *user)
{
    struct mozilla_server *found = NULL;
    for (size_t i = 0; i < mail->server_count; i++) {
        struct mozilla_server *s = &mail->servers[i];
        if (s->host == NULL || !text_equal_nocase(s->host, host))
            continue;
        if (s->user != NULL && user != NULL && strcmp(s->user, user) == 0)
            return s;
        if (found == NULL)
            found = s;
    }
    return found;
}

const char *mozilla_mail_from(const struct mozilla_mail *mail, const struct mozilla_server *server)
{
    const char *from = NULL;
    for (size_t i = 0; i < mail->identity_count; i++) {
        const struct mozilla_identity *id = &mail->identities[i];
        const char *key = id->server != NULL ? id->server : mail->default_server;
        if (id->email == NULL || key == NULL || strcmp(key, server->key) != 0)
            continue;
        if (from != NULL && !text_equal_nocase(from, id->email))
            return NULL;
        from = id->email;
    }
    return from;
}
