/* SPDX-License-Identifier: ISC */
#include "cli/profile_args.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/ca_file.h"
#include "cli/print.h"
#include "cli/provider_words.h"
#include "cli/source.h"
#include "cli/terms.h"
#include "domain/provider.h"
#include "domain/provider_own.h"
#include "domain/ses.h"

static enum sv_status set_fields(struct profile *p, const struct args *args, struct sv_err *err)
{
    for (size_t i = 0; i < profile_field_count; i++) {
        const struct field *f = &profile_fields[i];
        const char *value = (f->flags & FF_SET) != 0 ? args_value(args, f->key) : NULL;
        if (value == NULL)
            continue;
        enum sv_status s = profile_set(p, f, value, err);
        if (s != SV_OK)
            return s;
    }
    for (size_t i = 0; args_nth(args, "tag", i) != NULL; i++) {
        enum sv_status s = profile_add_tag(p, args_nth(args, "tag", i), err);
        if (s != SV_OK)
            return s;
    }
    return SV_OK;
}

enum sv_status profile_args_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile scratch = {.name = NULL};
    const char *source = args_value(args, "password-from");
    enum sv_status s = provider_own_check(err);
    if (s == SV_OK)
        s = set_fields(&scratch, args, err);
    if (s == SV_OK && source != NULL)
        s = source_check(cli, source, err);
    if (s == SV_OK && source != NULL && args_flag(args, "generate"))
        s = sv_fail(err, SV_USAGE, "--password-from and --generate exclude each other");
    if (s == SV_OK && scratch.tls == TLS_NONE && !args_flag(args, "insecure"))
        s = sv_fail(err, SV_USAGE,
                    "--tls none sends the secret in clear; if it must be, add "
                    "--insecure");
    return s;
}

/* The provider of the address, unless a server of one's own was named. */
static const struct provider *provider_by_address(const struct profile *p)
{
    const struct provider *found = NULL;
    if (p->username != NULL && strchr(p->username, '@') != NULL)
        found = provider_of_address(p->username);
    else if (p->from != NULL)
        found = provider_of_address(p->from);
    if (found == NULL || p->host == NULL)
        return found;
    for (size_t i = 0; i < found->host_count; i++) {
        if (text_equal_nocase(found->hosts[i].host, p->host))
            return found;
    }
    return NULL;
}

enum sv_status profile_args_apply(struct profile *p, const struct args *args, struct sv_err *err)
{
    const char *provider = args_value(args, "provider"), *kind = args_value(args, "kind");
    if (provider != NULL) {
        sv_free(p->host);
        sv_free(p->ca_file);
        p->host = p->ca_file = NULL;
        p->port = 0;
        p->tls = TLS_UNSET;
        p->kind = KIND_PASSWORD;
    }
    enum sv_status s = set_fields(p, args, err);
    if (s != SV_OK || !profile_is_mail(p))
        return s;
    const struct provider *found = provider_named(p);
    if (p->provider == NULL && provider == NULL)
        found = provider_by_address(p);
    if (found != NULL)
        s = provider_fill(found, p, err);
    if (s == SV_OK && kind != NULL && !profile_kind_parse(kind, &p->kind))
        s = sv_fail(err, SV_USAGE, "unknown kind of secret");
    return s;
}

enum sv_status profile_args_read(struct cli *cli, const char *source, const struct profile *p,
                                 bool told, struct secret **out, struct sv_err *err)
{
    char name[2 * PROFILE_NAME_MAX], what[300], hint[400] = "", question[800];
    char kind[PROVIDER_WORDS_MAX];
    const struct provider *provider = provider_named(p);
    text_printable(name, sizeof name, p->name, strlen(p->name));
    snprintf(what, sizeof what, "password for %s", name);
    if (told)
        snprintf(hint, sizeof hint, " (not shown)");
    else if (provider != NULL && provider->secret_kind != NULL)
        snprintf(hint, sizeof hint, " (%s%s%s)", provider_secret_words(kind, provider->secret_kind),
                 provider->secret_url != NULL ? ": " : "",
                 provider->secret_url != NULL ? provider->secret_url : "");
    snprintf(question, sizeof question, "P%s%s: ", what + 1, hint);
    struct source_ask ask = {.what = what, .question = question, .limit = PROFILE_SECRET_MAX};
    return source_read(cli, source, &ask, out, err);
}

enum sv_status profile_args_judge(struct cli *cli, const struct args *args, const struct profile *p,
                                  struct secret **secret, struct sv_err *err)
{
    struct shape_finding finding;
    bool iam = p->kind == KIND_IAM_SECRET;
    enum sv_status s = profile_check_secret(*secret, err);
    if (s == SV_OK)
        s = shape_check(iam ? NULL : provider_named(p), p->username, secret, &finding, err);
    if (s != SV_OK)
        return s;
    if (iam && !finding.wrong)
        ses_judge(*secret, p->username, &finding);
    if (!finding.wrong) {
        if (finding.changed)
            print_note(cli, "%s", finding.text);
        else if (finding.text[0] != '\0')
            print_warning(cli, "%s", finding.text);
        return profile_check_secret(*secret, err);
    }
    if (!args_flag(args, "force"))
        return sv_fail(err, SV_DATA, "%s; --force stores it as it is", finding.text);
    print_warning(cli, "%s; stored as it is (--force)", finding.text);
    return SV_OK;
}

enum sv_status profile_args_secret(struct cli *cli, const struct args *args,
                                   const struct profile *p, struct secret **out, struct sv_err *err)
{
    if (args_flag(args, "generate") && p->kind == KIND_IAM_SECRET)
        return sv_fail(err, SV_USAGE, "an IAM secret is made by AWS: give --password-from SOURCE");
    if (args_flag(args, "generate"))
        return terms_generate(cli, p, out, err);
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status s =
        profile_args_read(cli, args_value(args, "password-from"), p, false, &secret, err);
    if (s == SV_LOCKED && args_value(args, "password-from") == NULL &&
        ask_way(cli, NULL) == ASK_NOBODY)
        return sv_fail(err, SV_USAGE,
                       "there is %s for the secret: give --password-from SOURCE or --generate",
                       ask_nobody(cli));
    if (s == SV_OK)
        s = profile_args_judge(cli, args, p, &secret, err);
    if (s != SV_OK)
        return s;
    *out = secret;
    secret = NULL;
    return SV_OK;
}

void profile_args_warn(const struct cli *cli, const struct profile *p)
{
    char name[2 * PROFILE_NAME_MAX];
    if (p->tls == TLS_NONE)
        print_warning(cli, "%s uses no TLS: its secret crosses the network in clear",
                      text_printable(name, sizeof name, p->name, strlen(p->name)));
    ca_file_warn(cli, p);
}
