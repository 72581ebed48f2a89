/* SPDX-License-Identifier: ISC */
#include "cmd/git_match.h"

#include <string.h>

#include "base/text.h"

#define PORT_SMTP 25
#define PORT_SMTPS 465

/* ---- the parts of an address ---- */

static uint16_t usual_port(const char *protocol)
{
    static const struct {
        const char *protocol;
        uint16_t port;
    } usual[] = {{"https", 443}, {"http", 80}, {"imaps", 993}, {"imap", 143}};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (strcmp(usual[i].protocol, protocol) == 0)
            return usual[i].port;
    }
    return 0;
}

static bool same_port(const struct git_request *r, const struct profile *p)
{
    if (profile_is_mail(p))
        return r->port != 0 ? r->port == p->port : p->port == PORT_SMTP || p->port == PORT_SMTPS;
    uint16_t usual = usual_port(r->protocol);
    return (r->port != 0 ? r->port : usual) == (p->port != 0 ? p->port : usual);
}

static bool same_host(const struct git_request *r, const struct profile *p)
{
    return text_equal_nocase(r->host, p->host != NULL ? p->host : "");
}

static bool same_server(const struct git_request *r, const struct profile *p)
{
    return same_host(r, p) && same_port(r, p);
}

/* A mail login without a user is nobody's by name; another one's user may be the empty one. */
static bool same_user(const struct git_request *r, const struct profile *p)
{
    if (profile_is_mail(p) && p->username == NULL)
        return false;
    return strcmp(r->user, p->username != NULL ? p->username : "") == 0;
}

static bool same_protocol(const struct git_request *r, const struct profile *p)
{
    return profile_is_mail(p) ? git_request_is_mail(r) : strcmp(r->protocol, p->protocol) == 0;
}

/* git names a path where credential.useHttpPath says so, and then means it. */
static bool path_fits(const struct git_request *r, const struct profile *p)
{
    return profile_is_mail(p) || !r->has_path ||
           strcmp(r->path, p->path != NULL ? p->path : "") == 0;
}

bool git_match_fits(const struct git_request *r, const struct profile *p)
{
    return r->usable && same_protocol(r, p) && same_server(r, p) && path_fits(r, p) &&
           (!r->has_user || same_user(r, p));
}

/* ---- what looks like one ---- */

/* The name with the letters that are easily taken for others as those; what does not fit is
 * cut. */
static void put_skeleton(char *dst, size_t capacity, const char *host)
{
    static const char from[] = "01i", to[] = "oll";
    size_t n = 0;
    for (; *host != '\0' && n + 1 < capacity; host++) {
        char c = *host >= 'A' && *host <= 'Z' ? (char)(*host - 'A' + 'a') : *host;
        const char *found = strchr(from, c);
        if (n > 0 && c == 'n' && dst[n - 1] == 'r')
            dst[n - 1] = 'm';
        else if (n > 0 && c == 'v' && dst[n - 1] == 'v')
            dst[n - 1] = 'w';
        else
            dst[n++] = found != NULL ? to[found - from] : c;
    }
    while (n > 0 && dst[n - 1] == '.')
        n--;
    dst[n] = '\0';
}

/* git1 and git2 are two of many, and nobody's disguise. */
static bool differ_by_number(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    for (;;) {
        a += strspn(a, digits);
        b += strspn(b, digits);
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a - 'A' + 'a') : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b - 'A' + 'a') : *b;
        if (x != y || x == '\0')
            return x == y;
        a++;
        b++;
    }
}

bool git_match_alike(const char *asked, const char *known)
{
    char a[GIT_HOST_MAX + 1], b[GIT_HOST_MAX + 1];
    put_skeleton(a, sizeof a, asked);
    put_skeleton(b, sizeof b, known);
    size_t len = strlen(b);
    if (len == 0 || text_equal_nocase(asked, known))
        return false;
    if (strcmp(a, b) == 0 || (strncmp(a, b, len) == 0 && a[len] == '.'))
        return true;
    return len > 4 && text_distance(a, b) == 1 && !differ_by_number(asked, known);
}

bool git_match_resembles(const struct git_request *r, const struct profile *p)
{
    if (!r->usable || !same_protocol(r, p))
        return false;
    if (profile_is_mail(p))
        return r->has_user && same_user(r, p) && !same_server(r, p);
    return p->host != NULL && git_match_alike(r->host, p->host) &&
           (!r->has_user || same_user(r, p));
}

/* ---- which one ---- */

/* As it was asked for: of a path where one is named, and else of none. */
static bool is_exact(const struct git_request *r, const struct profile *p)
{
    return profile_is_mail(p) || r->has_path == (p->path != NULL);
}

static void consider(struct git_match *m, const struct git_request *r, const struct profile *p)
{
    if (!git_match_fits(r, p)) {
        if (m->like == NULL && git_match_resembles(r, p))
            m->like = p;
        return;
    }
    if (p->retired != 0) {
        m->retired = p;
        return;
    }
    bool better = m->one != NULL && is_exact(r, p) && !is_exact(r, m->one);
    bool worse = m->one != NULL && !is_exact(r, p) && is_exact(r, m->one);
    if (worse)
        return;
    m->count = better ? 1 : m->count + 1;
    m->one = p;
}

struct git_match git_match_choose(const struct profile_list *list, const struct git_request *r,
                                  const char *only, bool general)
{
    struct git_match m = {.one = NULL};
    for (size_t i = 0; i < list->count; i++) {
        const struct profile *p = &list->items[i];
        if ((only == NULL || strcmp(p->name, only) == 0) && (general || profile_is_mail(p)))
            consider(&m, r, p);
    }
    if (m.count > 0 || m.retired != NULL)
        m.like = NULL;
    if (m.count > 1)
        m.one = NULL;
    return m;
}
