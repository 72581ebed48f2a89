/* SPDX-License-Identifier: ISC */
#include "rotate/policy_words.h"

#include <stdio.h>
#include <string.h>

#include "domain/provider.h"

#define INHERIT "inherit"

static enum sv_status usage(struct sv_err *err)
{
    return sv_fail(
        err, SV_USAGE,
        "say for whom: a profile's NAME, --tag TAG, --provider ID, --kind KIND or --all");
}

static enum sv_status take_word(struct policy_rule *out, enum policy_scope scope, const char *word,
                                struct sv_err *err)
{
    const struct provider *provider = scope == POLICY_PROVIDER ? provider_find(word) : NULL;
    if (provider != NULL)
        word = provider->id;
    if (word[0] == '\0' || strlen(word) > POLICY_SELECTOR_MAX)
        return sv_fail(err, SV_USAGE, "a tag or a provider is a word of 1 to %d bytes",
                       POLICY_SELECTOR_MAX);
    out->scope = scope;
    (void)snprintf(out->name, sizeof out->name, "%s", word);
    enum profile_kind kind;
    if (scope == POLICY_KIND && !profile_kind_parse(word, &kind))
        return sv_fail(err, SV_USAGE,
                       "--kind takes password, app-password, api-key, oauth2 or iam-secret");
    return SV_OK;
}

enum sv_status policy_selector(const struct args *args, struct policy_rule *out, struct sv_err *err)
{
    const char *name = args_word(args, 1), *tag = args_value(args, "tag"),
               *provider = args_value(args, "provider"), *kind = args_value(args, "kind");
    bool all = args_flag(args, "all");
    *out = (struct policy_rule){.scope = all ? POLICY_VAULT : POLICY_PROFILE};
    if ((name != NULL) + (tag != NULL) + (provider != NULL) + (kind != NULL) + all != 1)
        return usage(err);
    if (tag != NULL)
        return take_word(out, POLICY_TAG, tag, err);
    if (provider != NULL)
        return take_word(out, POLICY_PROVIDER, provider, err);
    if (kind != NULL)
        return take_word(out, POLICY_KIND, kind, err);
    return name != NULL ? profile_check_name(name, err) : SV_OK;
}

/* Commands are gathered, and what takes them away is none of them. */
static enum sv_status take_after(const struct args *args, struct policy_rule *out, unsigned *drop,
                                 struct sv_err *err)
{
    const char *option = policy_option(POLICY_AFTER), *line;
    enum sv_status s = SV_OK;
    bool several = args_nth(args, option, 1) != NULL;
    for (size_t i = 0; s == SV_OK && (line = args_nth(args, option, i)) != NULL; i++) {
        bool inherit = strcmp(line, INHERIT) == 0;
        if (several && (inherit || policy_is_off(line)))
            return sv_fail(err, SV_USAGE,
                           "--%s %s stands alone: it takes away what there is, and a line takes "
                           "its place by itself",
                           option, line);
        if (inherit)
            *drop |= 1u << POLICY_AFTER;
        else
            s = policy_set(out, POLICY_AFTER, line, err);
    }
    return s;
}

enum sv_status policy_fields(const struct args *args, struct policy_rule *out, unsigned *drop,
                             struct sv_err *err)
{
    enum sv_status s = SV_OK;
    *drop = 0;
    for (enum policy_field f = POLICY_EVERY; s == SV_OK && f < POLICY_FIELDS; f++) {
        const char *value = args_value(args, policy_option(f));
        if (value == NULL)
            continue;
        if (f == POLICY_AFTER)
            s = take_after(args, out, drop, err);
        else if (strcmp(value, INHERIT) == 0)
            *drop |= 1u << f;
        else
            s = policy_set(out, f, value, err);
    }
    if (s == SV_OK && out->has == 0 && *drop == 0)
        return sv_fail(err, SV_USAGE,
                       "it goes: smtpvault policy set NAME --every 90d (or off); \"smtpvault "
                       "policy --help\" shows what else can be said");
    return s;
}
