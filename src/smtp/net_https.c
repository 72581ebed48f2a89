/* SPDX-License-Identifier: ISC */
/*
 * How libcurl is held here:
 *
 *  - redirects are followed by hand, so that each hop is judged as the first address was,
 *    and none at all when there is a body;
 *  - the answer gathers in guarded memory, up to the limit and not a byte beyond: what the
 *    server says of its length is not believed;
 *  - a body is asked for when the connection stands and the prison is closed: what reads
 *    names and certificates has no secret, and what has it reaches that server only.
 */
#include "smtp/net_https.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "smtp/https_wire.h"
#include "smtp/net_confine.h"
#include "smtp/net_curl.h"
#include "smtp/net_link.h"
#include "smtp/prison.h"

#define CONNECT_MS 8000
#define GATHER_FIRST 8192

struct asking {
    const struct https_order *order;
    CURL *curl;
    struct curl_slist *headers;
    struct https_place place; /* asked now */
    struct secret *sent;      /* the request's body, when it has come */
    size_t sent_len;          /* of it */
    struct secret *body;      /* the answer's */
    bool too_long, no_memory, unclosed;
    int64_t deadline; /* env_monotonic_ms */
    char detail[CURL_ERROR_SIZE];
};

/* ---- gathering ---- */

static enum sv_status grow(struct asking *a, size_t need)
{
    struct secret *larger = NULL;
    size_t room = a->body == NULL ? GATHER_FIRST : secret_capacity(a->body);
    while (room < need)
        room *= 2;
    enum sv_status status = secret_new(&larger, room, NULL);
    if (status == SV_OK && a->body != NULL)
        status = secret_append(larger, secret_peek(a->body), secret_len(a->body), NULL);
    if (status != SV_OK) {
        secret_free(larger);
        return status;
    }
    secret_free(a->body);
    a->body = larger;
    return SV_OK;
}

static size_t gather(char *bytes, size_t size, size_t count, void *self)
{
    struct asking *a = self;
    size_t more = size * count, have = a->body == NULL ? 0 : secret_len(a->body);
    if (more > a->order->request.max - have) {
        a->too_long = true;
        return 0;
    }
    if (a->body == NULL || have + more > secret_capacity(a->body))
        a->no_memory = grow(a, have + more) != SV_OK;
    if (a->no_memory || secret_append(a->body, bytes, more, NULL) != SV_OK)
        return 0;
    return more;
}

static enum sv_status take_body(struct asking *a)
{
    SECRET_OWNED struct secret *ready = NULL, *frame = NULL;
    enum sv_status status = prison_close(NULL);
    if (status == SV_OK)
        status = https_put_ready(&ready, NULL);
    if (status == SV_OK)
        status = net_link_write(secret_peek(ready), secret_len(ready), NULL);
    if (status == SV_OK)
        status = net_link_read(&frame, NULL);
    if (status == SV_OK)
        status = https_get_body(secret_peek(frame), secret_len(frame), a->order, &a->sent, NULL);
    return status;
}

static int connection_stands(void *self, char *there, char *here, int there_port, int here_port)
{
    struct asking *a = self;
    (void)there, (void)here, (void)there_port, (void)here_port;
    if (a->order->posts && (a->sent != NULL || take_body(a) != SV_OK)) {
        a->unclosed = true;
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

static size_t send_body(char *to, size_t size, size_t count, void *self)
{
    struct asking *a = self;
    size_t left = a->sent == NULL ? 0 : secret_len(a->sent) - a->sent_len, room = size * count;
    size_t n = left < room ? left : room;
    if (n > 0)
        memcpy(to, secret_peek(a->sent) + a->sent_len, n);
    a->sent_len += n;
    return n;
}

/* ---- preparing ---- */

static bool add_header(struct asking *a, const char *line)
{
    struct curl_slist *longer = curl_slist_append(a->headers, line);
    if (longer != NULL)
        a->headers = longer;
    return longer != NULL;
}

static CURLcode prepare_body(struct asking *a)
{
    char type[160];
    snprintf(type, sizeof(type), "Content-Type: %s", a->order->content_type);
    if (!add_header(a, type) || !add_header(a, "Accept: application/json") ||
        !add_header(a, "Expect:"))
        return CURLE_OUT_OF_MEMORY;
    CURLcode bad = 0;
    bad |= curl_easy_setopt(a->curl, CURLOPT_POST, 1L);
    bad |= curl_easy_setopt(a->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)a->order->body_len);
    bad |= curl_easy_setopt(a->curl, CURLOPT_READFUNCTION, send_body);
    bad |= curl_easy_setopt(a->curl, CURLOPT_READDATA, a);
    bad |= curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
    return bad;
}

static CURLcode prepare(struct asking *a)
{
    CURL *curl = a->curl;
    CURLcode bad = net_curl_secure(curl, a->order->request.ca_file, CONNECT_MS);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "smtpvault");
    bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, a->detail);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, gather);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
    bad |= curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, connection_stands);
    bad |= curl_easy_setopt(curl, CURLOPT_PREREQDATA, a);
    return bad | (a->order->posts ? prepare_body(a) : CURLE_OK);
}

/* ---- what came ---- */

SV_PRINTF(3, 4)
static void refuse(struct https_said *said, enum sv_status outcome, const char *format, ...)
{
    char words[HTTPS_WORDS_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    said->outcome = outcome;
    text_printable(said->words, sizeof(said->words), words, strlen(words));
}

static void say_fault(const struct asking *a, CURLcode code, struct https_said *said)
{
    const char *words = a->detail[0] != '\0' ? a->detail : curl_easy_strerror(code);
    if (a->too_long) {
        refuse(said, SV_DATA, "%.200s answers with more than %zu bytes", a->place.host,
               a->order->request.max);
        return;
    }
    switch ((int)code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        refuse(said, SV_DATA, "%.200s does not speak HTTP as it should: %.120s", a->place.host,
               words);
        return;
    case CURLE_URL_MALFORMAT: /* a host that IDNA knows no name for */
        refuse(said, SV_USAGE, "%.200s is not the name of a host", a->place.host);
        return;
    case CURLE_SSL_CACERT_BADFILE:
        refuse(said, SV_MISSING, "the CA file %.250s holds no certificate that can be read",
               a->order->request.ca_file);
        return;
    default:
        refuse(said, SV_UNREACHABLE, "%.200s could not be asked: %.150s", a->place.host, words);
    }
}

static void take_answer(struct asking *a, long http, struct https_said *said)
{
    const char *type = NULL;
    if (a->body == NULL && grow(a, 1) != SV_OK) {
        a->no_memory = true;
        return;
    }
    (void)curl_easy_getinfo(a->curl, CURLINFO_CONTENT_TYPE, &type);
    if (type != NULL)
        text_printable(said->answer.content_type, sizeof(said->answer.content_type), type,
                       strlen(type));
    said->outcome = SV_OK;
    said->answer.status = (int)http;
    said->answer.body = a->body;
    a->body = NULL;
}

static bool is_redirect(long http)
{
    return http == 301 || http == 302 || http == 303 || http == 307 || http == 308;
}

/* Whether to go on, to the address in `url`. */
static bool next_hop(struct asking *a, int hop, char url[HTTPS_URL_MAX], struct https_said *said)
{
    struct https_place next;
    const char *to = NULL;
    (void)curl_easy_getinfo(a->curl, CURLINFO_REDIRECT_URL, &to);
    if (to == NULL || !https_url_split(to, &next) || next.plain != a->place.plain) {
        refuse(said, SV_DATA, "%.200s redirects to an address that is not asked", a->place.host);
        return false;
    }
    if (hop >= HTTPS_REDIRECTS) {
        refuse(said, SV_DATA, "%.200s redirects on and on", a->place.host);
        return false;
    }
    snprintf(url, HTTPS_URL_MAX, "%s", to);
    a->place = next;
    secret_free(a->body);
    a->body = NULL;
    return true;
}

/* One request and its answer; true when it led to another address. */
static bool ask_once(struct asking *a, int hop, char url[HTTPS_URL_MAX], struct https_said *said)
{
    long http = 0;
    int64_t left = a->deadline - env_monotonic_ms();
    a->detail[0] = '\0';
    CURLcode code = curl_easy_setopt(a->curl, CURLOPT_URL, url);
    code |= curl_easy_setopt(a->curl, CURLOPT_PROTOCOLS_STR, a->place.plain ? "http" : "https");
    code |= curl_easy_setopt(a->curl, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
    if (code == CURLE_OK)
        code = curl_easy_perform(a->curl);
    if (code != CURLE_OK) {
        say_fault(a, code, said);
        return false;
    }
    (void)curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &http);
    if (is_redirect(http) && !a->order->posts)
        return next_hop(a, hop, url, said);
    if (http < 200 || http > 599)
        refuse(said, SV_DATA, "the server answers with a status that HTTP has not");
    else
        take_answer(a, http, said);
    return false;
}

static enum sv_status ask(struct asking *a, struct https_said *said, struct sv_err *err)
{
    char url[HTTPS_URL_MAX];
    snprintf(url, sizeof(url), "%s", a->order->request.url);
    if (prepare(a) != CURLE_OK)
        return sv_fail_nomem(err);
    int hop = 0;
    while (ask_once(a, hop, url, said))
        hop++;
    if (a->no_memory)
        return sv_fail_nomem(err);
    if (a->unclosed)
        return sv_fail(err, SV_INTERNAL, "smtpvault-net could not be given what it is to send");
    return SV_OK;
}

enum sv_status net_https_serve(const struct secret *request, struct sv_err *err)
{
    struct https_order order;
    struct asking a = {.order = &order};
    struct https_said said = {.outcome = SV_UNREACHABLE};
    SECRET_OWNED struct secret *frame = NULL;
    enum sv_status status =
        https_get_request(secret_peek(request), secret_len(request), &order, err);
    if (status != SV_OK)
        return status;
    (void)https_url_split(order.request.url, &a.place); /* which was proved with the frame */
    a.deadline = env_monotonic_ms() + order.request.total_ms;
    net_confine_time(order.request.total_ms);
    const uint16_t ports[] = {a.place.port, 443}; /* a redirect may lead to the latter */
    const struct prison_needs needs = {
        .ca_file = order.request.ca_file, .ports = ports, .port_count = a.place.plain ? 1 : 2};
    status = prison_enter(&needs, err);
    if (status != SV_OK)
        return status;
    a.curl = curl_easy_init();
    status = a.curl == NULL ? sv_fail_nomem(err) : ask(&a, &said, err);
    if (status == SV_OK)
        status = https_put_answer(&frame, &said, err);
    if (status == SV_OK)
        status = net_link_write(secret_peek(frame), secret_len(frame), err);
    curl_easy_cleanup(a.curl);
    curl_slist_free_all(a.headers);
    secret_free(a.sent);
    secret_free(a.body);
    https_answer_clear(&said.answer);
    return status;
}
