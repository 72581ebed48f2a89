/* SPDX-License-Identifier: ISC */
/*
 * How libcurl is held, so that its answer can be believed:
 *
 *  - CURLUSESSL_ALL and a verified certificate, always: with less it would send
 *    the secret over a connection that somebody else holds.
 *  - LOGIN_OPTIONS, always: left alone it prefers DIGEST-MD5 and CRAM-MD5, which
 *    fail with a right password wherever the server stores hashes.
 *  - its CURLE_OK says nothing: without an AUTH in EHLO's answer it skips the
 *    login. Only the transcript's 235 counts.
 *  - one attempt: providers lock accounts after few.
 */
#include "smtp/net_probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "smtp/classify.h"
#include "smtp/net_curl.h"
#include "smtp/scrub.h"

struct net_probe {
    const struct smtp_target *target;
    const struct secret *secret;
    struct secret *word; /* the secret with NUL behind it, as libcurl wants it */
    CURL *curl;
    struct transcript transcript;
    bool tls_up;
    char tls_version[16];
    char detail[CURL_ERROR_SIZE];
    /* env_monotonic_ms, 0: not reached */
    int64_t begun, greeted, handshake, secured, auth_sent, auth_done;
};

/* ---- watching ---- */

static size_t watch_reply(char *line, size_t size, size_t count, void *self)
{
    struct net_probe *p = self;
    bool goes_on = transcript_received(&p->transcript, line, size * count);
    int64_t now = env_monotonic_ms();
    if (p->greeted == 0)
        p->greeted = now;
    if (p->transcript.stage == STAGE_AUTH && p->transcript.answered && p->auth_done == 0)
        p->auth_done = now;
    return goes_on ? size * count : 0;
}

static void watch_text(struct net_probe *p, const char *text, size_t len)
{
    static const char mark[] = "SSL connection using ";
    size_t at = sizeof(mark) - 1, n = 0;
    if (len <= at || memcmp(text, mark, at) != 0 || p->tls_up)
        return;
    while (at + n < len && n < sizeof(p->tls_version) - 1 && strchr(" \n/", text[at + n]) == NULL)
        n++;
    memcpy(p->tls_version, text + at, n);
    p->tls_version[n] = '\0';
    p->tls_up = true;
    p->secured = env_monotonic_ms();
}

static int watch_session(CURL *curl, curl_infotype type, char *bytes, size_t len, void *self)
{
    struct net_probe *p = self;
    (void)curl;
    if (type == CURLINFO_TEXT) {
        watch_text(p, bytes, len);
    } else if (type == CURLINFO_HEADER_OUT) {
        transcript_sent(&p->transcript, bytes, len);
        if (p->transcript.stage == STAGE_AUTH && p->auth_sent == 0)
            p->auth_sent = env_monotonic_ms();
    }
    return 0;
}

/* libcurl calls this when TCP stands and TLS begins; its own connect time of an
 * smtps:// URL comes only with the end of TLS. */
static CURLcode watch_handshake(CURL *curl, void *context, void *self)
{
    struct net_probe *p = self;
    (void)curl;
    (void)context;
    if (p->handshake == 0)
        p->handshake = env_monotonic_ms();
    return CURLE_OK;
}

static size_t watch_body(char *bytes, size_t size, size_t count, void *self)
{
    (void)bytes;
    (void)self;
    return size * count;
}

/* ---- preparing ---- */

static struct net_place place_of(const struct smtp_target *t, bool implicit, uint32_t total_ms)
{
    return (struct net_place){.host = t->host,
                              .port = t->port,
                              .implicit = implicit,
                              .ca_file = t->ca_file,
                              .connect_ms = t->connect_ms,
                              .total_ms = total_ms};
}

static const char *login_options(const struct smtp_target *t)
{
    if (t->login_options[0] != '\0')
        return t->login_options;
    return t->bearer ? "AUTH=OAUTHBEARER;AUTH=XOAUTH2" : "AUTH=PLAIN;AUTH=LOGIN";
}

static CURLcode prepare_login(struct net_probe *p)
{
    const char *word = (const char *)secret_peek(p->word);
    CURLcode bad = 0;
    bad |= curl_easy_setopt(p->curl, CURLOPT_USERNAME,
                            p->target->user_is_secret ? word : p->target->username);
    bad |= curl_easy_setopt(p->curl, p->target->bearer ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD,
                            word);
    bad |= curl_easy_setopt(p->curl, CURLOPT_LOGIN_OPTIONS, login_options(p->target));
    bad |= curl_easy_setopt(p->curl, CURLOPT_CUSTOMREQUEST, "NOOP");
    bad |= curl_easy_setopt(p->curl, CURLOPT_CERTINFO, 1L);
    bad |= curl_easy_setopt(p->curl, CURLOPT_ERRORBUFFER, p->detail);
    bad |= curl_easy_setopt(p->curl, CURLOPT_HEADERFUNCTION, watch_reply);
    bad |= curl_easy_setopt(p->curl, CURLOPT_HEADERDATA, p);
    bad |= curl_easy_setopt(p->curl, CURLOPT_SSL_CTX_FUNCTION, watch_handshake);
    bad |= curl_easy_setopt(p->curl, CURLOPT_SSL_CTX_DATA, p);
    bad |= curl_easy_setopt(p->curl, CURLOPT_WRITEFUNCTION, watch_body);
    bad |= curl_easy_setopt(p->curl, CURLOPT_DEBUGFUNCTION, watch_session);
    bad |= curl_easy_setopt(p->curl, CURLOPT_DEBUGDATA, p);
    bad |= curl_easy_setopt(p->curl, CURLOPT_VERBOSE, 1L);
    return bad;
}

static bool prepare(struct net_probe *p)
{
    size_t len = secret_len(p->secret);
    if (secret_new(&p->word, len + 1, NULL) != SV_OK)
        return false;
    memcpy(secret_poke(p->word), secret_peek(p->secret), len);
    secret_set_len(p->word, len + 1);
    p->curl = curl_easy_init();
    if (p->curl == NULL)
        return false;
    const struct smtp_target *t = p->target;
    const struct net_place place = place_of(t, t->tls == SMTP_IMPLICIT, t->total_ms);
    return net_curl_prepare(p->curl, &place) == CURLE_OK && prepare_login(p) == CURLE_OK;
}

struct net_probe *net_probe_new(const struct smtp_target *target, const struct secret *secret)
{
    struct net_probe *p = sv_alloc(sizeof(*p));
    if (p == NULL)
        return NULL;
    p->target = target;
    p->secret = secret;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && prepare(p))
        return p;
    net_probe_free(p);
    return NULL;
}

void net_probe_free(struct net_probe *probe)
{
    if (probe == NULL)
        return;
    curl_easy_cleanup(probe->curl);
    secret_free(probe->word);
    sv_free(probe);
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
    case CURLE_LOGIN_DENIED:
    case CURLE_AUTH_ERROR:
        return FAULT_LOGIN;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return FAULT_DROPPED;
    default:
        return FAULT_OTHER;
    }
}

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

static void tell_times(const struct net_probe *p, struct smtp_result *r)
{
    bool implicit = p->target->tls == SMTP_IMPLICIT;
    int32_t resolve = ms_of(p->curl, CURLINFO_NAMELOOKUP_TIME_T);
    int32_t connect = ms_of(p->curl, CURLINFO_CONNECT_TIME_T);
    int64_t resolved = resolve < 0 ? 0 : p->begun + resolve;
    int64_t connected = connect < 0 ? 0 : p->begun + connect;
    if (implicit)
        connected = p->handshake;
    r->ms_resolve = resolve;
    r->ms_connect = span(resolved, connected);
    r->ms_tls = span(p->handshake, p->secured);
    r->ms_greeting = span(implicit ? p->secured : connected, p->greeted);
    r->ms_auth = span(p->auth_sent, p->auth_done);
    r->ms_total = span(p->begun, env_monotonic_ms());
}

static void tell_certificate(const struct net_probe *p, struct smtp_result *r)
{
    static const char issuer[] = "Issuer:", ends[] = "Expire date:";
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(p->curl, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
        info->num_of_certs < 1)
        return;
    int64_t end = 0;
    for (struct curl_slist *line = info->certinfo[0]; line != NULL; line = line->next) {
        const char *text = line->data;
        if (text_starts_with(text, issuer)) {
            text += sizeof(issuer) - 1;
            text_printable(r->offer.issuer, sizeof(r->offer.issuer), text, strlen(text));
        } else if (text_starts_with(text, ends) &&
                   certificate_time(text + sizeof(ends) - 1, &end)) {
            r->offer.days_left = (int32_t)((end - env_now()) / 86400);
        }
    }
}

/* ---- running ---- */

/* A port that says nothing may be waiting for a ClientHello. Asked without
 * credentials, on a connection of its own. */
static bool speaks_tls(const struct smtp_target *target, int64_t ms)
{
    CURL *curl = ms < 100 ? NULL : curl_easy_init();
    if (curl == NULL)
        return false;
    curl_off_t secured = 0;
    const struct net_place place = place_of(target, true, (uint32_t)ms);
    CURLcode code = net_curl_prepare(curl, &place);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME_T, &secured);
    curl_easy_cleanup(curl);
    return secured > 0 || code == CURLE_PEER_FAILED_VERIFICATION;
}

static bool asks_for_scram(const struct smtp_target *t)
{
    return strstr(t->login_options, "SCRAM") != NULL;
}

static bool curl_has_scram(void)
{
    return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_GSASL) != 0;
}

static void gather(struct net_probe *p, CURLcode code, struct smtp_evidence *e)
{
    long os_errno = 0;
    curl_off_t looked_up = 0, connected = 0;
    curl_easy_getinfo(p->curl, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(p->curl, CURLINFO_SSL_VERIFYRESULT, &e->verify);
    curl_easy_getinfo(p->curl, CURLINFO_NAMELOOKUP_TIME_T, &looked_up);
    curl_easy_getinfo(p->curl, CURLINFO_CONNECT_TIME_T, &connected);
    e->fault = fault_of(code, os_errno);
    e->os_errno = (int)os_errno;
    e->connected = connected > 0 || p->handshake > 0 || p->greeted > 0;
    e->resolved = looked_up > 0 || e->connected || e->fault == FAULT_CONNECT;
    e->tls_up = p->tls_up;
    e->now = env_now();
    const char *words = p->detail[0] != '\0' ? p->detail : curl_easy_strerror(code);
    snprintf(e->detail, sizeof(e->detail), "%s", words);
}

static void withhold_secret(const struct net_probe *p, struct smtp_result *r)
{
    if (scrub_repeats_secret(p->transcript.text, p->target->username, p->secret))
        snprintf(r->text, sizeof(r->text), "(withheld: the server's answer repeats the secret)");
}

void net_probe_run(struct net_probe *p, struct smtp_result *r)
{
    struct smtp_evidence e = {.target = p->target, .transcript = &p->transcript};
    p->begun = env_monotonic_ms();
    *r = (struct smtp_result){.offer.days_left = INT32_MIN,
                              .ms_resolve = -1,
                              .ms_connect = -1,
                              .ms_tls = -1,
                              .ms_greeting = -1,
                              .ms_auth = -1,
                              .ms_sender = -1,
                              .ms_send = -1,
                              .ms_total = 0};
    if (asks_for_scram(p->target) && !curl_has_scram()) {
        e.fault = FAULT_MECHANISM;
        smtp_classify(&e, r);
        return;
    }
    gather(p, curl_easy_perform(p->curl), &e);
    tell_times(p, r);
    tell_certificate(p, r);
    if (e.fault == FAULT_TIMEOUT && e.connected && p->greeted == 0 &&
        p->target->tls == SMTP_STARTTLS)
        e.tls_spoken = speaks_tls(p->target, (int64_t)p->target->total_ms - r->ms_total);
    snprintf(r->offer.tls_version, sizeof(r->offer.tls_version), "%s", p->tls_version);
    smtp_classify(&e, r);
    withhold_secret(p, r);
}
