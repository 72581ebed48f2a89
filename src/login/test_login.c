/* SPDX-License-Identifier: ISC */
#include "login/test_login.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/ca_file.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/generate.h"
#include "domain/login.h"
#include "domain/provider.h"
#include "domain/vault_posture.h"
#include "domain/version.h"
#include "smtp/message.h"
#include "tool/login.h"

#define ADDRESS_MAX 254 /* RFC 5321, 4.5.3.1.3 without its brackets */

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

bool test_login_is_address(const char *text)
{
    return strlen(text) <= ADDRESS_MAX && message_is_mailbox(text);
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

bool test_login_host_is_known(const struct profile *p)
{
    const struct provider *provider = provider_of_profile(p);
    return provider != NULL && provider->origin == NULL && p->host != NULL &&
           provider_has_host(provider, p->host);
}

/* Whom a message comes from, and where it goes. */
static enum sv_status set_addresses(struct smtp_target *t, const struct profile *p,
                                    const struct login_wish *wish, struct sv_err *err)
{
    const char *from = p->from;
    if (!wish->from_check && wish->send_to == NULL)
        return SV_OK;
    if (from == NULL && p->username != NULL && test_login_is_address(p->username))
        from = p->username;
    if (from == NULL || !test_login_is_address(from))
        return sv_fail(err, SV_USAGE,
                       "%s has no sender address: give it one with \"smtpvault edit\" and --from",
                       NAME_SHOWN(p->name));
    enum sv_status s = copy_text(t->from, sizeof t->from, from, "sender's address", err);
    if (s == SV_OK)
        s = copy_text(t->subject, sizeof t->subject, wish->subject, "message's subject", err);
    if (s == SV_OK)
        s = copy_text(t->text, sizeof t->text, wish->text, "message", err);
    return s == SV_OK
               ? copy_text(t->send_to, sizeof t->send_to, wish->send_to, "recipient's address", err)
               : s;
}

enum sv_status test_login_check_mail(const struct profile *p, struct sv_err *err)
{
    char server[PROFILE_SERVER_MAX];
    if (profile_is_mail(p))
        return SV_OK;
    return sv_fail(err, SV_USAGE, "%s is for %s, which is no mail server: git alone can test it",
                   NAME_SHOWN(p->name), profile_server(server, p));
}

static enum sv_status make_target(struct smtp_target *t, const struct profile *p,
                                  const struct login_wish *wish, struct sv_err *err)
{
    enum sv_status s = test_login_check_mail(p, err);
    if (s != SV_OK)
        return s;
    if (p->tls == TLS_NONE)
        return sv_fail(err, SV_USAGE,
                       "%s uses no TLS, and a test never sends a secret in clear: set --tls "
                       "implicit or starttls with \"smtpvault edit\"",
                       NAME_SHOWN(p->name));
    const char *ca_file = NULL;
    s = set_addresses(t, p, wish, err);
    if (s == SV_OK)
        s = ca_file_choose(p, wish->ca_file, &ca_file, err);
    if (s != SV_OK)
        return s;
    t->port = wish->port != 0 ? wish->port : p->port;
    t->connect_ms = wish->connect_ms;
    t->total_ms = wish->total_ms;
    t->user_is_secret = login_user_is_secret(p);
    t->tls = wish->port == 0             ? login_tls(p)
             : wish->tls == TLS_IMPLICIT ? SMTP_IMPLICIT
                                         : SMTP_STARTTLS;
    t->bearer = login_by_token(p);
    t->host_is_known = test_login_host_is_known(p);
    s = test_login_host(t->host, sizeof t->host, p, err);
    if (s == SV_OK)
        s = copy_text(t->username, sizeof t->username, p->username, "user name", err);
    if (s == SV_OK)
        s = copy_text(t->provider, sizeof t->provider, p->provider, "provider's id", err);
    if (s == SV_OK)
        s = copy_text(t->ca_file, sizeof t->ca_file, ca_file, "path of the CA file", err);
    const char *mechanism = login_mechanism(p->auth);
    if (mechanism != NULL)
        snprintf(t->login_options, sizeof t->login_options, "AUTH=%s", mechanism);
    return s;
}

/* Only what a server said for good of this login: what it says of a message later is
 * nothing against the secret. */
enum outcome test_login_outcome(const struct smtp_result *r)
{
    if (r->phase > PHASE_AUTH)
        return OUTCOME_WORKED;
    switch (r->verdict) {
    case SMTP_WRONG_SECRET:
    case SMTP_WRONG_KIND_OF_SECRET:
    case SMTP_DISABLED_BY_POLICY:
    case SMTP_ACCOUNT_LOCKED:
        return OUTCOME_REJECTED;
    default:
        return OUTCOME_UNKNOWN;
    }
}

static void record(struct cli *cli, const struct profile *p, const struct login_wish *wish,
                   const struct smtp_result *r, unsigned lacks)
{
    char lack[80];
    struct sv_err err = {""};
    struct audit_event event = {.op = AUDIT_TEST, .version = wish->made_up ? 0 : p->version};
    enum outcome outcome =
        wish->made_up || wish->port != 0 ? OUTCOME_UNKNOWN : test_login_outcome(r);
    event.result = r->verdict == SMTP_OK ? AUDIT_OK : AUDIT_FAILED;
    snprintf(event.profile, sizeof event.profile, "%s", p->name);
    if (lacks != 0)
        snprintf(event.note, sizeof event.note, "%s: %s", smtp_verdict_word(r->verdict),
                 posture_note(lack, sizeof lack, lacks));
    else if (r->code != 0)
        snprintf(event.note, sizeof event.note, "%s %u %s", smtp_verdict_word(r->verdict),
                 (unsigned)r->code, r->enhanced);
    else
        snprintf(event.note, sizeof event.note, "%s", smtp_verdict_word(r->verdict));
    size_t len = strlen(event.note);
    if (wish->port != 0)
        snprintf(event.note + len, sizeof event.note - len, ", port %u", (unsigned)wish->port);
    len = strlen(event.note);
    if (wish->made_up)
        snprintf(event.note + len, sizeof event.note - len, ", of a secret made up for it");
    if (vault_outcome(cli->vault, &event, outcome, &err) != SV_OK)
        print_warning(cli, "the verdict is not on record: %s", err.text);
}

/* ---- one test ---- */

struct test_login {
    struct cli *cli;
    const struct login_wish *wish;
    const char *name;
    struct smtp_target target;
    struct smtp_run *run;
    struct profile asked;    /* before the server was */
    struct profile revealed; /* that came with the secret */
    struct posture known;
    bool is_known;
    unsigned lacks;  /* what was found at the gate */
    bool downgraded; /* and the gate stayed closed */
};

struct smtp_run *test_login_run(const struct test_login *t)
{
    return t->run;
}

void test_login_free(struct test_login *t)
{
    if (t == NULL)
        return;
    smtp_run_free(t->run);
    profile_clear(&t->asked);
    profile_clear(&t->revealed);
    sv_free(t);
}

void test_login_free_cleanup(struct test_login **t)
{
    test_login_free(*t);
    *t = NULL;
}

static bool is_same_server(const struct smtp_target *a, const struct smtp_target *b)
{
    return strcmp(a->host, b->host) == 0 && a->port == b->port && a->tls == b->tls &&
           strcmp(a->username, b->username) == 0 && strcmp(a->ca_file, b->ca_file) == 0;
}

/* Whoever accepts a change has seen it, and it is theirs to make: it is kept before the secret
 * goes, whatever becomes of the login. */
static enum sv_status accept_change(struct test_login *t, const struct smtp_offer *offer,
                                    struct sv_err *err)
{
    char said[512];
    struct sv_err why = {""};
    print_progress(t->cli, NULL);
    print_note(t->cli, "%s: accepted: %s", NAME_SHOWN(t->name),
               posture_say(said, sizeof said, &t->known, offer, t->lacks));
    posture_accept(&t->known, &t->asked, offer, env_now());
    enum sv_status s = vault_learn(t->cli->vault, t->name, &t->known, true, &why);
    if (s != SV_OK)
        return sv_fail(err, s, "the change of %s cannot be accepted: %.400s", NAME_SHOWN(t->name),
                       why.text);
    t->cli->changed = true;
    return SV_OK;
}

/* SV_FINDINGS: the server falls short of what it was. */
static enum sv_status look_at_offer(struct test_login *t, const struct smtp_offer *offer,
                                    struct sv_err *err)
{
    t->lacks = t->is_known ? posture_compare(&t->known, offer) : 0;
    if (t->lacks == 0)
        return SV_OK;
    if (t->wish->accept_change)
        return accept_change(t, offer, err);
    t->downgraded = true;
    return sv_fail(err, SV_FINDINGS, "the server offers less than it did");
}

static enum sv_status open_gate(void *context, const struct smtp_offer *offer,
                                struct secret **secret, struct sv_err *err)
{
    struct test_login *t = context;
    SECRET_OWNED struct secret *revealed = NULL;
    struct smtp_target now = {.port = 0};
    struct reveal why = {.op = AUDIT_TEST,
                         .version = t->wish->version,
                         .note = t->wish->text != NULL ? "a reminder" : NULL};
    enum sv_status s = look_at_offer(t, offer, err);
    if (s == SV_OK && t->wish->made_up)
        return generate_secret(secret, GENERATE_LENGTH_DEFAULT, GENERATE_ALNUM, err);
    if (s == SV_OK)
        s = vault_reveal(t->cli->vault, t->name, &why, &t->revealed, &revealed, err);
    if (s == SV_OK && t->target.user_is_secret)
        login_hide_user(&t->revealed, revealed);
    if (s == SV_OK)
        s = make_target(&now, &t->revealed, t->wish, err);
    /* The card may be another by now: a secret goes to the host it came with. */
    if (s == SV_OK && !is_same_server(&now, &t->target))
        s = sv_fail(err, SV_LOCKED, "%s was changed meanwhile; test it again", NAME_SHOWN(t->name));
    if (s != SV_OK)
        return s;
    *secret = revealed;
    revealed = NULL;
    return SV_OK;
}

/* The card of the version that is meant, and what is known of the server as it is now. */
static enum sv_status find_asked(struct test_login *t, struct sv_err *err)
{
    PROFILE_OWNED struct profile now = {.name = NULL};
    enum sv_status s = version_card(t->cli->vault, t->name, t->wish->version, &t->asked, err);
    if (t->wish->port != 0)
        return s;
    if (s != SV_OK || t->wish->version == 0) {
        t->is_known = s == SV_OK && posture_of(&t->known, &t->asked);
        return s;
    }
    if ((s = vault_find(t->cli->vault, t->name, &now, err)) == SV_OK)
        t->is_known = posture_of(&t->known, &now) && now.host != NULL && t->asked.host != NULL &&
                      strcmp(now.host, t->asked.host) == 0 && now.port == t->asked.port;
    return s;
}

enum sv_status test_login_begin(struct test_login **out, struct cli *cli, const char *helper,
                                const char *name, const struct login_wish *wish, struct sv_err *err)
{
    TEST_LOGIN_OWNED struct test_login *t = sv_alloc(sizeof *t);
    if (t == NULL)
        return sv_fail_nomem(err);
    t->cli = cli;
    t->wish = wish;
    t->name = name;
    const struct smtp_gate gate = {.open = open_gate, .context = t};
    enum sv_status s = find_asked(t, err);
    if (s == SV_OK)
        s = make_target(&t->target, &t->asked, wish, err);
    if (s != SV_OK)
        return s;
    s = smtp_run_begin(&t->run, helper, &t->target, &gate, err);
    if (s != SV_OK)
        return s;
    *out = t;
    t = NULL;
    return SV_OK;
}

/* ---- what follows from its verdict ---- */

static void say_downgraded(const struct test_login *t, struct smtp_result *r, unsigned lacks)
{
    char note[80];
    r->verdict = SMTP_DOWNGRADED;
    r->who = SMTP_BY_YOU;
    posture_say(r->text, sizeof r->text, &t->known, &r->offer, lacks);
    snprintf(r->cause, sizeof r->cause,
             "The server offers less than when a login worked: %s. Nothing secret was sent.",
             posture_note(note, sizeof note, lacks));
    snprintf(r->advice, sizeof r->advice, "%s",
             lacks & LACK_STARTTLS
                 ? "Something between may have taken the encryption away: try another network. If "
                   "the server itself has moved to implicit TLS: smtpvault edit {name} --port 465 "
                   "--tls implicit"
                 : "Ask whoever runs the server whether that was meant, or try from another "
                   "network. If it was: smtpvault test {name} --accept-change");
}

/* The gate is not even asked where the connection was not encrypted. */
static void see_downgrade(struct test_login *t, struct smtp_result *r)
{
    if (t->downgraded)
        say_downgraded(t, r, t->lacks);
    else if (t->is_known && r->verdict == SMTP_STARTTLS_MISSING)
        say_downgraded(t, r, t->lacks = LACK_STARTTLS);
}

/* Of what was asked for, was anything left out of a login that worked? */
static bool is_short(const struct login_wish *wish, const struct smtp_result *r)
{
    return r->verdict == SMTP_OK &&
           ((wish->from_check && r->ms_sender < 0) || (wish->send_to != NULL && r->ms_send < 0));
}

/* A reader and a token leave it as it is. */
static void learn(struct test_login *t, const struct profile *p, const struct smtp_result *r)
{
    struct sv_err err = {""};
    if (r->verdict != SMTP_OK || (r->offer.pin_count == 0 && r->offer.mechanisms[0] == '\0') ||
        !posture_learn(&t->known, p, &r->offer, env_now()))
        return;
    enum sv_status s = vault_learn(t->cli->vault, t->name, &t->known, false, &err);
    if (s != SV_OK && s != SV_DENIED)
        print_warning(t->cli, "what the server of %s offers is not remembered: %s",
                      NAME_SHOWN(t->name), err.text);
}

enum sv_status test_login_end(struct test_login *t, struct profile *p, struct smtp_result *result,
                              struct sv_err *err)
{
    enum sv_status s = smtp_run_result(t->run, result, err);
    if (s != SV_OK && !t->downgraded)
        return s;
    sv_err_clear(err);
    see_downgrade(t, result);
    const struct profile *card = t->revealed.name != NULL ? &t->revealed : &t->asked;
    record(t->cli, card, t->wish, result, result->verdict == SMTP_DOWNGRADED ? t->lacks : 0);
    if (t->wish->version == 0 && !t->wish->made_up && t->wish->port == 0)
        learn(t, card, result);
    if (is_short(t->wish, result))
        return sv_fail(err, SV_INTERNAL,
                       "the login of %s worked, but the sender was not tried: the network helper "
                       "is of another version",
                       NAME_SHOWN(t->name));
    *p = t->asked;
    t->asked = (struct profile){.name = NULL};
    return SV_OK;
}

enum sv_status test_login(struct cli *cli, const char *helper, const char *name,
                          const struct login_wish *wish, struct profile *p,
                          struct smtp_result *result, struct sv_err *err)
{
    TEST_LOGIN_OWNED struct test_login *t = NULL;
    enum sv_status s = test_login_begin(&t, cli, helper, name, wish, err);
    if (s != SV_OK)
        return s;
    while (!smtp_run_step(t->run))
        smtp_run_wait(&t->run, 1);
    return test_login_end(t, p, result, err);
}
