/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "smtp/faults.h"
#include "smtp/ports.h"

#define DAY 86400

struct judging {
    const struct ports_request *asked;
    const struct ports_answer *seen;
    const struct smtp_target *current;
    int64_t now;
    struct ports_finding *out;
};

static void say(struct judging *j, enum ports_verdict verdict, const char *cause,
                const char *advice)
{
    j->out->verdict = verdict;
    snprintf(j->out->cause, sizeof(j->out->cause), "%s", cause);
    snprintf(j->out->advice, sizeof(j->out->advice), "%s", advice);
}

/* ---- counting ---- */

static bool has(const struct port_seen *s, enum port_reach reach)
{
    return s->v4 == reach || s->v6 == reach;
}

static bool has_tls(const struct judging *j, size_t i)
{
    enum port_speech speech = j->seen->seen[i].speech;
    return !j->asked->asks[i].control && (speech == SPEECH_IMPLICIT || speech == SPEECH_STARTTLS);
}

static bool works(const struct judging *j, size_t i)
{
    return has_tls(j, i) && j->seen->seen[i].verify == 0;
}

static enum smtp_tls tls_of(const struct port_seen *s)
{
    return s->speech == SPEECH_IMPLICIT ? SMTP_IMPLICIT : SMTP_STARTTLS;
}

static bool is_here(const struct judging *j, size_t i)
{
    return strcmp(j->asked->asks[i].host, j->current->host) == 0;
}

static bool is_current(const struct judging *j, size_t i)
{
    return is_here(j, i) && j->asked->asks[i].port == j->current->port;
}

static bool is_as_set(const struct judging *j, size_t i)
{
    return is_current(j, i) && tls_of(&j->seen->seen[i]) == j->current->tls;
}

enum whose { MAIL, CONTROL_HERE, CONTROL_ELSEWHERE };

static bool is_of(const struct judging *j, size_t i, enum whose whose)
{
    if (!j->asked->asks[i].control)
        return whose == MAIL;
    return whose == (is_here(j, i) ? CONTROL_HERE : CONTROL_ELSEWHERE);
}

static size_t count(const struct judging *j, enum whose whose, enum port_reach reach)
{
    size_t n = 0;
    for (size_t i = 0; i < j->seen->count; i++)
        n += is_of(j, i, whose) && has(&j->seen->seen[i], reach) ? 1 : 0;
    return n;
}

static bool somebody(const struct judging *j, enum whose whose)
{
    return count(j, whose, REACH_OPEN) + count(j, whose, REACH_REFUSED) > 0;
}

static bool any_speech(const struct judging *j, enum port_speech speech)
{
    for (size_t i = 0; i < j->seen->count; i++)
        if (!j->asked->asks[i].control && j->seen->seen[i].speech == speech)
            return true;
    return false;
}

/* ---- what does ---- */

/* The profile's own port before others, TLS from the start before STARTTLS (RFC 8314 section
 * 3.3), then as asked. */
static int rank(const struct judging *j, size_t i)
{
    int rank = is_current(j, i) ? 8 : 0;
    rank += is_as_set(j, i) ? 4 : 0;
    rank += is_here(j, i) ? 2 : 0;
    return rank + (j->seen->seen[i].speech == SPEECH_IMPLICIT ? 1 : 0);
}

static int find_best(const struct judging *j, bool (*fits)(const struct judging *j, size_t i))
{
    int best = -1;
    for (size_t i = 0; i < j->seen->count; i++)
        if (fits(j, i) && (best < 0 || rank(j, i) > rank(j, (size_t)best)))
            best = (int)i;
    return best;
}

/* Of the profile's own port, when another one does. */
static const char *why_not(const struct port_seen *s)
{
    if (s == NULL)
        return "was not looked at";
    if (s->name != NAME_FOUND)
        return "cannot be reached: its host's name has no address";
    if (s->verify != 0)
        return "shows a certificate that is not accepted";
    switch (s->speech) {
    case SPEECH_CLEAR:
        return "offers no encryption";
    case SPEECH_REJECTED:
        return "takes no session";
    case SPEECH_OTHER:
        return "is no mail server";
    case SPEECH_BROKEN:
        return "fails in TLS";
    case SPEECH_STARTTLS:
        return "begins in the clear and goes on with STARTTLS";
    case SPEECH_IMPLICIT:
        return "begins with TLS";
    case SPEECH_NOTHING:
        break;
    }
    if (has(s, REACH_OPEN))
        return "is open and says nothing";
    if (has(s, REACH_REFUSED))
        return "is closed";
    return has(s, REACH_DROPPED) ? "is blocked on the way from here" : "cannot be reached";
}

static const struct port_seen *seen_of_current(const struct judging *j)
{
    for (size_t i = 0; i < j->seen->count; i++)
        if (is_current(j, i) && !j->asked->asks[i].control)
            return &j->seen->seen[i];
    return NULL;
}

/* "Port 587 is closed; port 465 answers, with TLS from the start", and the end. */
static void put_cause(struct judging *j, size_t best, const char *end)
{
    const struct port_ask *ask = &j->asked->asks[best];
    bool here = is_here(j, best), implicit = tls_of(&j->seen->seen[best]) == SMTP_IMPLICIT;
    if (is_current(j, best))
        snprintf(j->out->cause, sizeof(j->out->cause), "Port %u %s%s", (unsigned)ask->port,
                 implicit ? "begins with TLS" : "begins in the clear and goes on with STARTTLS",
                 end);
    else
        snprintf(j->out->cause, sizeof(j->out->cause),
                 "Port %u %s; port %u%s%.120s answers, with %s%s", (unsigned)j->current->port,
                 why_not(seen_of_current(j)), (unsigned)ask->port, here ? "" : " of ",
                 here ? "" : ask->host, implicit ? "TLS from the start" : "STARTTLS", end);
}

/* The command that sets it, between what is before and after. */
static void put_edit(struct judging *j, size_t best, const char *before, const char *after)
{
    const struct port_ask *ask = &j->asked->asks[best];
    bool here = is_here(j, best), current = is_current(j, best);
    const char *tls = tls_of(&j->seen->seen[best]) == SMTP_IMPLICIT ? "implicit" : "starttls";
    char port[16] = "";
    if (!current)
        snprintf(port, sizeof(port), " --port %u", (unsigned)ask->port);
    snprintf(j->out->advice, sizeof(j->out->advice), "%ssmtpvault edit {name}%s%s --tls %s%s%s",
             before, here ? "" : " --host ", here ? "" : ask->host, tls, port, after);
}

static void judge_best(struct judging *j, size_t best)
{
    struct ports_finding *out = j->out;
    out->best = (int)best;
    out->best_tls = tls_of(&j->seen->seen[best]);
    if (!is_as_set(j, best)) {
        out->verdict = PORTS_ANOTHER;
        put_cause(j, best, ".");
        put_edit(j, best, "", "");
        return;
    }
    say(j, PORTS_WORKS, "", "Try the login: smtpvault test {name}");
    snprintf(out->cause, sizeof(out->cause),
             "Port %u answers with TLS and a certificate that is accepted: the network is not "
             "what is wrong.",
             (unsigned)j->asked->asks[best].port);
}

/* ---- certificates, and the clock that judges them ---- */

static bool is_dated(const struct port_seen *s)
{
    return s->verify == X509_EXPIRED || s->verify == X509_NOT_YET_VALID;
}

/* A server's clock is one witness; certificates of two hosts that are all out of their time
 * are others. */
static bool clock_is_wrong(const struct judging *j)
{
    int64_t apart = j->now - j->seen->their_clock;
    const char *host = NULL;
    if (j->seen->their_clock > 0)
        return apart > DAY || apart < -DAY;
    for (size_t i = 0; i < j->seen->count; i++) {
        if (!is_dated(&j->seen->seen[i]))
            continue;
        if (host != NULL && strcmp(host, j->asked->asks[i].host) != 0)
            return true;
        host = j->asked->asks[i].host;
    }
    return false;
}

/* -1: libcurl's own look at the names. */
static bool has_other_names(const struct port_seen *s)
{
    return s->verify == -1 || s->verify == X509_OTHER_HOST || s->verify == X509_OTHER_ADDRESS;
}

static bool is_strange(const struct judging *j, size_t i)
{
    return has_tls(j, i) && j->seen->seen[i].verify != 0 && !is_dated(&j->seen->seen[i]);
}

/* What is behind the port that would do, but for its certificate: the port first, then the
 * certificate. */
static void judge_strange(struct judging *j, size_t best)
{
    bool unknown = !has_other_names(&j->seen->seen[best]);
    j->out->verdict = PORTS_CERTIFICATE;
    if (is_as_set(j, best)) {
        say(j, PORTS_CERTIFICATE,
            unknown ? "The server answers, but its certificate is by an authority that is not "
                      "trusted here."
                    : "The server answers, but its certificate is for another name.",
            unknown ? "If the server is yours, name its authority: smtpvault edit {name} --ca-file "
                      "FILE. Else ask the operator. For more: smtpvault test {name}"
                    : "Use the name the provider gives for this server: smtpvault edit {name} "
                      "--host HOST. Those of its certificate: smtpvault test {name}");
        return;
    }
    j->out->best = (int)best;
    j->out->best_tls = tls_of(&j->seen->seen[best]);
    put_cause(j, best,
              unknown ? "; its certificate is by an authority that is not trusted here."
                      : "; its certificate is for another name.");
    put_edit(j, best, "First: ",
             unknown ? ". Then, if the server is yours, name its authority: smtpvault edit {name} "
                       "--ca-file FILE"
                     : ". Then smtpvault test {name} tells for which names the certificate is.");
}

static bool judge_certificate(struct judging *j)
{
    bool dated = false;
    int strange = find_best(j, is_strange);
    for (size_t i = 0; i < j->seen->count; i++)
        dated = dated || is_dated(&j->seen->seen[i]);
    if (!dated && strange < 0)
        return false;
    if (dated && clock_is_wrong(j))
        say(j, PORTS_CLOCK,
            "Servers answer, but their certificates are out of their time by this machine's clock, "
            "and the clock is what is wrong.",
            "Set the clock (timedatectl set-ntp true), then try again.");
    else if (dated)
        say(j, PORTS_CERTIFICATE,
            "The server answers, but its certificate has expired or is not valid yet.",
            "Compare the date here (timedatectl); if it is right, the server's operator must renew "
            "the certificate.");
    else
        judge_strange(j, (size_t)strange);
    return true;
}

/* ---- nothing does ---- */

static bool judge_names(struct judging *j)
{
    bool unanswered = false, found = false;
    for (size_t i = 0; i < j->seen->count; i++) {
        found = found || j->seen->seen[i].name == NAME_FOUND;
        unanswered = unanswered || j->seen->seen[i].name == NAME_UNANSWERED;
    }
    const struct port_seen *current = seen_of_current(j);
    if (!found && unanswered) {
        say(j, PORTS_NO_NAME_SERVER, "No name server answers: no host can be found by its name.",
            "Check this machine's network and name servers (/etc/resolv.conf), then try again.");
        return true;
    }
    if (found && (current == NULL || current->name == NAME_FOUND))
        return false;
    if (j->current->host_is_known)
        say(j, PORTS_NO_NAME,
            "The host is the provider's own, and the name servers of this network know no address "
            "of it.",
            "Check this machine's network and name servers (/etc/resolv.conf), or try another "
            "network; the host's name is right.");
    else
        say(j, PORTS_NO_NAME, "The name servers know no address of this host.",
            "Check the spelling, or let the provider's entry set it: smtpvault edit {name} --host "
            "HOST");
    return true;
}

static void judge_open(struct judging *j)
{
    if (any_speech(j, SPEECH_REJECTED)) {
        say(j, PORTS_UNWELCOME,
            "The server answers and takes no session from this address: overload, or it does not "
            "want this network.",
            "Try again in a few minutes; then try another network, or ask the provider.");
        return;
    }
    if (any_speech(j, SPEECH_BROKEN)) {
        say(j, PORTS_NO_MAIL,
            "Something answers, but TLS with it fails: a server with TLS 1.0 or 1.1 only, or "
            "something on the way that rewrites traffic.",
            "For more: smtpvault test {name}. Try from another network; else ask the provider.");
        return;
    }
    say(j, PORTS_NO_MAIL,
        any_speech(j, SPEECH_CLEAR)
            ? "A mail server answers, and offers no encryption: it is none for logins, or "
              "something on the way takes the offer out."
            : "Something answers on this host, and it is no mail server for logins.",
        "Check the host's name with the provider: smtpvault edit {name} --host HOST");
}

static void judge_unreached(struct judging *j)
{
    if (count(j, MAIL, REACH_DROPPED) == 0 && count(j, MAIL, REACH_REFUSED) > 0) {
        say(j, PORTS_REFUSED,
            "The host is there and refuses every mail port: it runs no mail server for logins, or "
            "a firewall of this network says no.",
            "Check the host's name: smtpvault edit {name} --host HOST; then try another network.");
        return;
    }
    bool alive = somebody(j, CONTROL_HERE) || count(j, MAIL, REACH_REFUSED) > 0;
    bool known = j->current->provider[0] != '\0' && somebody(j, CONTROL_ELSEWHERE);
    if (count(j, MAIL, REACH_DROPPED) > 0 && (alive || known)) {
        say(j, PORTS_BLOCKED,
            alive ? "The host answers on other ports and on no mail port: this network, or the "
                    "cloud provider's, blocks mail."
                  : "The provider answers on the web and on no mail port: this network, or the "
                    "cloud provider's, blocks mail.",
            "Ask whoever runs this network to open port 465 or 587 to the outside; until then use "
            "another network or a VPN.");
        return;
    }
    if (count(j, MAIL, REACH_DROPPED) > 0 && !(count(j, CONTROL_ELSEWHERE, REACH_DROPPED) > 0)) {
        say(j, PORTS_DEAD,
            "The host has an address, and nothing there answers, on no port: it is down, or it is "
            "the wrong host.",
            "Check the host's name: smtpvault edit {name} --host HOST. If it is right, try again "
            "later, then from another network.");
        return;
    }
    say(j, PORTS_OFFLINE, "Nothing can be reached from here, mail or not.",
        "Check this machine's network, firewall and VPN, then try again.");
}

static void note_v6(struct judging *j)
{
    bool broken = false, fine = false;
    for (size_t i = 0; i < j->seen->count; i++) {
        const struct port_seen *s = &j->seen->seen[i];
        broken = broken || (s->v4 == REACH_OPEN && s->v6 == REACH_DROPPED);
        fine = fine || s->v6 == REACH_OPEN || s->v6 == REACH_REFUSED;
    }
    j->out->v6_broken = broken && !fine;
    if (j->out->v6_broken)
        snprintf(j->out->note, sizeof(j->out->note),
                 "IPv6 does not get through from here, IPv4 does: programs that try IPv6 first "
                 "wait for it in vain. Mend this network's IPv6, or have them use IPv4 (Postfix: "
                 "inet_protocols = ipv4).");
}

void ports_judge(const struct ports_request *request, const struct ports_answer *answer,
                 const struct smtp_target *current, int64_t now, struct ports_finding *finding)
{
    struct judging j = {
        .asked = request, .seen = answer, .current = current, .now = now, .out = finding};
    *finding = (struct ports_finding){.best = -1};
    note_v6(&j);
    int best = find_best(&j, works);
    if (best >= 0)
        judge_best(&j, (size_t)best);
    else if (judge_names(&j) || judge_certificate(&j))
        return;
    else if (count(&j, MAIL, REACH_OPEN) > 0)
        judge_open(&j);
    else
        judge_unreached(&j);
}
