/* SPDX-License-Identifier: ISC */
#include "cli/test_login.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/login.h"
#include "format/login.h"

static enum sv_status copy_text(char *dst, size_t capacity, const char *text, const char *what,
                                struct sv_err *err)
{
    if (text == NULL)
        text = "";
    if (strlen(text) >= capacity)
        return sv_fail(err, SV_DATA, "the %s is too long to test with", what);
    snprintf(dst, capacity, "%s", text);
    return SV_OK;
}

static const char *login_options(enum profile_auth auth)
{
    switch (auth) {
    case AUTH_PLAIN:
        return "AUTH=PLAIN";
    case AUTH_LOGIN:
        return "AUTH=LOGIN";
    case AUTH_CRAM_MD5:
        return "AUTH=CRAM-MD5";
    case AUTH_SCRAM_SHA_256:
        return "AUTH=SCRAM-SHA-256";
    case AUTH_XOAUTH2:
        return "AUTH=XOAUTH2";
    case AUTH_OAUTHBEARER:
        return "AUTH=OAUTHBEARER";
    case AUTH_AUTO:
        break;
    }
    return "";
}

enum sv_status test_login_host(char *dst, size_t capacity, const struct profile *p,
                               struct sv_err *err)
{
    struct value host = login_bare_host(p);
    if (host.len >= capacity)
        return sv_fail(err, SV_DATA, "the server's name is too long to test with");
    snprintf(dst, capacity, "%.*s", (int)host.len, (const char *)host.bytes);
    return SV_OK;
}

static enum sv_status make_target(struct smtp_target *t, const struct profile *p,
                                  const struct login_wish *wish, struct sv_err *err)
{
    if (p->tls == TLS_NONE)
        return sv_fail(err, SV_USAGE,
                       "%s uses no TLS, and a test never sends a secret in clear: set --tls "
                       "implicit or starttls with \"smtpvault edit\"",
                       NAME_SHOWN(p->name));
    t->port = p->port;
    t->total_ms = wish->total_ms;
    t->user_is_secret = login_user_is_secret(p);
    t->tls = p->tls == TLS_IMPLICIT ? SMTP_IMPLICIT : SMTP_STARTTLS;
    t->bearer = p->kind == KIND_OAUTH2 || p->auth == AUTH_XOAUTH2 || p->auth == AUTH_OAUTHBEARER;
    enum sv_status s = test_login_host(t->host, sizeof t->host, p, err);
    if (s == SV_OK)
        s = copy_text(t->username, sizeof t->username, p->username, "user name", err);
    if (s == SV_OK)
        s = copy_text(t->provider, sizeof t->provider, p->provider, "provider's id", err);
    if (s == SV_OK)
        s = copy_text(t->ca_file, sizeof t->ca_file, wish->ca_file, "path of the CA file", err);
    if (s == SV_OK)
        s = copy_text(t->login_options, sizeof t->login_options, login_options(p->auth),
                      "mechanism", err);
    return s;
}

/* Only what a server said for good of this login. */
static enum outcome outcome_of(enum smtp_verdict verdict)
{
    switch (verdict) {
    case SMTP_OK:
        return OUTCOME_WORKED;
    case SMTP_WRONG_SECRET:
    case SMTP_WRONG_KIND_OF_SECRET:
    case SMTP_DISABLED_BY_POLICY:
    case SMTP_ACCOUNT_LOCKED:
        return OUTCOME_REJECTED;
    default:
        return OUTCOME_UNKNOWN;
    }
}

static void record(struct cli *cli, const struct profile *p, const struct smtp_result *r)
{
    struct sv_err err = {""};
    struct audit_event event = {.op = AUDIT_TEST, .version = p->version};
    event.result = r->verdict == SMTP_OK ? AUDIT_OK : AUDIT_FAILED;
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    if (r->code != 0)
        snprintf(event.note, sizeof event.note, "%s %u %s", smtp_verdict_word(r->verdict),
                 (unsigned)r->code, r->enhanced);
    else
        snprintf(event.note, sizeof event.note, "%s", smtp_verdict_word(r->verdict));
    if (vault_outcome(cli->vault, &event, outcome_of(r->verdict), &err) != SV_OK)
        print_warning(cli, "the verdict is not on record: %s", err.text);
}

/* What the gate needs of a test, and the profile that came with the secret. */
struct opening {
    struct cli *cli;
    const struct login_wish *wish;
    const char *name;
    const struct smtp_target *target;
    struct profile profile;
};

static bool is_same_server(const struct smtp_target *a, const struct smtp_target *b)
{
    return strcmp(a->host, b->host) == 0 && a->port == b->port && a->tls == b->tls &&
           strcmp(a->username, b->username) == 0;
}

static enum sv_status reveal_secret(void *context, const struct smtp_offer *offer,
                                    struct secret **secret, struct sv_err *err)
{
    struct opening *o = context;
    SECRET_OWNED struct secret *revealed = NULL;
    struct smtp_target now = {.port = 0};
    struct reveal why = {.op = AUDIT_TEST};
    (void)offer;
    enum sv_status s = vault_reveal(o->cli->vault, o->name, &why, &o->profile, &revealed, err);
    if (s == SV_OK && o->target->user_is_secret)
        login_hide_user(&o->profile, revealed);
    if (s == SV_OK)
        s = make_target(&now, &o->profile, o->wish, err);
    /* The card may be another by now: a secret goes to the host it came with. */
    if (s == SV_OK && !is_same_server(&now, o->target))
        s = sv_fail(err, SV_LOCKED, "%s was changed meanwhile; test it again", NAME_SHOWN(o->name));
    if (s != SV_OK)
        return s;
    *secret = revealed;
    revealed = NULL;
    return SV_OK;
}

enum sv_status test_login(struct cli *cli, const char *helper, const char *name,
                          const struct login_wish *wish, struct profile *p,
                          struct smtp_result *result, struct sv_err *err)
{
    struct smtp_target target = {.port = 0};
    struct opening opening = {.cli = cli, .wish = wish, .name = name, .target = &target};
    const struct smtp_gate gate = {.open = reveal_secret, .context = &opening};
    enum sv_status s = vault_find(cli->vault, name, p, err);
    if (s == SV_OK)
        s = make_target(&target, p, wish, err);
    if (s == SV_OK)
        s = smtp_test(helper, &target, &gate, result, err);
    PROFILE_OWNED struct profile revealed = opening.profile;
    if (s != SV_OK)
        return s;
    record(cli, revealed.name != NULL ? &revealed : p, result);
    return SV_OK;
}
