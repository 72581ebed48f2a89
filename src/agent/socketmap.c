/* SPDX-License-Identifier: ISC */
#include "agent/socketmap.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MAP "sasl"

/* The services that Postfix lets a destination name in place of a port. */
static const struct {
    const char *name;
    uint16_t port;
} services[] = {{"smtp", 25}, {"submission", 587}, {"submissions", 465}, {"smtps", 465}};

/* ---- the netstring ---- */

/* "LENGTH:" without a zero in front. SOCKETMAP_LOOKUP: *len and *head are known. */
static enum socketmap_scan scan_length(const uint8_t *bytes, size_t left, size_t *len, size_t *head)
{
    size_t n = 0, at = 0;

    for (; at < left && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
        if (at > 0 && n == 0)
            return SOCKETMAP_BROKEN;
        n = n * 10 + (size_t)(bytes[at] - '0');
        if (n > SOCKETMAP_REQUEST_MAX)
            return SOCKETMAP_BROKEN;
    }
    if (at == left)
        return SOCKETMAP_MORE;
    if (at == 0 || bytes[at] != ':')
        return SOCKETMAP_BROKEN;
    *len = n;
    *head = at + 1;
    return SOCKETMAP_LOOKUP;
}

/* ---- the request ---- */

static bool parse_port(const char *text, uint16_t *port)
{
    uint64_t number;

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (text_equal_nocase(text, services[i].name)) {
            *port = services[i].port;
            return true;
        }
    if (!text_parse_u64(text, 1, UINT16_MAX, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

/* "host", "host:port", "[host]", "[host]:port", or "local@domain". An address of IPv6 has
 * brackets around it, so that a colon outside of them is the port's. */
static bool parse_key(struct socketmap_request *out, char *key)
{
    char *host = key, *rest = key + strcspn(key, ":");

    if (*key == '[') {
        char *close = strchr(key, ']');
        if (close == NULL)
            return false;
        *close = '\0';
        host = key + 1;
        rest = close + 1;
    } else if (strchr(key, '@') != NULL) {
        out->by_sender = true;
        rest = key + strlen(key);
    }
    if (*rest == ':' && !parse_port(rest + 1, &out->port))
        return false;
    if (*rest != '\0' && *rest != ':')
        return false;
    *rest = '\0';
    size_t len = strlen(host);
    if (len == 0 || len > SOCKETMAP_HOST_MAX)
        return false;
    memcpy(out->host, host, len + 1);
    return true;
}

/* "sasl" or "sasl/PROFILE". */
static bool parse_map(struct socketmap_request *out, const char *map)
{
    static const size_t own = sizeof MAP - 1;
    size_t len = strlen(map);

    if (len < own || memcmp(map, MAP, own) != 0)
        return false;
    if (len == own)
        return true;
    if (map[own] != '/' || len - own - 1 > PROFILE_NAME_MAX)
        return false;
    memcpy(out->profile, map + own + 1, len - own);
    return profile_check_name(out->profile, NULL) == SV_OK;
}

/* The last blank ends the map's name: a host has none, a profile's name may. */
static bool parse_request(struct socketmap_request *out, const uint8_t *bytes, size_t len)
{
    char text[SOCKETMAP_REQUEST_MAX + 1];

    memcpy(text, bytes, len);
    text[len] = '\0';
    if (strlen(text) != len || !text_is_utf8(text, len) || text_has_control(text, len))
        return false;
    char *blank = strrchr(text, ' ');
    if (blank == NULL)
        return false;
    *blank = '\0';
    return parse_map(out, text) && parse_key(out, blank + 1);
}

enum socketmap_scan socketmap_scan(const uint8_t *bytes, size_t len, size_t *used,
                                   struct socketmap_request *out)
{
    struct socketmap_request request = {0};
    size_t body, head;
    enum socketmap_scan seen = scan_length(bytes, len, &body, &head);

    *used = 0;
    if (seen != SOCKETMAP_LOOKUP)
        return seen;
    if (len - head <= body)
        return SOCKETMAP_MORE;
    if (bytes[head + body] != ',')
        return SOCKETMAP_BROKEN;
    *used = head + body + 1;
    if (!parse_request(&request, bytes + head, body))
        return SOCKETMAP_UNKNOWN;
    *out = request;
    return SOCKETMAP_LOOKUP;
}

/* ---- which profile ---- */

static bool same_host(const char *asked, const char *own)
{
    char bare[SOCKETMAP_HOST_MAX + 1];
    size_t len = strlen(own);

    if (*own == '[' && len > 2 && len < sizeof bare && own[len - 1] == ']') {
        memcpy(bare, own + 1, len - 2);
        bare[len - 2] = '\0';
        own = bare;
    }
    /* Postfix writes an IPv6 address as mail does, "[ipv6:2001:db8::1]". */
    if (strchr(own, ':') != NULL && strncmp(asked, "ipv6:", 5) == 0)
        asked += 5;
    return text_equal_nocase(asked, own);
}

bool socketmap_fits(const struct socketmap_request *request, const struct profile *p)
{
    if (!profile_is_mail(p) ||
        (request->profile[0] != '\0' && strcmp(request->profile, p->name) != 0))
        return false;
    if (request->by_sender) {
        const char *sender = p->from != NULL ? p->from : p->username;
        return sender != NULL && text_equal_nocase(request->host, sender);
    }
    return p->host != NULL && same_host(request->host, p->host) &&
           (request->port == 0 || request->port == p->port);
}

static void set_name(char dst[PROFILE_NAME_MAX + 1], const char *name)
{
    (void)snprintf(dst, PROFILE_NAME_MAX + 1, "%s", name);
}

/* Profiles come in any order; the answer is to be the same for each. */
void socketmap_consider(struct socketmap_choice *choice, const struct profile *p)
{
    if (!socketmap_fits(&choice->request, p))
        return;
    if (choice->fits == 0 || strcmp(p->name, choice->name) < 0) {
        set_name(choice->other, choice->name);
        set_name(choice->name, p->name);
        choice->version = p->version;
    } else if (choice->fits == 1 || strcmp(p->name, choice->other) < 0) {
        set_name(choice->other, p->name);
    }
    if (choice->fits < 2)
        choice->fits++;
}

enum sv_status socketmap_chosen(const struct socketmap_choice *choice, struct sv_err *err)
{
    const struct socketmap_request *request = &choice->request;

    if (choice->fits == 0)
        return sv_fail(err, SV_MISSING, "%s: no profile fits", request->host);
    if (choice->fits == 1)
        return SV_OK;
    if (request->port == 0 && !request->by_sender)
        return sv_fail(err, SV_MISSING, "%s: several profiles have this host", request->host);
    return sv_fail(err, SV_CONFIG,
                   "%s: both %s and %s fit; name one in the map: " MAP "/%s in place of " MAP,
                   request->host, choice->name, choice->other, choice->name);
}

/* ---- the answer ---- */

static enum sv_status check_login(const struct profile *p, const struct secret *password,
                                  struct sv_err *err)
{
    if (p->username == NULL || *p->username == '\0')
        return sv_fail(err, SV_DATA, "%s has no user name; set it: smtpvault edit --username",
                       p->name);
    if (strchr(p->username, ':') != NULL)
        return sv_fail(err, SV_DATA, "the user name of %s has a colon: Postfix would cut it there",
                       p->name);
    if (!text_is_utf8(secret_peek(password), secret_len(password)))
        return sv_fail(err, SV_DATA,
                       "the password of %s cannot be told to Postfix: it is not UTF-8", p->name);
    return profile_check_secret(password, err);
}

enum sv_status socketmap_put_login(struct secret **answer, const struct profile *p,
                                   const struct secret *password, struct sv_err *err)
{
    SECRET_OWNED struct secret *out = NULL;
    char head[64];
    enum sv_status status = check_login(p, password, err);

    if (status != SV_OK || (status = secret_new(&out, SOCKETMAP_ANSWER_MAX, err)) != SV_OK)
        return status;
    size_t user = strlen(p->username);
    int n = snprintf(head, sizeof head, "%zu:OK ", user + secret_len(password) + 4);
    if ((status = secret_append(out, head, (size_t)n, err)) != SV_OK ||
        (status = secret_append(out, p->username, user, err)) != SV_OK ||
        (status = secret_append(out, ":", 1, err)) != SV_OK ||
        (status = secret_append(out, secret_peek(password), secret_len(password), err)) != SV_OK ||
        (status = secret_append(out, ",", 1, err)) != SV_OK)
        return status;
    *answer = out;
    out = NULL;
    return SV_OK;
}

static const char *word_for(enum sv_status status)
{
    switch (status) {
    case SV_MISSING:
        return "NOTFOUND";
    case SV_LOCKED:
    case SV_DENIED:
    case SV_IO:
    case SV_UNREACHABLE:
        return "TEMP";
    default:
        return "PERM";
    }
}

size_t socketmap_put_fault(uint8_t *dst, size_t capacity, enum sv_status status,
                           const struct sv_err *why)
{
    char body[SV_ERR_TEXT_MAX + 16];
    /* A NOTFOUND is no fault, and its reason would be read by nobody. */
    int len = snprintf(body, sizeof body, "%s %s", word_for(status),
                       status == SV_MISSING ? "" : why->text);
    int n = snprintf((char *)dst, capacity, "%d:%s,", len, body);

    return n > 0 && (size_t)n < capacity ? (size_t)n : 0;
}
