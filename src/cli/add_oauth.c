/* SPDX-License-Identifier: ISC */
#include "cli/add_oauth.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "domain/provider.h"

#define WORDS_MAX 16

/* A browser on this machine, or only one elsewhere? */
static bool has_display(void)
{
    return env_get("DISPLAY") != NULL || env_get("WAYLAND_DISPLAY") != NULL;
}

static enum sv_status run_login(struct cli *cli, const struct args *given, const struct profile *p,
                                const char *client_id, bool device, struct sv_err *err)
{
    ARGS_OWNED struct args *args = NULL;
    const struct command *login = command_find("login");
    const char *const pairs[][2] = {{"--client-id", client_id},
                                    {"--provider", p->provider},
                                    {"--username", p->username},
                                    {"--from", p->from},
                                    {"--ca-file", args_value(given, "ca-file")}};
    char *words[WORDS_MAX];
    int count = 0, used = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] == NULL)
            continue;
        words[count++] = (char *)pairs[i][0];
        words[count++] = (char *)pairs[i][1];
    }
    if (device)
        words[count++] = (char *)"--device";
    words[count++] = (char *)"--";
    words[count++] = p->name;
    enum sv_status s = args_parse(&args, login, cli, count, words, &used, err);
    if (s == SV_OK && login->check != NULL)
        s = login->check(cli, args, err);
    return s == SV_OK ? login->run(cli, args, err) : s;
}

static enum sv_status no_client(const struct profile *p, struct sv_err *err)
{
    return sv_fail(err, SV_USAGE,
                   "nothing is stored yet; once there is a client id: smtpvault login %s "
                   "--username %s --provider %s --client-id ID",
                   NAME_SHOWN(p->name), p->username != NULL ? p->username : "USER", p->provider);
}

enum sv_status add_oauth(struct cli *cli, const struct args *args, struct profile *p, bool *stored,
                         struct sv_err *err)
{
    const struct provider *provider = p->provider != NULL ? provider_find(p->provider) : NULL;
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
    return s;
}
