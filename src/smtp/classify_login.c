/* SPDX-License-Identifier: ISC */
/*
 * What became of the login itself: refused, not offered, or not answered.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "smtp/classify.h"
#include "smtp/replies.h"
#include "smtp/say.h"
#include "smtp/scrub.h"

static bool offers(const struct transcript *t, const char *mechanism)
{
    size_t n = strlen(mechanism);
    for (const char *at = t->offered; *at != '\0'; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (len == n && strncasecmp(at, mechanism, n) == 0)
            return true;
        at += len;
    }
    return false;
}

static void classify_no_mechanism(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    char offered[120], cause[256];
    text_printable(offered, sizeof(offered), t->offered, strlen(t->offered));
    snprintf(cause, sizeof(cause), "The server offers %s, not what this profile wants.", offered);
    bool bearer = e->target->bearer;
    const char *advice = "The provider's manual tells which mechanism it takes.";
    if (!bearer && (offers(t, "PLAIN") || offers(t, "LOGIN")))
        advice = "smtpvault edit {name} --auth auto";
    else if (!bearer && offers(t, "CRAM-MD5"))
        advice = "smtpvault edit {name} --auth cram-md5";
    else if (offers(t, "XOAUTH2"))
        advice = "smtpvault edit {name} --auth xoauth2 --kind oauth2";
    else if (offers(t, "OAUTHBEARER"))
        advice = "smtpvault edit {name} --auth oauthbearer --kind oauth2";
    else if (bearer)
        advice = "smtpvault edit {name} --auth auto --kind password";
    say(e, r, SMTP_MECHANISM_UNSUPPORTED, cause, advice);
}

void classify_no_login(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    if (t->offered[0] == '\0') {
        say(e, r, SMTP_NO_AUTH_OFFERED,
            "The server offers no login here: it is for incoming mail, or lets known networks in "
            "without one.",
            "Use the submission port: {other}");
        return;
    }
    if (e->target->username[0] == '\0') {
        say(e, r, SMTP_PROTOCOL_ERROR, "The profile has no user name, so there was no login.",
            "smtpvault edit {name} --username USER");
        return;
    }
    if (t->mechanism[0] == '\0') {
        classify_no_mechanism(e, r);
        return;
    }
    say(e, r, SMTP_PROTOCOL_ERROR, "The server answered the login with neither yes nor no.",
        "Try again; if it stays so, try the other mechanism: smtpvault edit {name} --auth login");
}

/* The server's reason for refusing a token, in JSON in base64 (RFC 7628 section
 * 3.2.2, and XOAUTH2 likewise). */
static void show_challenge(const struct transcript *t, struct smtp_result *r)
{
    char json[sizeof(t->challenge)];
    size_t len = 0;
    if (sodium_base642bin((unsigned char *)json, sizeof(json) - 1, t->challenge,
                          strlen(t->challenge), " ", &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return;
    json[len] = '\0';
    if (json[0] == '{')
        scrub_text(r->text, sizeof(r->text), json, "");
}

static void classify_token(const struct smtp_evidence *e, struct smtp_result *r)
{
    say(e, r, SMTP_WRONG_SECRET,
        "The server does not take this access token: it has expired, is for another account, or "
        "lacks the scope for sending mail.",
        "Get a fresh access token for the scope the server names and store it: smtpvault edit "
        "{name} --password-from tty");
    if (e->transcript->challenge[0] != '\0')
        show_challenge(e->transcript, r);
}

void classify_refusal(const struct smtp_evidence *e, struct smtp_result *r)
{
    const struct transcript *t = e->transcript;
    if (e->target->bearer && (t->code == 334 || t->code == 535) &&
        strcmp(r->enhanced, "5.7.139") != 0) {
        classify_token(e, r);
        return;
    }
    const struct reply *row = reply_find(e->target->host, t->code, r->enhanced, t->text);
    if (row == NULL) {
        classify_no_login(e, r);
        return;
    }
    say(e, r, row->verdict, row->cause, row->advice);
}
