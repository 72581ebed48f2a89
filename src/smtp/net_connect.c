/* SPDX-License-Identifier: ISC */
/*
 * libcurl's CURLE_OK means here that EHLO was answered under TLS: CONNECT_ONLY, with no
 * user name. LOGIN_OPTIONS keeps it from AUTH EXTERNAL, the one login that needs none.
 */
#include "smtp/net_connect.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "smtp/net_curl.h"
#include "smtp/scrub.h"

/* ---- watching ---- */

static size_t watch_reply(char *line, size_t size, size_t count, void *self)
{
    struct net_connection *c = self;
    bool goes_on = transcript_received(&c->transcript, line, size * count);
    if (c->greeted == 0)
        c->greeted = env_monotonic_ms();
    return goes_on ? size * count : 0;
}

/* libcurl throws a line without end away and waits for more, for ever. */
static void watch_text(struct net_connection *c, const char *text, size_t len)
{
    static const char mark[] = "Excessive server response line";
    if (len < sizeof(mark) - 1 || memcmp(text, mark, sizeof(mark) - 1) != 0)
        return;
    c->transcript.breach = BREACH_LENGTH;
    for (size_t i = 0; i < c->socket_count; i++)
        (void)shutdown(c->sockets[i], SHUT_RDWR);
}

static int watch_session(CURL *curl, curl_infotype type, char *bytes, size_t len, void *self)
{
    struct net_connection *c = self;
    (void)curl;
    if (type == CURLINFO_TEXT)
        watch_text(c, bytes, len);
    else if (type == CURLINFO_HEADER_OUT)
        transcript_sent(&c->transcript, bytes, len);
    return 0;
}

static CURLcode watch_handshake(CURL *curl, void *context, void *self)
{
    struct net_connection *c = self;
    (void)curl;
    return net_cert_watch(context, &c->cert) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static int watch_socket(void *self, curl_socket_t fd, curlsocktype purpose)
{
    struct net_connection *c = self;
    (void)purpose;
    if (c->socket_count < NET_SOCKETS)
        c->sockets[c->socket_count++] = fd;
    return CURL_SOCKOPT_OK;
}

/* ---- preparing ---- */

static void place_of(const struct smtp_target *t, bool implicit, uint32_t ms, struct net_place *out)
{
    *out = (struct net_place){.host = t->host,
                              .port = t->port,
                              .implicit = implicit,
                              .ca_file = t->ca_file,
                              .connect_ms = t->connect_ms,
                              .total_ms = ms};
}

static bool prepare(struct net_connection *c)
{
    struct net_place place;
    CURL *curl = c->curl = curl_easy_init();
    if (curl == NULL)
        return false;
    place_of(c->target, c->target->tls == SMTP_IMPLICIT, c->target->total_ms, &place);
    CURLcode bad = net_curl_prepare(curl, &place);
    bad |= curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN");
    bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, c->detail);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, watch_reply);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, c);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, watch_handshake);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, c);
    bad |= curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, watch_socket);
    bad |= curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, c);
    bad |= curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch_session);
    bad |= curl_easy_setopt(curl, CURLOPT_DEBUGDATA, c);
    bad |= curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    return bad == CURLE_OK;
}

struct net_connection *net_connection_new(const struct smtp_target *target)
{
    struct net_connection *c = sv_alloc(sizeof(*c));
    if (c == NULL)
        return NULL;
    c->target = target;
    c->offer = (struct smtp_offer){.tls = target->tls, .days_left = INT32_MIN};
    c->cert.offer = &c->offer;
    if (prepare(c))
        return c;
    net_connection_free(c);
    return NULL;
}

void net_connection_free(struct net_connection *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    sv_free(c);
}

void net_connection_free_cleanup(struct net_connection **slot)
{
    net_connection_free(*slot);
}

/* ---- what was seen ---- */

static enum smtp_fault fault_of(CURLcode code, long os_errno)
{
    switch ((int)code) {
    case CURLE_OK:
        return FAULT_NONE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_URL_MALFORMAT: /* a host that IDNA knows no name for */
        return FAULT_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return os_errno == ETIMEDOUT ? FAULT_TIMEOUT : FAULT_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return FAULT_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        return FAULT_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return FAULT_CERTIFICATE;
    case CURLE_SSL_CACERT_BADFILE:
        return FAULT_CA_FILE;
    case CURLE_USE_SSL_FAILED:
        return FAULT_NO_STARTTLS;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_WRITE_ERROR: /* the transcript had enough */
        return FAULT_REPLY;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return FAULT_DROPPED;
    default:
        return FAULT_OTHER;
    }
}

/* A port that says nothing may be waiting for a ClientHello. Asked on a connection of its
 * own. */
static bool speaks_tls(const struct smtp_target *target, int64_t ms)
{
    struct net_place place;
    CURL *curl = ms < 100 ? NULL : curl_easy_init();
    if (curl == NULL)
        return false;
    curl_off_t secured = 0;
    place_of(target, true, (uint32_t)ms, &place);
    CURLcode code = net_curl_prepare(curl, &place);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME_T, &secured);
    curl_easy_cleanup(curl);
    return secured > 0 || code == CURLE_PEER_FAILED_VERIFICATION;
}

/* No answer, or the answer that there is no such name: curl tells them not apart. Asked
 * anew where the first answer came at once. */
static bool names_down(const struct net_connection *c)
{
    struct addrinfo *found = NULL;
    if (env_monotonic_ms() - c->begun > (int64_t)c->target->total_ms / 4)
        return false;
    int code = getaddrinfo(c->target->host, NULL, NULL, &found);
    if (code == 0)
        freeaddrinfo(found);
    return code == EAI_AGAIN;
}

static void gather(const struct net_connection *c, CURLcode code, struct smtp_evidence *e)
{
    long os_errno = 0;
    curl_off_t looked_up = 0, connected = 0;
    curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(c->curl, CURLINFO_SSL_VERIFYRESULT, &e->verify);
    curl_easy_getinfo(c->curl, CURLINFO_NAMELOOKUP_TIME_T, &looked_up);
    curl_easy_getinfo(c->curl, CURLINFO_CONNECT_TIME_T, &connected);
    e->fault = fault_of(code, os_errno);
    e->os_errno = (int)os_errno;
    e->connected = connected > 0 || c->cert.begun > 0 || c->greeted > 0;
    e->resolved = looked_up > 0 || e->connected || e->fault == FAULT_CONNECT;
    e->names_down = code == CURLE_COULDNT_RESOLVE_HOST && names_down(c);
    e->tls_up = c->cert.secured > 0;
    e->now = env_now();
    snprintf(e->detail, sizeof(e->detail), "%s",
             c->detail[0] != '\0' ? c->detail : curl_easy_strerror(code));
}

/* libcurl's own limits, which are told by its words alone. */
static void note_limit(struct net_connection *c, CURLcode code)
{
    if (code != CURLE_OK && (strstr(c->detail, "response data too big") != NULL ||
                             strstr(c->detail, "Too large response headers") != NULL))
        c->transcript.breach = BREACH_LENGTH;
}

static void tell_login(struct net_connection *c)
{
    const struct transcript *t = &c->transcript;
    struct smtp_offer *o = &c->offer;
    text_printable(o->mechanisms, sizeof(o->mechanisms), t->offered, strlen(t->offered));
    for (char *at = o->mechanisms; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    scrub_text(o->capabilities, sizeof(o->capabilities), t->capabilities, c->target->username);
}

void net_connection_open(struct net_connection *c, struct smtp_evidence *e)
{
    *e = (struct smtp_evidence){.target = c->target, .transcript = &c->transcript};
    c->begun = env_monotonic_ms();
    CURLcode code = curl_easy_perform(c->curl);
    note_limit(c, code);
    gather(c, code, e);
    c->ended = env_monotonic_ms();
    if (e->tls_up)
        tell_login(c);
    if (e->fault == FAULT_TIMEOUT && e->connected && c->greeted == 0 &&
        c->target->tls == SMTP_STARTTLS)
        e->tls_spoken = speaks_tls(c->target, (int64_t)c->target->total_ms - (c->ended - c->begun));
}

/* ---- times ---- */

static int32_t ms_of(CURL *curl, CURLINFO info)
{
    curl_off_t us = 0;
    if (curl_easy_getinfo(curl, info, &us) != CURLE_OK || us <= 0)
        return -1;
    return (int32_t)(us / 1000);
}

/* Two clocks meet here, libcurl's and ours: a span may come out as -1 ms. */
static int32_t span(int64_t from, int64_t to)
{
    if (from == 0 || to == 0)
        return -1;
    return to < from ? 0 : (int32_t)(to - from);
}

void net_connection_tell(const struct net_connection *c, struct smtp_result *r)
{
    bool implicit = c->target->tls == SMTP_IMPLICIT;
    int32_t resolve = ms_of(c->curl, CURLINFO_NAMELOOKUP_TIME_T);
    int32_t connect = ms_of(c->curl, CURLINFO_CONNECT_TIME_T);
    int64_t resolved = resolve < 0 ? 0 : c->begun + resolve;
    int64_t connected = connect < 0 ? 0 : c->begun + connect;
    if (implicit) /* libcurl's comes only with the end of TLS then */
        connected = c->cert.begun;
    r->offer = c->offer;
    r->ms_resolve = resolve;
    r->ms_connect = span(resolved, connected);
    r->ms_tls = span(c->cert.begun, c->cert.secured);
    r->ms_greeting = span(implicit ? c->cert.secured : connected, c->greeted);
    r->ms_auth = r->ms_sender = r->ms_send = -1;
    r->ms_total = span(c->begun, env_monotonic_ms());
}
