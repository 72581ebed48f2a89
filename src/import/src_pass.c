/* SPDX-License-Identifier: ISC */
/*
 * An entry of pass(1) or gopass: its first line is the secret, then there may be `key: value`
 * lines, behind a line `---` where gopass writes them as YAML. Its path tells the rest, as
 * people arrange it: mail/smtp.acme.example/ann@acme.example. Lines that are neither stay
 * there: they may be anything, and a note is no place for a secret.
 */
#include <string.h>
#include <strings.h>

#include "domain/provider.h"
#include "import/sources.h"

#define COMPONENT_MAX 256

/* The next component of a path; false: there is none. */
static bool component(const char **path, char dst[COMPONENT_MAX])
{
    size_t len = strcspn(*path, "/");
    if (**path == '\0')
        return false;
    dst[0] = '\0';
    if (len < COMPONENT_MAX) {
        memcpy(dst, *path, len);
        dst[len] = '\0';
    }
    *path += len + ((*path)[len] == '/');
    return true;
}

static bool names_mail(const char *word)
{
    static const char *const words[] = {"mail",   "mails", "email", "e-mail",     "emails",
                                        "mailer", "smtp",  "relay", "submission", "newsletter"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(word, words[i]) == 0)
            return true;
    return false;
}

bool import_entry_is_mail(const char *entry)
{
    char word[COMPONENT_MAX];
    for (const char *at = entry; component(&at, word);)
        if (strcasestr(word, "mail") || strcasestr(word, "smtp") || names_mail(word) ||
            found_is_mail_host(word) || provider_find(word) || provider_of_address(word) ||
            provider_of_mx(word))
            return true;
    return false;
}

static bool is_host(const char *word)
{
    return strchr(word, '.') && !strchr(word, '@') && !strchr(word, ' ');
}

/* What the lines did not say. A user stands last, an address anywhere. */
static enum sv_status take_path(struct found *f, const char *entry, struct sv_err *err)
{
    char word[COMPONENT_MAX];
    bool behind_host = false;
    enum sv_status s = SV_OK;
    for (const char *at = entry; s == SV_OK && component(&at, word);) {
        bool last = *at == '\0', host = is_host(word);
        f->mail = f->mail || names_mail(word);
        if (!f->card.username && (strchr(word, '@') || (last && behind_host && !host)))
            s = found_set(f, "username", word, strlen(word), err);
        else if (host && !f->site && !f->card.host)
            s = found_url(f, word, strlen(word), err);
        behind_host = behind_host || host;
    }
    return s;
}

static enum sv_status take_line(struct found *f, const char *line, size_t len, struct sv_err *err)
{
    const char *colon = memchr(line, ':', len);
    if (!colon || memmem(line, len, "otpauth://", 10))
        return SV_OK;
    size_t label = (size_t)(colon - line);
    if (label + 1 < len && colon[1] == '/')
        return found_url(f, line, len, err); /* a URL of its own */
    return found_label(f, line, label, colon + 1, len - label - 1, NULL, err);
}

/* A value in YAML may stand in quotes; found_label takes the blanks away. */
static void unquote(char **line, size_t *len)
{
    char *colon = memchr(*line, ':', *len);
    size_t rest = colon ? *len - (size_t)(colon + 1 - *line) : 0;
    while (rest > 0 && colon[rest] == ' ')
        rest--;
    char *value = colon ? colon + 1 + strspn(colon + 1, " ") : NULL;
    if (!value || value >= colon + rest || (*value != '"' && *value != '\'') ||
        colon[rest] != *value)
        return;
    *value = ' ';
    *len = (size_t)(colon + rest - *line);
}

IMPORT_READ(pass_read)
{
    char *at = in->bytes, *end = in->bytes + in->len;
    const char *entry = in->entry ? in->entry : "";
    struct found *f;
    enum sv_status s = found_add(out, 0, &f, err);
    size_t first = 0;
    while (at + first < end && at[first] != '\n' && at[first] != '\r')
        first++;
    if (s == SV_OK)
        s = found_secret(f, at, first, err);
    for (at += first; s == SV_OK && at < end;) {
        char *line = ++at;
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((feed ? feed : end) - line);
        at = line + len;
        unquote(&line, &len);
        s = take_line(f, line, len, err);
    }
    if (s == SV_OK && entry[0] != '\0')
        s = found_set(f, "name", entry, strlen(entry), err);
    return s ? s : take_path(f, entry, err);
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    while (n > 0 && path[n - 1] == '/')
        n--;
    return n >= m && memcmp(path + n - m, end, m) == 0;
}

IMPORT_LOOK(pass_looks_like)
{
    const char *end = source->detail;
    (void)first, (void)len;
    return path && ends_with(path, end) ? LOOK_SURE : LOOK_NO;
}
