/* SPDX-License-Identifier: ISC */
#include "login/discover.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "cli/self.h"
#include "domain/login.h"
#include "login/provider_json.h"

#define SHOWN 300

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at != NULL ? at + 1 : address;
}

static char *shown_domain(char dst[SHOWN], const char *address)
{
    const char *domain = domain_of(address);
    return text_printable(dst, SHOWN, domain, strlen(domain));
}

/* ---- looking ---- */

const struct provider *discover_receiver(const struct discovered *found, const char **mx)
{
    for (uint8_t i = 0; i < found->mx_count; i++) {
        const struct provider *p = provider_of_mx(found->mx[i]);
        if (p != NULL) {
            *mx = found->mx[i];
            return p;
        }
    }
    return NULL;
}

enum sv_status discover_look(struct cli *cli, const char *address, const char *ca_file,
                             struct discovered *found, struct sv_err *err)
{
    SV_AUTOFREE char *helper = NULL;
    char shown[SHOWN], line[SHOWN + 40];
    enum sv_status s = self_helper(&helper, err);
    if (s != SV_OK)
        return s;
    snprintf(line, sizeof line, "asking for the servers of %s", shown_domain(shown, address));
    print_progress(cli, line);
    s = discover_domain(helper, domain_of(address), ca_file, found, err);
    print_progress(cli, NULL);
    const char *mx;
    if (s != SV_OK || found->end == DISCOVER_FOUND || discover_receiver(found, &mx) != NULL)
        return s;
    if (found->end == DISCOVER_UNANSWERED)
        return sv_fail(err, SV_UNREACHABLE,
                       "nobody answered when asked for the servers of %s: is there a network?",
                       shown);
    if (found->end == DISCOVER_MALFORMED)
        return sv_fail(err, SV_DATA, "what %s says of its servers cannot be read: %s", shown,
                       found->why);
    return sv_fail(err, SV_MISSING,
                   "%s names no server for sending: ask whoever runs its mail for host, port and "
                   "TLS mode",
                   shown);
}

/* ---- showing ---- */

/* host is the domain, or lies below it. */
static bool is_within(const char *host, const char *domain)
{
    size_t h = strlen(host), d = strlen(domain);
    return h >= d && text_equal_nocase(host + h - d, domain) && (h == d || host[h - d - 1] == '.');
}

char *discover_trust(char dst[DISCOVER_TRUST_MAX], const char *domain,
                     const struct discover_server *server)
{
    char outside[SHOWN + 20] = "";
    if (!is_within(server->host, domain))
        snprintf(outside, sizeof outside, "; it is not below %.253s", domain);
    if (server->source == DISCOVER_AUTOCONFIG)
        snprintf(dst, DISCOVER_TRUST_MAX, "named by %.253s over HTTPS%s", domain, outside);
    else
        snprintf(dst, DISCOVER_TRUST_MAX,
                 "named by the name service, whose answers are not signed%s", outside);
    return dst;
}

static const char *username_words(enum discover_username username)
{
    static const char *const words[] = {[DISCOVER_ANY] = "not said",
                                        [DISCOVER_ADDRESS] = "the whole address",
                                        [DISCOVER_LOCAL_PART] = "the address up to the @",
                                        [DISCOVER_DOMAIN] = "the domain"};
    return words[username];
}

static const char *username_form(enum discover_username username)
{
    return username == DISCOVER_LOCAL_PART ? "local-part"
           : username == DISCOVER_DOMAIN   ? "domain"
                                           : "email";
}

/* The servers of a row that is made of what was found. */
static struct provider found_row(const struct discovered *found,
                                 struct provider_host hosts[DISCOVER_SERVERS_MAX])
{
    for (uint8_t i = 0; i < found->count; i++)
        hosts[i] = (struct provider_host){.host = found->servers[i].host,
                                          .port = found->servers[i].port,
                                          .tls = login_profile_tls(found->servers[i].tls),
                                          .unverified = found->servers[i].source == DISCOVER_SRV};
    return (struct provider){
        .category = "hosting",
        .hosts = hosts,
        .host_count = found->count,
        .username_form = username_form(found->servers[0].username),
        .secret_kind = "password",
    };
}

/* As a row of the user's own, so that it can be kept as it is. */
static enum sv_status print_json(struct cli *cli, const char *domain,
                                 const struct discovered *found, struct sv_err *err)
{
    struct provider_host hosts[DISCOVER_SERVERS_MAX] = {{.host = NULL}};
    char id[65], today[TEXT_TIME_MAX];
    const char *mx;
    size_t len = 0;
    for (; domain[len] != '\0' && len < sizeof id - 1; len++)
        id[len] = domain[len] == '.' ? '-' : (char)tolower((unsigned char)domain[len]);
    id[len] = '\0';
    text_time_utc(today, env_now());
    today[strlen("2026-12-31")] = '\0';
    const struct provider *receiver = discover_receiver(found, &mx);
    struct provider row =
        found->count > 0 || receiver == NULL ? found_row(found, hosts) : *receiver;
    row.id = id;
    row.name = found->name[0] != '\0' ? found->name : domain;
    row.aliases = (const char *const[]){NULL};
    row.domains = (const char *const[]){domain, NULL};
    row.verified = today;
    row.origin = NULL;
    return provider_json_file(cli->out, &(const struct provider *){&row}, 1, err);
}

/* Whoever receives the mail mostly sends it too. */
static void add_receiver(struct grid *g, const struct discovered *found)
{
    const char *mx;
    char words[PROVIDER_WORDS_MAX];
    const struct provider *p = discover_receiver(found, &mx);
    const struct provider_host *h = p != NULL ? provider_best_host(p, NULL) : NULL;
    if (h == NULL)
        return;
    grid_add(g, h->host);
    grid_addf(g, "%u", (unsigned)h->port);
    grid_add(g, profile_tls_word(h->tls));
    grid_add(g, provider_username_words(words, p->username_form));
    grid_addf(g, "of %s, which receives the mail (%s): --provider %s", p->name, mx, p->id);
}

static enum sv_status print_table_of(struct cli *cli, const char *domain,
                                     const struct discovered *found, struct sv_err *err)
{
    static const char *const heads[] = {"SERVER", "PORT", "TLS", "USER NAME", "HOW"};
    GRID_OWNED struct grid g = {0};
    char trust[DISCOVER_TRUST_MAX];
    for (uint8_t i = 0; i < found->count; i++) {
        const struct discover_server *s = &found->servers[i];
        grid_add(&g, s->host);
        grid_addf(&g, "%u", (unsigned)s->port);
        grid_add(&g, profile_tls_word(login_profile_tls(s->tls)));
        grid_add(&g, username_words(s->username));
        grid_addf(&g, "%s%s", discover_trust(trust, domain, s),
                  s->oauth2 ? "; takes OAuth2 only" : "");
    }
    add_receiver(&g, found);
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

enum sv_status discover_print(struct cli *cli, const char *address, const struct discovered *found,
                              struct sv_err *err)
{
    const char *domain = domain_of(address), *mx;
    const struct discover_server *best = &found->servers[0];
    if (cli->json)
        return print_json(cli, domain, found, err);
    if (found->count > 0)
        print_note(cli,
                   "nothing is stored; if this is right: smtpvault add NAME --username USER --host "
                   "%s --port %u --tls %s",
                   best->host, (unsigned)best->port,
                   profile_tls_word(login_profile_tls(best->tls)));
    else
        print_note(cli,
                   "nothing is stored; if this is right: smtpvault add NAME --username USER "
                   "--provider %s",
                   discover_receiver(found, &mx)->id);
    return print_table_of(cli, domain, found, err);
}

/* ---- offering ---- */

static enum sv_status offer_server(struct cli *cli, const char *domain,
                                   struct discover_choice *choice, struct sv_err *err)
{
    char trust[DISCOVER_TRUST_MAX];
    const struct discover_server *s = &choice->server;
    prompt_tell(cli, "Found: %s port %u, %s, %s.%s", s->host, (unsigned)s->port,
                profile_tls_title(login_profile_tls(s->tls)), discover_trust(trust, domain, s),
                s->oauth2 ? " It takes OAuth2 only." : "");
    if (s->source == DISCOVER_SRV && !is_within(s->host, domain))
        return prompt_yes(cli, "Is this the server of whoever runs your mail? [y/N] ",
                          &choice->taken, err);
    return prompt_go(cli, "Use it? [Y/n] ", &choice->taken, err);
}

/* A provider of the table has rules and advice of its own, and whoever forges a name can
 * only choose among them: it comes before a server that the name service alone has named. */
static enum sv_status offer_found(struct cli *cli, const char *domain,
                                  const struct discovered *found, struct discover_choice *choice,
                                  struct sv_err *err)
{
    const char *mx;
    bool written = found->count > 0 && found->servers[0].source == DISCOVER_AUTOCONFIG;
    choice->provider = written ? NULL : discover_receiver(found, &mx);
    choice->server = found->servers[0];
    if (choice->provider == NULL)
        return offer_server(cli, domain, choice, err);
    prompt_tell(cli, "Found: %s receives its mail (%s), and mostly sends it then.",
                choice->provider->name, mx);
    return prompt_go(cli, "Is that who sends it? [Y/n] ", &choice->taken, err);
}

char *discover_consent(char dst[SV_ERR_TEXT_MAX], const char *address)
{
    char shown[SHOWN];
    snprintf(dst, SV_ERR_TEXT_MAX,
             "asks the name service and https://autoconfig.%.253s for its server; they learn the "
             "domain, not the address",
             shown_domain(shown, address));
    return dst;
}

enum sv_status discover_offer(struct cli *cli, const char *address, struct discover_choice *choice,
                              struct sv_err *err)
{
    struct discovered found;
    *choice = (struct discover_choice){.taken = false};
    enum sv_status s = discover_look(cli, address, NULL, &found, err);
    if (s == SV_UNREACHABLE || s == SV_DATA || s == SV_USAGE)
        return SV_MISSING;
    return s == SV_OK ? offer_found(cli, domain_of(address), &found, choice, err) : s;
}
