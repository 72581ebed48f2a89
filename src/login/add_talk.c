/* SPDX-License-Identifier: ISC */
#include "login/add_talk.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "domain/provider.h"
#include "domain/shape_pattern.h"
#include "login/add_server.h"

/* ---- questions ---- */

enum sv_status add_ask(struct add_talk *t, const char *question, const char *usual,
                       add_answer *take, struct sv_err *err)
{
    for (int tries = ASK_TRIES;; tries--) {
        SV_AUTOFREE char *answer = NULL;
        enum sv_status s = prompt_text(t->cli, question, &answer, err);
        if (s != SV_OK)
            return s;
        const char *given = answer[0] != '\0' || usual == NULL ? answer : usual;
        s = take(t, given, err);
        if (s == SV_OK || (s != SV_USAGE && s != SV_MISSING && s != SV_EXISTS) || tries == 1)
            return s;
        prompt_tell(t->cli, "%s", err->text);
    }
}

enum sv_status add_set(struct add_talk *t, const char *key, const char *value, struct sv_err *err)
{
    return profile_set(t->p, profile_field(key), value, err);
}

/* What an option or an answer says. */
const char *add_has(const struct add_talk *t, const char *key, const char *answered)
{
    const char *given = args_value(t->args, key);
    return given != NULL ? given : answered;
}

/* The address that is known so far, or NULL. */
const char *add_address(const struct add_talk *t)
{
    const char *const words[] = {add_has(t, "from", t->p->from),
                                 add_has(t, "username", t->p->username)};
    for (size_t i = 0; i < 2; i++)
        if (words[i] != NULL && strchr(words[i], '@') != NULL)
            return words[i];
    return NULL;
}

/* ---- the user name ---- */

static enum sv_status take_username(struct add_talk *t, const char *word, struct sv_err *err)
{
    const struct provider_shape *shape = t->provider != NULL ? t->provider->shape : NULL;
    if (word[0] == '\0')
        return sv_fail(err, SV_USAGE, "the user name is missing");
    if (text_starts_with(word, "ASIA") &&
        strcmp(t->provider != NULL ? t->provider->id : "", "amazon-ses") == 0)
        return sv_fail(err, SV_USAGE,
                       "an id that begins with ASIA belongs to temporary credentials, which SMTP "
                       "refuses: make an access key for an IAM user (AKIA ...)");
    if (shape != NULL && shape->user != NULL &&
        !shape_matches(shape->user, (const uint8_t *)word, strlen(word), SHAPE_EXACT))
        return sv_fail(err, SV_USAGE, "the user name is not one that %s gives out",
                       t->provider->name);
    return add_set(t, "username", word, err);
}

/* What is to be typed is marked by its form; what follows from the address is not asked. */
static enum sv_status ask_username(struct add_talk *t, struct sv_err *err)
{
    char words[PROVIDER_WORDS_MAX], question[PROVIDER_WORDS_MAX + 400];
    const struct provider *p = t->provider;
    const char *address = add_address(t), *form = p != NULL ? p->username_form : "email";
    if (add_has(t, "username", t->p->username) != NULL || text_starts_with(form, "fixed:") ||
        strcmp(form, "same-as-secret") == 0)
        return SV_OK;
    bool email = strcmp(form, "email") == 0 || strcmp(form, "any") == 0;
    if (address != NULL && strcmp(form, "local-part") == 0)
        return SV_OK; /* provider_fill */
    /* A login of one's own at a service for programs is seldom the address that is sent from. */
    bool sure = p != NULL && (strcmp(p->category, "transactional") != 0 ||
                              provider_of_address(address != NULL ? address : "") == p);
    if (email && address != NULL && sure)
        return add_set(t, "username", address, err);
    const char *usual = email ? address : NULL;
    if (strcmp(form, "domain") == 0 && address != NULL)
        usual = strrchr(address, '@') + 1;
    snprintf(question, sizeof question, "User name%s%s%s%s%s%s%s%s: ", p != NULL ? " at " : "",
             p != NULL ? p->name : " at the server", p != NULL ? " (" : "",
             p != NULL ? provider_username_words(words, form) : "", p != NULL ? ")" : "",
             usual != NULL ? " [" : "", usual != NULL ? usual : "", usual != NULL ? "]" : "");
    return add_ask(t, question, usual, take_username, err);
}

/* ---- the name ---- */

static enum sv_status take_name(struct add_talk *t, const char *word, struct sv_err *err)
{
    enum sv_status s = profile_check_name(word, err);
    if (s == SV_OK)
        s = add_check_free(t->cli, word, err);
    return s == SV_OK ? add_set(t, "name", word, err) : s;
}

/* "gmail"; "example" of ann@example.com and of smtp.example.com. */
static void name_base(const struct add_talk *t, char base[PROFILE_NAME_MAX])
{
    const char *address = add_address(t), *host = add_has(t, "host", t->p->host);
    const char *domain = address != NULL ? strrchr(address, '@') + 1 : host;
    if (t->provider != NULL || domain == NULL) {
        snprintf(base, PROFILE_NAME_MAX, "%.64s", t->provider != NULL ? t->provider->id : "mail");
        return;
    }
    const char *dot = strchr(domain, '.');
    if (address == NULL && dot != NULL && strchr(dot + 1, '.') != NULL)
        domain = dot + 1;
    snprintf(base, PROFILE_NAME_MAX, "%.*s", (int)(strcspn(domain, ".") % 64), domain);
}

#define NAMES_TRIED 99

/* One that is free: gmail, gmail-2 ... */
static enum sv_status propose(struct add_talk *t, char name[PROFILE_NAME_MAX], struct sv_err *err)
{
    char base[PROFILE_NAME_MAX];
    name_base(t, base);
    if (base[0] == '\0' || profile_check_name(base, NULL) != SV_OK)
        snprintf(base, sizeof base, "mail");
    enum sv_status s = SV_EXISTS;
    for (int n = 1; s == SV_EXISTS && n <= NAMES_TRIED; n++) {
        if (n == 1)
            snprintf(name, PROFILE_NAME_MAX, "%.64s", base);
        else
            snprintf(name, PROFILE_NAME_MAX, "%.64s-%d", base, n);
        s = add_check_free(t->cli, name, err);
    }
    return s;
}

static enum sv_status ask_name(struct add_talk *t, struct sv_err *err)
{
    char name[PROFILE_NAME_MAX], question[PROFILE_NAME_MAX + 64];
    if (t->p->name != NULL)
        return SV_OK;
    enum sv_status s = propose(t, name, err);
    if (s != SV_OK)
        return s;
    snprintf(question, sizeof question, "Name for this login [%s]: ", name);
    return add_ask(t, question, name, take_name, err);
}

/* ---- all together ---- */

enum sv_status add_talk(struct cli *cli, const struct args *args, struct profile *p,
                        struct sv_err *err)
{
    struct add_talk t = {.cli = cli, .args = args, .p = p};
    if (!prompt_possible(cli))
        return SV_OK;
    enum sv_status s = add_who(&t, err);
    if (s == SV_OK)
        s = add_sender(&t, err);
    if (s == SV_OK)
        s = add_server(&t, err);
    if (s == SV_OK)
        s = ask_username(&t, err);
    if (s == SV_OK)
        s = ask_name(&t, err);
    if (s == SV_OK && t.provider != NULL && p->provider == NULL)
        s = add_set(&t, "provider", t.provider->id, err);
    return s;
}
