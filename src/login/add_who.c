/* SPDX-License-Identifier: ISC */
/* add_who: whose login it is, and who sends that domain's mail. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/prompt.h"
#include "domain/login.h"
#include "domain/provider.h"
#include "domain/shape_pattern.h"
#include "login/add_server.h"
#include "login/add_talk.h"
#include "login/discover.h"

#define ADDRESS_ROOM 640 /* more than a user name has, and a domain of the table */

/* A slip in the domain is asked about before that domain is asked for anything: whoever has it
 * would name the server. right: the address as it is meant, "" where it was typed so. */
static enum sv_status spelt(struct add_talk *t, const char *address, char right[ADDRESS_ROOM],
                            struct sv_err *err)
{
    const char *meant = provider_meant(address);
    char shown[ADDRESS_ROOM], question[ADDRESS_ROOM + 40];
    bool yes = false;
    right[0] = '\0';
    if (meant == NULL)
        return SV_OK;
    snprintf(right, ADDRESS_ROOM, "%.*s@%s", (int)(strrchr(address, '@') - address), address,
             meant);
    snprintf(question, sizeof question, "Did you mean %s? [Y/n] ",
             text_printable(shown, sizeof shown, right, strlen(right)));
    enum sv_status s = prompt_go(t->cli, question, &yes, err);
    if (!yes)
        right[0] = '\0';
    return s;
}

static enum sv_status set_address(struct add_talk *t, const char *address, struct sv_err *err)
{
    char right[ADDRESS_ROOM];
    enum sv_status s = add_set(t, "from", address, err);
    if (s == SV_OK)
        s = spelt(t, address, right, err);
    if (s == SV_OK && right[0] != '\0')
        s = add_set(t, "from", right, err);
    if (s == SV_OK)
        t->provider = provider_of_address(t->p->from);
    return s;
}

/* The same for an address that was given. An option is not ours to mend. */
static enum sv_status check_given(struct add_talk *t, const char *address, struct sv_err *err)
{
    char right[ADDRESS_ROOM];
    bool named = address == t->p->from;
    const char *key = args_value(t->args, "from") == address ? "from" : "username";
    enum sv_status s = spelt(t, address, right, err);
    if (s != SV_OK || right[0] == '\0')
        return s;
    if (!named)
        return sv_fail(err, SV_USAGE, "nothing is stored: begin again with --%s %s", key,
                       NAME_SHOWN(right));
    s = add_check_free(t->cli, right, err);
    if (s == SV_OK)
        s = add_set(t, "name", right, err);
    return s == SV_OK ? set_address(t, right, err) : s;
}

/* An access key id and the like: the provider that gives out such user names. */
static bool set_user_of(struct add_talk *t, const char *word, struct sv_err *err)
{
    for (size_t i = 0; i < provider_total(); i++) {
        const struct provider *p = provider_at(i);
        if (p->shape == NULL || p->shape->user == NULL ||
            !shape_matches(p->shape->user, (const uint8_t *)word, strlen(word), SHAPE_EXACT))
            continue;
        t->provider = p;
        return add_set(t, "username", word, err) == SV_OK;
    }
    return false;
}

/* A provider's id or domain, or a server. */
static enum sv_status take_sender(struct add_talk *t, const char *word, struct sv_err *err)
{
    t->provider = provider_find(word);
    if (t->provider == NULL)
        t->provider = provider_of_address(word);
    bool local =
        t->provider != NULL && !add_has_login(t->provider) && provider_has_host(t->provider, word);
    if (t->provider != NULL && !local)
        return SV_OK;
    t->provider = NULL; /* "localhost" is a server of one's own here */
    if (local || strchr(word, '.') != NULL || word[0] == '[')
        return add_set(t, "host", word, err);
    const char *nearest = provider_nearest(word);
    return sv_fail(err, SV_USAGE, "no provider is known by \"%s\"%s%s%s", NAME_SHOWN(word),
                   nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "\"?" : ": give its server, such as smtp.example.com");
}

static enum sv_status take_who(struct add_talk *t, const char *word, struct sv_err *err)
{
    if (word[0] == '\0')
        return sv_fail(err, SV_USAGE, "an address such as ann@example.com, please");
    if (set_user_of(t, word, err))
        return SV_OK;
    return strchr(word, '@') != NULL ? set_address(t, word, err) : take_sender(t, word, err);
}

static enum sv_status take_missing_sender(struct add_talk *t, const char *word, struct sv_err *err)
{
    if (word[0] == '\0' || strchr(word, '@') != NULL)
        return sv_fail(err, SV_USAGE,
                       "a provider such as gmail or ses, or a server such as smtp.example.com, "
                       "please");
    return take_sender(t, word, err);
}

static enum sv_status take_server(struct add_talk *t, const struct discover_server *server,
                                  struct sv_err *err)
{
    const char *address = add_address(t);
    enum sv_status s = add_set(t, "host", server->host, err);
    if (s != SV_OK)
        return s;
    t->p->port = server->port;
    t->p->tls = login_profile_tls(server->tls);
    if (t->p->username != NULL || server->username != DISCOVER_LOCAL_PART)
        return SV_OK;
    SV_AUTOFREE char *local = sv_strndup(address, (size_t)(strrchr(address, '@') - address));
    return local != NULL ? add_set(t, "username", local, err) : sv_fail_nomem(err);
}

/* Nothing: the domain itself is asked. */
static enum sv_status take_discovered(struct add_talk *t, struct sv_err *err)
{
    struct discover_choice choice;
    enum sv_status s = discover_offer(t->cli, add_address(t), &choice, err);
    if (s == SV_OK && !choice.taken)
        return sv_fail(err, SV_USAGE, "then a provider such as gmail or ses, or a server, please");
    if (s == SV_OK && choice.provider == NULL)
        return take_server(t, &choice.server, err);
    t->provider = choice.provider;
    return s;
}

static enum sv_status take_domain_sender(struct add_talk *t, const char *word, struct sv_err *err)
{
    return word[0] == '\0' ? take_discovered(t, err) : take_missing_sender(t, word, err);
}

enum sv_status add_who(struct add_talk *t, struct sv_err *err)
{
    const char *id = args_value(t->args, "provider"), *host = args_value(t->args, "host");
    if (id == NULL && host == NULL && args_value(t->args, "username") == NULL &&
        args_value(t->args, "from") == NULL && t->p->from == NULL)
        return add_ask(t, "Your mail address (or a provider, or a server): ", NULL, take_who, err);
    const char *address = add_address(t);
    if (id != NULL)
        t->provider = provider_find(id);
    else if (address != NULL)
        t->provider = provider_of_address(address);
    if (id == NULL && host != NULL && t->provider != NULL && !provider_has_host(t->provider, host))
        t->provider = NULL; /* a server of one's own */
    bool sender = t->provider != NULL || id != NULL || host != NULL;
    return sender || address == NULL ? SV_OK : check_given(t, address, err);
}

enum sv_status add_sender(struct add_talk *t, struct sv_err *err)
{
    char question[PROFILE_NAME_MAX + 400], shown[256], consent[SV_ERR_TEXT_MAX];
    const char *address = add_address(t);
    if (t->provider != NULL || add_has(t, "host", t->p->host) != NULL)
        return SV_OK;
    if (address == NULL)
        return add_ask(t, "Provider, or server: ", NULL, take_missing_sender, err);
    const char *domain = strrchr(address, '@') + 1;
    text_printable(shown, sizeof shown, domain, strlen(domain));
    prompt_tell(t->cli, "%s is none of the mail domains in the table of providers. Enter alone %s.",
                shown, discover_consent(consent, address));
    snprintf(question, sizeof question,
             "Who sends its mail? A provider (gmail, ses ...) or a server: ");
    return add_ask(t, question, NULL, take_domain_sender, err);
}
