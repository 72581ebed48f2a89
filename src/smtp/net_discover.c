/* SPDX-License-Identifier: ISC */
#include "smtp/net_discover.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include "smtp/autoconfig.h"
#include "smtp/discover_wire.h"
#include "smtp/dns_answer.h"
#include "smtp/net_confine.h"
#include "smtp/net_link.h"
#include "smtp/prison.h"

#define TIME_MS 10000
#define TRY_S 2
#define ANSWER_MAX 8192

/* What is asked for, the better one first: RFC 8314 section 5.1 prefers implicit TLS. */
static const struct {
    const char *name;
    enum smtp_tls tls;
} services[] = {{"_submissions._tcp", SMTP_IMPLICIT}, {"_submission._tcp", SMTP_STARTTLS}};

#define SERVICES (sizeof(services) / sizeof(services[0]))

static void add_server(struct discovered *out, const struct dns_srv *srv, enum smtp_tls tls)
{
    struct discovered one = {.count = 1};
    struct discover_server *s = &one.servers[0];
    *s = (struct discover_server){.port = srv->port, .tls = tls, .source = DISCOVER_SRV};
    memcpy(s->host, srv->target, sizeof(s->host));
    if (discover_is_domain(s->host))
        discover_merge(out, &one);
}

static void add_mx(struct discovered *out, const struct dns_srv *mx)
{
    if (out->mx_count < DISCOVER_MX_MAX && discover_is_domain(mx->target))
        memcpy(out->mx[out->mx_count++], mx->target, sizeof(out->mx[0]));
}

/* `what` is an index into services, or SERVICES: MX. */
static enum discover_end ask(struct __res_state *resolver, size_t what, const char *domain,
                             struct discovered *out)
{
    static uint8_t answer[ANSWER_MAX];
    struct dns_srv records[DNS_SRV_MAX];
    char name[300];
    size_t count = 0;
    bool mx = what == SERVICES;
    snprintf(name, sizeof(name), "%s%s%s", mx ? "" : services[what].name, mx ? "" : ".", domain);
    int len = res_nquery(resolver, name, ns_c_in, mx ? ns_t_mx : ns_t_srv, answer, sizeof(answer));
    if (len < 0)
        return resolver->res_h_errno == HOST_NOT_FOUND || resolver->res_h_errno == NO_DATA
                   ? DISCOVER_NOTHING
                   : DISCOVER_UNANSWERED;
    if ((size_t)len > sizeof(answer) ||
        !(mx ? dns_answer_mx : dns_answer_srv)(answer, (size_t)len, records, &count))
        return DISCOVER_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        if (mx)
            add_mx(out, &records[i]);
        else
            add_server(out, &records[i], services[what].tls);
    }
    return DISCOVER_NOTHING;
}

static void ask_names(const char *domain, struct discovered *out)
{
    struct __res_state resolver;
    memset(&resolver, 0, sizeof(resolver));
    out->end = DISCOVER_UNANSWERED;
    if (res_ninit(&resolver) != 0)
        return;
    resolver.retrans = TRY_S;
    resolver.retry = 2;
    enum discover_end worst = DISCOVER_NOTHING;
    /* Whoever does not answer once is not waited for again. */
    for (size_t i = 0; i <= SERVICES && worst != DISCOVER_UNANSWERED; i++) {
        enum discover_end end = ask(&resolver, i, domain, out);
        worst = worst == DISCOVER_NOTHING ? end : worst;
    }
    res_nclose(&resolver);
    out->end = out->count > 0 ? DISCOVER_FOUND : worst;
    if (out->end == DISCOVER_MALFORMED)
        snprintf(out->why, sizeof(out->why), "the name service's answer is malformed");
}

enum sv_status net_discover_serve(const struct secret *request, struct sv_err *err)
{
    static const uint16_t ports[] = {NS_DEFAULTPORT};
    const struct prison_needs needs = {.ports = ports, .port_count = 1};
    struct discovered found = {.count = 0};
    uint8_t answer[WIRE_DISCOVERED_MAX];
    char domain[256];
    const uint8_t *document = NULL;
    size_t len = 0;
    enum sv_status status = discover_get_request(secret_peek(request), secret_len(request), domain,
                                                 &document, &len, err);
    net_confine_time(TIME_MS);
    if (status == SV_OK)
        status = prison_enter(&needs, err);
    if (status == SV_OK && document)
        status = prison_close(err);
    if (status != SV_OK)
        return status;
    if (document)
        autoconfig_parse(document, len, domain, &found);
    else
        ask_names(domain, &found);
    status = discover_put_answer(answer, &len, &found, err);
    return status == SV_OK ? net_link_write(answer, len, err) : status;
}
