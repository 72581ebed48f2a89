/* SPDX-License-Identifier: ISC */
#include "login/test_probe.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/ca_file.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "domain/login.h"
#include "domain/provider.h"
#include "format/json.h"
#include "login/test_login.h"
#include "login/test_report.h"

#define SAID_MAX 768

/* ---- what to look at ---- */

static void ask_for(struct ports_request *r, const char *host, uint16_t port, bool control)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->asks[i].port == port && strcmp(r->asks[i].host, host) == 0)
            return;
    if (r->count == PORTS_MAX || port == 0 || strlen(host) >= sizeof r->asks[0].host)
        return;
    struct port_ask *ask = &r->asks[r->count++];
    snprintf(ask->host, sizeof ask->host, "%s", host);
    ask->port = port;
    ask->control = control;
}

static bool may_be_asked(const struct provider_host *h)
{
    return !h->placeholder && h->tls != TLS_NONE;
}

/* "https://HOST/..." of the provider: a web server of theirs. */
static void ask_for_site(struct ports_request *r, const struct provider *provider)
{
    char host[sizeof r->asks[0].host];
    const char *url = provider->docs_url != NULL ? provider->docs_url : provider->secret_url;
    const char *at = url != NULL ? strstr(url, "://") : NULL;
    if (at == NULL)
        return;
    at += 3;
    size_t len = strcspn(at, "/:?#");
    if (len == 0 || len >= sizeof host)
        return;
    memcpy(host, at, len);
    host[len] = '\0';
    ask_for(r, host, 443, true);
}

static void ask_for_provider(struct ports_request *r, const char *host,
                             const struct provider *provider)
{
    const struct provider_host *best = provider_best_host(provider, NULL);
    bool theirs = false;
    for (size_t i = 0; i < provider->host_count; i++) {
        const struct provider_host *h = &provider->hosts[i];
        if (!may_be_asked(h) || strcmp(h->host, host) != 0)
            continue;
        theirs = true;
        ask_for(r, host, h->port, false);
    }
    /* The profile's host is not one that they are known for. */
    if (!theirs && best != NULL && may_be_asked(best))
        ask_for(r, best->host, best->port, false);
}

static void ask_for_usual(struct ports_request *r, const char *host)
{
    static const uint16_t ports[] = {465, 587, 2525};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        ask_for(r, host, ports[i], false);
}

static void make_request(struct ports_request *r, const char *host, const struct profile *p)
{
    const struct provider *provider = provider_named(p);
    ask_for(r, host, p->port, false);
    /* First of the rest, so that many rows of a provider leave room for them. */
    ask_for(r, host, 443, true);
    ask_for(r, host, 993, true);
    if (provider != NULL) {
        ask_for_site(r, provider);
        ask_for_provider(r, host, provider);
    }
    ask_for_usual(r, host);
}

enum sv_status test_probe_look(const char *helper, const struct profile *p, const char *ca_file,
                               uint32_t ms, struct probe_report *report, struct sv_err *err)
{
    struct smtp_target current = {.port = p->port, .host_is_known = test_login_host_is_known(p)};
    *report = (struct probe_report){.asked.connect_ms = ms};
    enum sv_status s = test_login_host(current.host, sizeof current.host, p, err);
    if (s == SV_OK)
        s = ca_file_choose(p, ca_file, &ca_file, err);
    if (s != SV_OK)
        return s;
    if (ca_file != NULL && strlen(ca_file) >= sizeof report->asked.ca_file)
        return sv_fail(err, SV_DATA, "the path of the CA file is too long");
    snprintf(report->asked.ca_file, sizeof report->asked.ca_file, "%s",
             ca_file != NULL ? ca_file : "");
    snprintf(current.provider, sizeof current.provider, "%s",
             p->provider != NULL ? p->provider : "");
    if (p->tls != TLS_NONE)
        current.tls = login_tls(p);
    make_request(&report->asked, current.host, p);
    s = ports_probe(helper, &report->asked, &report->seen, err);
    if (s == SV_OK)
        ports_judge(&report->asked, &report->seen, &current, env_now(), &report->finding);
    return s;
}

bool test_probe_helps(enum smtp_verdict verdict, const struct profile *p)
{
    switch (verdict) {
    case SMTP_NAME_NOT_FOUND: /* a provider's own host may be found where one given for it is not */
        return provider_named(p) != NULL && !test_login_host_is_known(p);
    case SMTP_REFUSED:
    case SMTP_UNREACHABLE:
    case SMTP_TIMEOUT:
    case SMTP_PORT_BLOCKED:
    case SMTP_STARTTLS_MISSING:
    case SMTP_NOT_SMTP:
        return true;
    default:
        return false;
    }
}

bool test_probe_wanted(struct cli *cli)
{
    bool yes = false;
    return prompt_go(cli, "Look which ports answer from here, without logging in? [Y/n] ", &yes,
                     NULL) == SV_OK &&
           yes;
}

/* ---- saying it ---- */

static const char *certificate_word(const struct port_seen *s)
{
    if (s->speech != SPEECH_STARTTLS && s->speech != SPEECH_IMPLICIT)
        return NULL;
    return s->verify == 0 ? "accepted" : "not accepted";
}

static void add_speech(struct grid *g, const struct port_ask *ask, const struct port_seen *s)
{
    const char *certificate = certificate_word(s);
    if (ask->control)
        grid_add(g, "(no mail port)");
    else if (certificate != NULL)
        grid_addf(g, "%s, certificate %s",
                  s->speech == SPEECH_IMPLICIT ? "TLS from the start" : "STARTTLS", certificate);
    else if (s->speech == SPEECH_REJECTED && s->code != 0)
        grid_addf(g, "rejected with %u", (unsigned)s->code);
    else
        grid_add(g, s->speech == SPEECH_NOTHING ? NULL : port_speech_word(s->speech));
}

static const char *name_fault(enum port_name name)
{
    return name == NAME_UNANSWERED ? "no name server" : "no such name";
}

enum sv_status test_probe_people(struct sink *out, const struct cli *cli, const struct profile *p,
                                 const struct probe_report *report, struct sv_err *err)
{
    static const char *const heads[] = {"SERVER", "IPV4", "IPV6", "ANSWERS"};
    GRID_OWNED struct grid g = {0};
    char said[SAID_MAX];
    const struct ports_finding *f = &report->finding;
    for (size_t i = 0; i < report->seen.count; i++) {
        const struct port_ask *ask = &report->asked.asks[i];
        const struct port_seen *s = &report->seen.seen[i];
        grid_addf(&g, "%s:%u", ask->host, (unsigned)ask->port);
        grid_add(&g, s->name == NAME_FOUND ? port_reach_word(s->v4) : name_fault(s->name));
        grid_add(&g, s->name == NAME_FOUND ? port_reach_word(s->v6) : NULL);
        add_speech(&g, ask, s);
    }
    sink_printf(out, "%s: %s\n", NAME_SHOWN(p->name), ports_verdict_word(f->verdict));
    test_report_part(out, "cause", smtp_say(said, sizeof said, f->cause, p->name));
    test_report_part(out, "note", f->note);
    test_report_part(out, "advice", smtp_say(said, sizeof said, f->advice, p->name));
    return grid_print(&g, out, cli, heads, sizeof heads / sizeof heads[0], err);
}

static void json_port(struct json *j, const struct port_ask *ask, const struct port_seen *s)
{
    json_object(j);
    json_text(j, "host", ask->host);
    json_key(j, "port");
    json_int(j, ask->port);
    json_key(j, "mail");
    json_bool(j, !ask->control);
    json_text(j, "name", port_name_word(s->name));
    json_text(j, "ipv4", s->v4 == REACH_NO_ADDRESS ? NULL : port_reach_word(s->v4));
    json_text(j, "ipv6", s->v6 == REACH_NO_ADDRESS ? NULL : port_reach_word(s->v6));
    json_text(j, "answers", s->speech == SPEECH_NOTHING ? NULL : port_speech_word(s->speech));
    json_text(j, "certificate", certificate_word(s));
    json_key(j, "code");
    if (s->code != 0)
        json_int(j, s->code);
    else
        json_null(j);
    json_object_end(j);
}

enum sv_status test_probe_json(struct sink *out, const struct profile *p,
                               const struct probe_report *report, struct sv_err *err)
{
    struct json j;
    char said[SAID_MAX];
    const struct ports_finding *f = &report->finding;
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_text(&j, "profile", p->name);
    json_key(&j, "ok");
    json_bool(&j, f->verdict == PORTS_WORKS);
    json_text(&j, "verdict", ports_verdict_word(f->verdict));
    json_text(&j, "cause", smtp_say(said, sizeof said, f->cause, p->name));
    json_text(&j, "note", f->note);
    json_text(&j, "advice", smtp_say(said, sizeof said, f->advice, p->name));
    json_key(&j, "ports");
    json_array(&j);
    for (size_t i = 0; i < report->seen.count; i++)
        json_port(&j, &report->asked.asks[i], &report->seen.seen[i]);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}
