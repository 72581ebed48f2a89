/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/text.h"
#include "import/found.h"

#define WORD_MAX 48

/* Letters and digits in lower case; "" where it is longer than any that is known. */
static void squeeze(char dst[WORD_MAX], const char *text, size_t len)
{
    size_t n = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
            continue;
        if (n + 1 == WORD_MAX) {
            dst[0] = '\0';
            return;
        }
        dst[n++] = c;
        dst[n] = '\0';
    }
}

enum meaning { M_NONE, M_HOST, M_PORT, M_TLS, M_AUTH, M_USER, M_SECRET, M_FROM, M_NOTE, M_URL };

static enum meaning meaning_of(const char *word)
{
    static const struct {
        const char *words;
        enum meaning meaning;
    } rows[] = {
        {"host hostname server servername address serveraddress relay relayhost smarthost smtp "
         "outgoing",
         M_HOST},
        {"port portnumber serverport", M_PORT},
        {"security encryption tls ssl connection connectionsecurity secure sicherheit", M_TLS},
        {"auth authentication authmethod authenticationmethod mechanism", M_AUTH},
        {"username user login loginname benutzername benutzer account", M_USER},
        {"password pass passwd passwort apppassword apikey key secret token", M_SECRET},
        {"from sender fromaddress senderaddress email mail emailaddress mailfrom", M_FROM},
        {"note notes comment comments notiz", M_NOTE},
        {"url uri website link", M_URL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_has_word(rows[i].words, word, strlen(word)))
            return rows[i].meaning;
    return M_NONE;
}

/* "SMTP server" is the server; that it is of SMTP is remembered. */
static enum meaning understand(const char *label, size_t len, bool *smtp)
{
    static const char *const before[] = {"outgoing", "smtp", "submission", "mail", "email"};
    char word[WORD_MAX];
    const char *at = word;
    *smtp = false;
    squeeze(word, label, len);
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        size_t n = strlen(before[i]);
        if (strncmp(at, before[i], n) != 0)
            continue;
        *smtp = *smtp || i < 3;
        if (at[n] != '\0' && meaning_of(at) == M_NONE)
            at += n;
    }
    return meaning_of(at);
}

/* A host that a person noted is a mail server's when it is called so; else it may be any. */
static enum sv_status take_host(struct found *f, const char *value, size_t len, bool smtp,
                                struct sv_err *err)
{
    char host[256] = "";
    if (len < sizeof host)
        memcpy(host, value, len);
    if (memmem(value, len, "://", 3) || (!smtp && !found_is_mail_host(host)))
        return found_url(f, value, len, err);
    f->mail = true;
    return found_set(f, "host", value, len, err);
}

static enum sv_status take_from(struct found *f, const char *value, size_t len, struct sv_err *err)
{
    return memchr(value, '@', len) ? found_set(f, "from", value, len, err) : SV_OK;
}

enum sv_status found_label(struct found *f, const char *label, size_t label_len, const char *value,
                           size_t len, bool *known, struct sv_err *err)
{
    bool smtp;
    const char *trimmed = value;
    size_t trimmed_len = len;
    found_trim(&trimmed, &trimmed_len);
    enum meaning m = understand(label, label_len, &smtp);
    if (known)
        *known = m != M_NONE;
    switch (m) {
    case M_HOST:
        return take_host(f, trimmed, trimmed_len, smtp, err);
    case M_PORT:
        return found_set(f, "port", value, len, err);
    case M_TLS:
        found_tls(f, value, len);
        return SV_OK;
    case M_AUTH:
        found_auth(f, value, len);
        return SV_OK;
    case M_USER:
        return f->card.username ? SV_OK : found_set(f, "username", value, len, err);
    case M_SECRET:
        return f->secret ? SV_OK : found_secret(f, value, len, err);
    case M_FROM:
        return take_from(f, value, len, err);
    case M_NOTE:
        return found_set(f, "note", value, len, err);
    case M_URL:
        return found_url(f, value, len, err);
    case M_NONE:
        break;
    }
    return SV_OK;
}

void found_tls(struct found *f, const char *word, size_t len)
{
    char squeezed[WORD_MAX];
    squeeze(squeezed, word, len);
    if (text_has_word("ssl ssltls sslortls implicit implicittls tlsssl smtps tlsonconnect wrapped",
                      squeezed, strlen(squeezed)))
        f->card.tls = TLS_IMPLICIT;
    else if (strstr(squeezed, "starttls") ||
             text_has_word("explicit explicittls", squeezed, strlen(squeezed)))
        f->card.tls = TLS_STARTTLS;
    else if (text_has_word("none plain no off cleartext unencrypted", squeezed, strlen(squeezed)))
        f->card.tls = TLS_NONE;
}

void found_auth(struct found *f, const char *word, size_t len)
{
    static const struct {
        const char *words;
        enum profile_auth auth;
    } rows[] = {
        {"plain", AUTH_PLAIN},
        {"login", AUTH_LOGIN},
        {"crammd5", AUTH_CRAM_MD5},
        {"scramsha256", AUTH_SCRAM_SHA_256},
        {"xoauth2 oauth2", AUTH_XOAUTH2},
        {"oauthbearer", AUTH_OAUTHBEARER},
        {"passwordencrypted", AUTH_CRAM_MD5},
    };
    char squeezed[WORD_MAX];
    squeeze(squeezed, word, len);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (text_has_word(rows[i].words, squeezed, strlen(squeezed)))
            f->card.auth = rows[i].auth;
}
