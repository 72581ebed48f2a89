/* SPDX-License-Identifier: ISC */
/* edit: a new version of a login; what no option names stays. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ca_file.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "domain/provider.h"
#include "domain/rotation_record.h"
#include "export/copy_words.h"

static bool has_secret(const struct args *args)
{
    return args_flag(args, "generate") || args_flag(args, "password-from");
}

static bool has_change(const struct args *args)
{
    for (size_t i = 0; i < profile_field_count; i++) {
        if ((profile_fields[i].flags & FF_SET) != 0 && args_flag(args, profile_fields[i].key))
            return true;
    }
    return has_secret(args) || args_flag(args, "tag") || args_flag(args, "untag") ||
           args_flag(args, "ca-file");
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum sv_status s = names_check(cli, args, err);
    if (s == SV_OK)
        s = profile_args_check(cli, args, err);
    if (s == SV_OK)
        s = ca_file_check(args, err);
    if (s == SV_OK && !has_change(args))
        s = sv_fail(err, SV_USAGE,
                    "nothing to change: give an option, such as --password-from tty "
                    "for a new secret");
    return s;
}

static enum sv_status untag(struct profile *p, const struct args *args, struct sv_err *err)
{
    const char *tag;
    for (size_t n = 0; (tag = args_nth(args, "untag", n)) != NULL; n++) {
        if (!profile_has_tag(p, tag))
            return sv_fail(err, SV_MISSING, "\"%s\" has no tag \"%s\"", NAME_SHOWN(p->name),
                           NAME_SHOWN(tag));
        size_t kept = 0;
        for (size_t i = 0; i < p->tag_count; i++) {
            if (strcmp(p->tags[i], tag) == 0)
                sv_free(p->tags[i]);
            else
                p->tags[kept++] = p->tags[i];
        }
        p->tag_count = kept;
    }
    return SV_OK;
}

/* May the login work no more, or at last? */
static bool is_of_login(const struct args *args)
{
    static const char *const keys[] = {"provider", "host", "port",     "tls",
                                       "auth",     "kind", "username", "ca-file"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (args_flag(args, keys[i]))
            return true;
    return has_secret(args);
}

/* The other mode than is usual on this port (RFC 8314), and than its provider's. */
static void warn_mode(const struct cli *cli, const struct args *args, const struct profile *p)
{
    const struct provider *provider = provider_of_profile(p);
    bool tls_first = p->tls == TLS_STARTTLS && p->port == 465;
    bool tls_later = p->tls == TLS_IMPLICIT && p->port == 587;
    if ((!tls_first && !tls_later) || !(args_flag(args, "port") || args_flag(args, "tls")))
        return;
    for (size_t i = 0; provider != NULL && i < provider->host_count; i++) {
        const struct provider_host *h = &provider->hosts[i];
        if (text_equal_nocase(h->host, p->host) && h->port == p->port && h->tls == p->tls)
            return;
    }
    print_warning(
        cli, "a server begins %s on port %u, and %s has %s: \"smtpvault edit %s --tls %s\"",
        tls_first ? "with TLS" : "in the clear", (unsigned)p->port, NAME_SHOWN(p->name),
        profile_tls_title(p->tls), NAME_TYPED(p->name), tls_first ? "implicit" : "starttls");
}

/* What was changed, and what is to be done next. */
static void say_changed(const struct cli *cli, const struct args *args, const struct profile *p)
{
    struct rotation_record r;
    profile_args_warn(cli, p);
    warn_mode(cli, args, p);
    print_note(cli, "changed %s%s", NAME_SHOWN(p->name),
               has_secret(args) ? "; its old secret stays in \"smtpvault history\"" : "");
    if (has_secret(args) && rotation_of_card(&r, p) && rotation_is_pending(&r))
        print_warning(cli,
                      "a rotation of %s was under way, whose pending secret cannot become the "
                      "current one any more: \"smtpvault rotate --rollback %s\" gives it up",
                      NAME_SHOWN(p->name), NAME_TYPED(p->name));
    copies_note_old(cli, p, has_secret(args) ? "the old password" : "what was before");
    if (is_of_login(args) && p->tls != TLS_NONE && profile_is_mail(p))
        print_note(cli, "next: \"smtpvault test %s\" tells whether it logs in",
                   NAME_TYPED(p->name));
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status s = vault_find(cli->vault, args_word(args, 0), &p, err);
    bool was_clear = p.tls == TLS_NONE, was_iam = p.kind == KIND_IAM_SECRET;
    if (s == SV_OK)
        s = untag(&p, args, err);
    if (s == SV_OK)
        s = profile_args_apply(&p, args, err);
    if (s == SV_OK)
        s = ca_file_apply(&p, args, err);
    if (s != SV_OK)
        return s;
    profile_infer(&p);
    /* What is no login by OAuth2 any more has no client. */
    if (p.kind != KIND_OAUTH2 && !args_flag(args, "client-secret-expires"))
        p.client_ends = 0;
    s = profile_check(&p, args_flag(args, "insecure") || was_clear, err);
    /* Shown as it is to a server, an IAM secret would leak; derived from, a password would fail. */
    if (s == SV_OK && was_iam != (p.kind == KIND_IAM_SECRET) && !has_secret(args))
        s = sv_fail(err, SV_USAGE,
                    "the secret that is stored is of another kind: give the new one as well, with "
                    "--password-from tty");
    if (s == SV_OK && has_secret(args))
        s = profile_args_secret(cli, args, &p, &secret, err);
    if (s == SV_OK)
        s = vault_edit(cli->vault, &p, secret, AUDIT_EDIT, err);
    if (s == SV_OK)
        say_changed(cli, args, &p);
    return s;
}

static const struct option_spec options[] = {
#define FIELD PROFILE_OPTION
#include "domain/fields.def"
#undef FIELD
    PROFILE_OPTIONS_MORE,
    {"untag", 0, "TAG", COMPLETES_NOTHING, "take a tag away", true},
    {0},
};
static const char *const examples[] = {
    "smtpvault edit work --password-from tty",
    "smtpvault edit shop --host smtp.example.net --port 465 --tls implicit",
    "smtpvault edit news --tag billing --untag test",
    "smtpvault edit shop --ca-file /etc/ssl/private-ca.pem",
    NULL,
};
const struct command cmd_edit = {
    .name = "edit",
    .group = "profiles",
    .args = "NAME",
    .summary = "change a login",
    .flags = CMD_UNLOCKED | CMD_MUTATES,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "Each change is a new version; \"smtpvault history\" lists them and \"smtpvault "
            "rollback\" goes back.",
    .check = check,
    .run = run,
};
