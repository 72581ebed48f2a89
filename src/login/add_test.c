/* SPDX-License-Identifier: ISC */
#include "login/add_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ca_file.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/self.h"
#include "login/add_talk.h"
#include "login/other_way.h"
#include "login/test_login.h"
#include "login/test_probe.h"
#include "login/test_report.h"
#include "smtp/prison.h"

/* Servers lock accounts after a few wrong secrets. */
#define TRIES 3

/* Reports go to stderr: stdout is for data. */
static enum sv_status put_report(const struct profile *p, const struct smtp_result *r,
                                 struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(false);
    if (out == NULL)
        return sv_fail_nomem(err);
    (r->verdict == SMTP_OK ? test_report_verdict : test_report_people)(out, p, r);
    return sink_release(out, STDERR_FILENO, "standard error", err);
}

static enum sv_status put_ports(const struct cli *cli, const struct profile *p,
                                const struct probe_report *report, struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(false);
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = test_probe_people(out, cli, p, report, err);
    return s == SV_OK ? sink_release(out, STDERR_FILENO, "standard error", err) : s;
}

/* SV_FINDINGS: a verdict other than ok. */
static enum sv_status test_now(struct cli *cli, const char *name, struct smtp_result *result,
                               struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SV_AUTOFREE char *helper = NULL;
    const struct login_wish wish = {.total_ms = 0};
    enum sv_status s = self_helper(&helper, err);
    if (s != SV_OK)
        return s;
    if (prison_lacks()[0] != '\0')
        print_warning(cli, "%s", prison_lacks());
    print_progress(cli, "logging in ...");
    s = test_login(cli, helper, name, &wish, &p, result, err);
    print_progress(cli, NULL);
    if (s == SV_OK)
        s = put_report(&p, result, err);
    return s == SV_OK && result->verdict != SMTP_OK ? SV_FINDINGS : s;
}

/* Might another secret be the right one? */
static bool is_of_secret(enum smtp_verdict verdict)
{
    return verdict == SMTP_WRONG_SECRET || verdict == SMTP_WRONG_KIND_OF_SECRET;
}

static enum sv_status change_secret(struct cli *cli, const struct args *args, const char *name,
                                    struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    SECRET_OWNED struct secret *secret = NULL;
    bool typed;
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s == SV_OK)
        s = add_secret(cli, args, &p, &secret, &typed, err);
    return s == SV_OK ? vault_edit(cli->vault, &p, secret, AUDIT_EDIT, err) : s;
}

/* ---- another way to the server ---- */

/* *taken: the profile has another server now, that answers from here. */
static enum sv_status look_elsewhere(struct cli *cli, const struct profile *p, bool *taken,
                                     struct sv_err *err)
{
    SV_AUTOFREE char *helper = NULL;
    struct probe_report report;
    struct other_way way;
    if (!test_probe_wanted(cli))
        return SV_OK;
    enum sv_status s = self_helper(&helper, err);
    if (s != SV_OK)
        return s;
    print_progress(cli, "looking ...");
    s = test_probe_look(helper, p, NULL, 0, &report, err);
    print_progress(cli, NULL);
    if (s == SV_OK)
        s = put_ports(cli, p, &report, err);
    if (s != SV_OK || !other_way_found(&way, &report))
        return s;
    return other_way_offer(cli, p->name, &way, taken, err);
}

/* An authority that only the person can know. *named: the profile has its file now. */
static enum sv_status name_authority(struct cli *cli, struct profile *p, bool *named,
                                     struct sv_err *err)
{
    enum sv_status s = ca_file_ask(cli, p, named, err);
    return s == SV_OK && *named ? vault_edit(cli->vault, p, NULL, AUDIT_EDIT, err) : s;
}

/* ---- all together ---- */

/* What a person wants to change after a verdict; *again: it was changed. */
static enum sv_status mend(struct cli *cli, const struct args *args, const char *name,
                           const struct smtp_result *r, bool *again, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct other_way way;
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    *again = false;
    if (s != SV_OK)
        return s;
    if (other_way_certain(&way, &p, r->verdict))
        return other_way_offer(cli, name, &way, again, err);
    if (test_probe_helps(r->verdict, &p))
        return look_elsewhere(cli, &p, again, err);
    if (r->verdict == SMTP_CERTIFICATE_UNTRUSTED && r->who == SMTP_BY_YOU)
        return name_authority(cli, &p, again, err);
    if (!is_of_secret(r->verdict) ||
        prompt_go(cli, "Type the secret again? [Y/n] ", again, NULL) != SV_OK || !*again)
        return SV_OK;
    return change_secret(cli, args, name, err);
}

/* One attempt, then as many as a person asks for. */
static enum sv_status test_until(struct cli *cli, const struct args *args, const char *name,
                                 struct sv_err *err)
{
    for (int tries = TRIES;;) {
        struct smtp_result result = {.code = 0};
        bool again = false;
        enum sv_status s = test_now(cli, name, &result, err);
        tries -= is_of_secret(result.verdict);
        if (s != SV_FINDINGS || tries == 0)
            return s;
        s = mend(cli, args, name, &result, &again, err);
        if (s != SV_OK || !again)
            return s == SV_OK ? SV_FINDINGS : s;
    }
}

enum sv_status add_test(struct cli *cli, const struct args *args, const char *name, bool offer,
                        struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    char question[400];
    bool yes = false;
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s != SV_OK)
        return s;
    if (!offer) {
        struct smtp_result result = {.code = 0};
        return test_now(cli, name, &result, err);
    }
    if (p.tls == TLS_NONE) /* no test sends a secret in clear */
        return SV_OK;
    snprintf(question, sizeof question, "Log in at %s now, to see that it works? [Y/n] ", p.host);
    if (prompt_go(cli, question, &yes, NULL) != SV_OK || !yes) {
        print_note(cli, "\"smtpvault test %s\" tries it later", NAME_TYPED(name));
        return SV_OK;
    }
    return test_until(cli, args, name, err);
}
