/* SPDX-License-Identifier: ISC */
/* add_secret: the secret of a new login, typed by a person who is told which one is wanted. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/profile_args.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "domain/ses.h"
#include "login/add_server.h"
#include "login/add_talk.h"

static void tell_how(const struct cli *cli, const struct profile *p)
{
    const struct provider *provider = provider_named(p);
    char words[PROVIDER_HOW_MAX];
    if (provider == NULL || (provider->kind == KIND_OAUTH2 && p->kind != KIND_OAUTH2))
        return;
    prompt_tell(cli, "%s", provider_wants_words(words, provider));
    if (provider_made_words(words, provider)[0] != '\0')
        prompt_tell(cli, "%s", words);
}

/* Of the two secrets of Amazon SES this is the one to keep. */
static void take_iam(const struct cli *cli, const struct args *args, struct profile *p,
                     const struct secret *secret)
{
    char region[SES_REGION_MAX];
    bool ses = p->provider != NULL && strcmp(p->provider, "amazon-ses") == 0;
    if (!ses || args_value(args, "kind") != NULL || !ses_region(p->host, region))
        return;
    p->kind = ses_look(secret) == SES_IAM_SECRET ? KIND_IAM_SECRET : KIND_API_KEY;
    if (p->kind == KIND_IAM_SECRET)
        prompt_tell(cli,
                    "This is an IAM secret access key: it is kept, and SMTP gets the password "
                    "derived from it for %s.",
                    region);
}

/* What was typed wrong is asked for again; what cannot be typed ends it. */
static enum sv_status ask_secret_again(struct cli *cli, const struct args *args, struct profile *p,
                                       struct secret **out, struct sv_err *err)
{
    for (int tries = ASK_TRIES;; tries--) {
        SECRET_OWNED struct secret *secret = NULL;
        enum sv_status s = profile_args_read(cli, NULL, p, true, &secret, err);
        if (s != SV_OK)
            return s;
        take_iam(cli, args, p, secret);
        s = profile_args_judge(cli, args, p, &secret, err);
        if (s == SV_OK) {
            *out = secret;
            secret = NULL;
            return SV_OK;
        }
        if (s != SV_DATA || tries == 1)
            return s;
        prompt_tell(cli, "%s.", err->text);
    }
}

enum sv_status add_secret(struct cli *cli, const struct args *args, struct profile *p,
                          struct secret **out, bool *typed, struct sv_err *err)
{
    *typed = !args_flag(args, "generate") && args_value(args, "password-from") == NULL &&
             ask_way(cli, NULL) == ASK_TERMINAL;
    if (!*typed)
        return profile_args_secret(cli, args, p, out, err);
    tell_how(cli, p);
    return ask_secret_again(cli, args, p, out, err);
}
