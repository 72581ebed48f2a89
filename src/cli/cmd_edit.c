/* SPDX-License-Identifier: ISC */
/* edit: a new version of a login; what no option names stays. */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ca_file.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/profile_args.h"

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
    profile_args_infer(&p);
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
    if (s != SV_OK)
        return s;
    profile_args_warn(cli, &p);
    print_note(cli, "changed %s%s", NAME_SHOWN(p.name),
               secret != NULL ? "; its old secret stays in \"smtpvault history\"" : "");
    return SV_OK;
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
