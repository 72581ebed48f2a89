/* SPDX-License-Identifier: ISC */
/*
 * The order of a look: the names, all at once; then a connection for each port and address
 * family. A mail port is listened to on the first that stands: one that greets is asked for
 * STARTTLS, one that stays silent for TLS, by libcurl, over a connection of its own to the
 * same address and with the certificate verified. Nothing is sent in the clear but EHLO,
 * STARTTLS and QUIT.
 */
#include "smtp/net_ports.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "smtp/net_confine.h"
#include "smtp/net_curl.h"
#include "smtp/net_link.h"
#include "smtp/ports.h"
#include "smtp/prison.h"
#include "smtp/transcript.h"

#define PATIENCE_MS 2000 /* for a greeting; RFC 5321 allows more, people do not */
#define TLS_PATIENCE_MS 300
#define SESSION_MS 5000
#define TICK_MS 20
#define GREETING_MAX 512

enum stage { LOOK_NAME, LOOK_CONNECT, LOOK_LISTEN, LOOK_SPEAK, LOOK_DONE };

struct attempt {
    struct sockaddr_storage at;
    socklen_t len; /* 0: no address */
    int fd;
    enum port_reach *reach;
    bool pending;
};

struct look {
    const struct port_ask *ask;
    struct port_seen *seen;
    struct gaicb *name;
    enum stage stage;
    struct attempt tries[2]; /* IPv4, IPv6 */
    int fd;                  /* that listens for a greeting */
    const struct attempt *open;
    int64_t since, opened;
    char greeting[GREETING_MAX];
    size_t got;
    CURL *curl;
    struct curl_slist *to;
    bool implicit, again;
};

struct looks {
    const struct ports_request *request;
    struct ports_answer *answer;
    struct look all[PORTS_MAX];
    struct gaicb names[PORTS_MAX];
    size_t name_count;
    CURLM *multi;
    int64_t begun;
};

/* ---- names ---- */

static struct gaicb *name_of(struct looks *l, const char *host)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_IDN};
    for (size_t i = 0; i < l->name_count; i++)
        if (strcmp(l->names[i].ar_name, host) == 0)
            return &l->names[i];
    struct gaicb *name = &l->names[l->name_count++];
    *name = (struct gaicb){.ar_name = host, .ar_request = &hints};
    return name;
}

static bool ask_names(struct looks *l)
{
    struct gaicb *list[PORTS_MAX];
    for (size_t i = 0; i < l->name_count; i++)
        list[i] = &l->names[i];
    return getaddrinfo_a(GAI_NOWAIT, list, (int)l->name_count, NULL) == 0;
}

static enum port_name name_state(int gai)
{
    switch (gai) {
    case 0:
        return NAME_FOUND;
    case EAI_AGAIN:
    case EAI_SYSTEM:
    case EAI_INPROGRESS:
    case EAI_MEMORY:
        return NAME_UNANSWERED;
    default:
        return NAME_UNKNOWN;
    }
}

/* The first address of the family. */
static void take_address(struct attempt *t, const struct addrinfo *list, int family, uint16_t port)
{
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        if (a->ai_family != family || a->ai_addrlen > sizeof(t->at))
            continue;
        memcpy(&t->at, a->ai_addr, a->ai_addrlen);
        t->len = a->ai_addrlen;
        /* The port lies at the same place in both. */
        ((struct sockaddr_in *)&t->at)->sin_port = htons(port);
        return;
    }
}

/* ---- connecting ---- */

static enum port_reach reach_of(int error)
{
    switch (error) {
    case 0:
        return REACH_OPEN;
    case ECONNREFUSED:
    case ECONNRESET:
        return REACH_REFUSED;
    case ETIMEDOUT:
        return REACH_DROPPED;
    default:
        return REACH_NO_ROUTE;
    }
}

static void end_attempt(struct look *k, struct attempt *t, enum port_reach reach, int64_t now)
{
    *t->reach = reach;
    t->pending = false;
    if (reach != REACH_OPEN || k->open != NULL || k->ask->control) {
        close(t->fd);
        t->fd = -1;
    }
    if (reach == REACH_OPEN && k->open == NULL) {
        k->open = t;
        k->opened = now;
        k->seen->ms = (int32_t)(now - k->since);
        k->fd = t->fd;
    }
}

static void begin_attempt(struct look *k, struct attempt *t, int64_t now)
{
    if (t->len == 0)
        return;
    t->fd = socket(t->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (t->fd < 0) {
        *t->reach = REACH_NO_ROUTE;
        return;
    }
    t->pending = true;
    if (connect(t->fd, (struct sockaddr *)&t->at, t->len) == 0)
        end_attempt(k, t, REACH_OPEN, now);
    else if (errno != EINPROGRESS)
        end_attempt(k, t, reach_of(errno), now);
}

static void poll_attempt(struct look *k, struct attempt *t, short revents, int64_t now)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (!t->pending || revents == 0)
        return;
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    end_attempt(k, t, reach_of(error), now);
}

static void begin_connecting(struct look *k, int64_t now)
{
    int gai = gai_error(k->name);
    k->seen->name = name_state(gai);
    k->stage = LOOK_CONNECT;
    k->since = now;
    if (gai != 0)
        return;
    take_address(&k->tries[0], k->name->ar_result, AF_INET, k->ask->port);
    take_address(&k->tries[1], k->name->ar_result, AF_INET6, k->ask->port);
    begin_attempt(k, &k->tries[0], now);
    begin_attempt(k, &k->tries[1], now);
}

/* ---- listening ---- */

/* Exim and Exchange say what time it is for them: RFC 5322 section 3.3. */
static int64_t greeting_time(const char *line)
{
    const char *comma = strchr(line, ',');
    struct tm tm = {0};
    if (comma == NULL || comma - line < 3 || strptime(comma - 3, "%a, %d %b %Y %T %z", &tm) == NULL)
        return 0;
    long offset = tm.tm_gmtoff;
    return (int64_t)timegm(&tm) - offset;
}

static void end_listening(struct look *k, enum port_speech speech, uint16_t code)
{
    if (k->fd >= 0 && k->got > 0)
        (void)send(k->fd, "QUIT\r\n", 6, MSG_NOSIGNAL);
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
    k->seen->speech = speech;
    k->seen->code = code;
    k->stage = LOOK_DONE;
}

static void speak(struct looks *l, struct look *k, bool implicit);

static void judge_greeting(struct looks *l, struct look *k)
{
    uint16_t code = transcript_code(k->greeting, strcspn(k->greeting, "\r\n"));
    int64_t clock = greeting_time(k->greeting);
    if (code == 220) {
        if (clock > 0)
            l->answer->their_clock = clock;
        speak(l, k, false);
    } else if (code >= 400) {
        end_listening(k, SPEECH_REJECTED, code);
    } else {
        end_listening(k, SPEECH_OTHER, 0);
    }
}

static void listen_on(struct looks *l, struct look *k, int64_t now)
{
    ssize_t n = recv(k->fd, k->greeting + k->got, GREETING_MAX - 1 - k->got, MSG_DONTWAIT);
    int64_t patience = k->ask->port == 465 || k->ask->port == 2465 ? TLS_PATIENCE_MS : PATIENCE_MS;
    if (n > 0) {
        k->got += (size_t)n;
        if (memchr(k->greeting, '\n', k->got) != NULL || k->got == GREETING_MAX - 1)
            judge_greeting(l, k);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        end_listening(k, SPEECH_REJECTED, 0);
    } else if (now - k->opened > patience) {
        if (k->got > 0)
            end_listening(k, SPEECH_OTHER, 0);
        else
            speak(l, k, true);
    }
}

/* ---- speaking ---- */

static size_t swallow(char *bytes, size_t size, size_t count, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * count;
}

/* "::ADDRESS:PORT": whatever the URL says, this address; the certificate is still judged
 * by the URL. */
static struct curl_slist *pinned_to(const struct look *k)
{
    char host[64], text[96];
    const struct attempt *t = k->open;
    bool v6 = t->at.ss_family == AF_INET6;
    if (getnameinfo((const struct sockaddr *)&t->at, t->len, host, sizeof(host), NULL, 0,
                    NI_NUMERICHOST) != 0)
        return NULL;
    snprintf(text, sizeof(text), "::%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
             (unsigned)k->ask->port);
    return curl_slist_append(NULL, text);
}

static bool prepare_speech(const struct looks *l, struct look *k)
{
    const struct net_place place = {.host = k->ask->host,
                                    .port = k->ask->port,
                                    .implicit = k->implicit,
                                    .ca_file = l->request->ca_file,
                                    .connect_ms =
                                        SESSION_MS, /* TCP is known to stand; TLS counts */
                                    .total_ms = SESSION_MS};
    k->curl = curl_easy_init();
    k->to = pinned_to(k);
    if (k->curl == NULL || k->to == NULL)
        return false;
    CURLcode bad = net_curl_prepare(k->curl, &place);
    bad |= curl_easy_setopt(k->curl, CURLOPT_CONNECT_TO, k->to);
    bad |= curl_easy_setopt(k->curl, CURLOPT_HEADERFUNCTION, swallow);
    bad |= curl_easy_setopt(k->curl, CURLOPT_WRITEFUNCTION, swallow);
    bad |= curl_easy_setopt(k->curl, CURLOPT_PRIVATE, k);
    return bad == CURLE_OK;
}

static void end_speech(struct looks *l, struct look *k)
{
    if (k->curl != NULL) {
        (void)curl_multi_remove_handle(l->multi, k->curl);
        curl_easy_cleanup(k->curl);
    }
    curl_slist_free_all(k->to);
    k->curl = NULL;
    k->to = NULL;
}

static void speak(struct looks *l, struct look *k, bool implicit)
{
    end_listening(k, SPEECH_NOTHING, 0);
    k->implicit = implicit;
    k->stage = LOOK_SPEAK;
    if (prepare_speech(l, k) && curl_multi_add_handle(l->multi, k->curl) == CURLM_OK)
        return;
    end_speech(l, k);
    k->stage = LOOK_DONE;
}

static int32_t verify_of(CURL *curl)
{
    long verify = 0;
    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &verify);
    /* 0 and 1, "unspecified", are what a certificate for other names leaves there. */
    return verify > 1 ? (int32_t)verify : -1;
}

static enum port_speech speech_of(const struct look *k, CURLcode code, struct port_seen *seen)
{
    long reply = 0;
    curl_easy_getinfo(k->curl, CURLINFO_RESPONSE_CODE, &reply);
    switch ((int)code) {
    case CURLE_OK:
        return k->implicit ? SPEECH_IMPLICIT : SPEECH_STARTTLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        seen->verify = verify_of(k->curl);
        return k->implicit ? SPEECH_IMPLICIT : SPEECH_STARTTLS;
    case CURLE_USE_SSL_FAILED:
        return SPEECH_CLEAR;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_REMOTE_ACCESS_DENIED:
        seen->code = reply >= 400 && reply <= 599 ? (uint16_t)reply : 0;
        return seen->code != 0 ? SPEECH_REJECTED : SPEECH_OTHER;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
        return SPEECH_BROKEN;
    default:
        return SPEECH_NOTHING;
    }
}

static void hear_curl(struct looks *l)
{
    int left, running;
    struct CURLMsg *message;
    (void)curl_multi_perform(l->multi, &running);
    while ((message = curl_multi_info_read(l->multi, &left)) != NULL) {
        struct look *k = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&k) != CURLE_OK)
            continue;
        k->seen->speech = speech_of(k, code, k->seen);
        end_speech(l, k);
        k->stage = LOOK_DONE;
        /* Silent, and no TLS either: perhaps it greets late. */
        if (code == CURLE_SSL_CONNECT_ERROR && k->implicit && !k->again) {
            k->again = true;
            speak(l, k, false);
        }
    }
}

/* ---- all of them ---- */

static bool step(struct looks *l, struct look *k, int64_t now)
{
    bool late = now - k->since > l->request->connect_ms;
    if (k->stage == LOOK_NAME &&
        (gai_error(k->name) != EAI_INPROGRESS || now - l->begun > PORTS_NAME_MS))
        begin_connecting(k, now);
    for (size_t i = 0; i < 2; i++)
        if (k->tries[i].pending && k->stage >= LOOK_CONNECT && late)
            end_attempt(k, &k->tries[i], REACH_DROPPED, now);
    bool pending = k->tries[0].pending || k->tries[1].pending;
    if (k->stage == LOOK_CONNECT && k->open != NULL) {
        k->stage = k->ask->control ? LOOK_DONE : LOOK_LISTEN;
    } else if (k->stage == LOOK_CONNECT && !pending) {
        k->stage = LOOK_DONE;
    } else if (k->stage == LOOK_LISTEN) {
        listen_on(l, k, now);
    }
    return k->stage == LOOK_DONE && !pending;
}

static void wait_for_any(struct looks *l)
{
    struct curl_waitfd fds[PORTS_MAX * 2];
    struct attempt *of[PORTS_MAX * 2];
    struct look *look[PORTS_MAX * 2];
    unsigned count = 0;
    for (size_t i = 0; i < l->request->count; i++)
        for (size_t j = 0; j < 2; j++)
            if (l->all[i].tries[j].pending) {
                look[count] = &l->all[i];
                of[count] = &l->all[i].tries[j];
                fds[count++] =
                    (struct curl_waitfd){.fd = l->all[i].tries[j].fd, .events = CURL_WAIT_POLLOUT};
            }
    if (curl_multi_poll(l->multi, fds, count, TICK_MS, NULL) != CURLM_OK)
        return;
    int64_t now = env_monotonic_ms();
    for (unsigned i = 0; i < count; i++)
        poll_attempt(look[i], of[i], fds[i].revents, now);
}

static uint32_t whole_ms(const struct ports_request *request)
{
    return PORTS_NAME_MS + request->connect_ms + PORTS_SPEECH_MS;
}

static void run(struct looks *l)
{
    int64_t end = l->begun + whole_ms(l->request);
    size_t done = 0;
    while (done < l->request->count && env_monotonic_ms() < end) {
        wait_for_any(l);
        hear_curl(l);
        done = 0;
        for (size_t i = 0; i < l->request->count; i++)
            done += step(l, &l->all[i], env_monotonic_ms()) ? 1 : 0;
    }
}

static enum sv_status look_at(const struct ports_request *request, struct ports_answer *answer,
                              struct sv_err *err)
{
    static struct looks l; /* name lookups that hang still write into it */
    *answer = (struct ports_answer){.count = request->count};
    l = (struct looks){.request = request, .answer = answer, .begun = env_monotonic_ms()};
    l.multi = curl_multi_init();
    if (l.multi == NULL)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < request->count; i++) {
        struct port_seen *seen = &answer->seen[i];
        seen->ms = -1;
        seen->name = NAME_UNANSWERED;
        l.all[i] = (struct look){.ask = &request->asks[i],
                                 .seen = seen,
                                 .name = name_of(&l, request->asks[i].host),
                                 .since = l.begun,
                                 .fd = -1,
                                 .tries = {{.reach = &seen->v4}, {.reach = &seen->v6}}};
    }
    if (!ask_names(&l))
        return sv_fail(err, SV_INTERNAL, "smtpvault-net cannot look up names");
    run(&l);
    return SV_OK;
}

enum sv_status net_ports_serve(const struct secret *request, struct sv_err *err)
{
    struct ports_request asked;
    struct ports_answer answer;
    uint16_t ports[PORTS_MAX];
    uint8_t frame[WIRE_PORTS_SEEN_MAX];
    size_t len = 0;
    enum sv_status status =
        ports_get_request(secret_peek(request), secret_len(request), &asked, err);
    if (status != SV_OK)
        return status;
    for (size_t i = 0; i < asked.count; i++)
        ports[i] = asked.asks[i].port;
    const struct prison_needs needs = {
        .ca_file = asked.ca_file, .ports = ports, .port_count = asked.count};
    net_confine_time(whole_ms(&asked));
    status = prison_enter(&needs, err);
    if (status == SV_OK)
        status = look_at(&asked, &answer, err);
    if (status == SV_OK)
        status = ports_put_answer(frame, &len, &answer, err);
    return status == SV_OK ? net_link_write(frame, len, err) : status;
}
