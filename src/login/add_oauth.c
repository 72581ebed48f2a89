/* SPDX-License-Identifier: ISC */
#include "login/add_oauth.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "domain/provider.h"

#define FIELDS_MAX 32 /* their tags are below it */
#define OPTION_MAX 32
#define OTHERS 8 /* words that are no field's and no tag's */

/* A browser on this machine, or only one elsewhere? */
static bool has_display(void)
{
    return env_get("DISPLAY") != NULL || env_get("WAYLAND_DISPLAY") != NULL;
}

struct words {
    char **at;
    int count;
};

static void put(struct words *w, const char *word, const char *value)
{
    if (value == NULL)
        return;
    w->at[w->count++] = (char *)word;
    w->at[w->count++] = (char *)value;
}

/* What add was given goes on to login. What it found out since, p has. */
static void put_given(struct words *w, char names[][OPTION_MAX], const struct args *given,
                      const struct profile *p)
{
    for (size_t i = 0; i < profile_field_count; i++) {
        const struct field *f = &profile_fields[i];
        if ((f->flags & FF_SET) == 0 || strcmp(f->key, "kind") == 0)
            continue;
        const char *value = args_value(given, f->key);
        if (strcmp(f->key, "provider") == 0)
            value = p->provider;
        else if (strcmp(f->key, "username") == 0)
            value = p->username;
        else if (strcmp(f->key, "from") == 0)
            value = p->from;
        snprintf(names[i], OPTION_MAX, "--%s", f->key);
        put(w, names[i], value);
    }
    for (size_t i = 0; args_nth(given, "tag", i) != NULL; i++)
        put(w, "--tag", args_nth(given, "tag", i));
    put(w, "--ca-file", args_value(given, "ca-file"));
    if (args_flag(given, "insecure"))
        w->at[w->count++] = (char *)"--insecure";
}

static enum sv_status run_login(struct cli *cli, const struct args *given, const struct profile *p,
                                const char *client_id, bool device, struct sv_err *err)
{
    ARGS_OWNED struct args *args = NULL;
    const struct command *login = command_find("login");
    char names[FIELDS_MAX][OPTION_MAX];
    size_t tags = 0;
    int used = 0;
    while (args_nth(given, "tag", tags) != NULL)
        tags++;
    SV_AUTOFREE char **at = sv_alloc((2 * (profile_field_count + tags) + OTHERS) * sizeof *at);
    struct words words = {.at = at};
    if (at == NULL || profile_field_count > FIELDS_MAX)
        return sv_fail_nomem(err);
    put(&words, "--client-id", client_id);
    put_given(&words, names, given, p);
    if (device)
        at[words.count++] = (char *)"--device";
    at[words.count++] = (char *)"--";
    at[words.count++] = p->name;
    enum sv_status s = args_parse(&args, login, cli, words.count, at, &used, err);
    if (s == SV_OK && login->check != NULL)
        s = login->check(cli, args, err);
    return s == SV_OK ? login->run(cli, args, err) : s;
}

/* To login, --ca-file is of whom it asks for tokens, so what the server has is kept here. */
static enum sv_status keep_ca_file(struct cli *cli, const struct profile *p, struct sv_err *err)
{
    PROFILE_OWNED struct profile stored = {.name = NULL};
    if (p->ca_file == NULL)
        return SV_OK;
    enum sv_status s = vault_find(cli->vault, p->name, &stored, err);
    if (s == SV_OK)
        s = profile_set(&stored, profile_field("ca-file"), p->ca_file, err);
    return s == SV_OK ? vault_edit(cli->vault, &stored, NULL, AUDIT_EDIT, err) : s;
}

static enum sv_status no_client(const struct profile *p, struct sv_err *err)
{
    char user[GRANT_QUOTED_MAX(512)];
    return sv_fail(err, SV_USAGE,
                   "nothing is stored yet; once there is a client id: smtpvault login %s "
                   "--username %s --provider %s --client-id ID",
                   NAME_TYPED(p->name),
                   p->username != NULL ? grant_quote(user, sizeof user, p->username) : "USER",
                   p->provider);
}

enum sv_status add_oauth(struct cli *cli, const struct args *args, struct profile *p, bool *stored,
                         struct sv_err *err)
{
    const struct provider *provider = provider_named(p);
    SV_AUTOFREE char *client_id = NULL;
    char words[PROVIDER_HOW_MAX];
    *stored = false;
    if (provider == NULL || provider->oauth == NULL || provider->kind != KIND_OAUTH2 ||
        p->kind != KIND_OAUTH2 || args_value(args, "kind") != NULL ||
        args_value(args, "password-from") != NULL || args_flag(args, "generate") ||
        !prompt_possible(cli))
        return SV_OK;
    bool password = provider_takes_passwords(provider);
    prompt_tell(cli, "%s", provider_wants_words(words, provider));
    prompt_tell(cli,
                "For that it wants a client id of your own: of a program on a desktop that you "
                "register with it once%s%s.",
                provider->docs_url != NULL ? "; see " : "",
                provider->docs_url != NULL ? provider->docs_url : "");
    enum sv_status s =
        prompt_line(cli,
                    password ? "Client id (Enter alone: by password, while it lasts): "
                             : "Client id (Enter alone: there is none yet): ",
                    &client_id, err);
    if (s != SV_OK)
        return s;
    if (client_id[0] == '\0' && password)
        p->kind = KIND_PASSWORD;
    if (client_id[0] == '\0')
        return password ? SV_OK : no_client(p, err);
    s = run_login(cli, args, p, client_id, provider->oauth->device_url != NULL && !has_display(),
                  err);
    *stored = s == SV_OK;
    return s == SV_OK ? keep_ca_file(cli, p, err) : s;
}
