/* SPDX-License-Identifier: ISC */
/*
 * From what was seen to what it means: replies as providers are known to give
 * them, sessions that end in every phase, and server words that must not be shown.
 */
#include "support.h"

#include <errno.h>

#include "smtp/classify.h"
#include "smtp/replies.h"
#include "smtp/scrub.h"

#define SUBMISSION_PORT 587
#define NOW INT64_C(1795000000) /* November 2026 */

static struct smtp_target target = {
    .host = "smtp.example.org", .port = SUBMISSION_PORT, .tls = SMTP_STARTTLS, .username = "alice"};

static void hear(struct transcript *t, const char *line)
{
    (void)transcript_received(t, line, strlen(line));
}

static void speak(struct transcript *t, const char *line)
{
    transcript_sent(t, line, strlen(line));
}

/* A session over STARTTLS up to the AUTH command. */
static struct transcript session(const char *auth)
{
    struct transcript t = {0};
    char line[128];
    hear(&t, "220 mail ESMTP\r\n");
    speak(&t, "EHLO me\r\n");
    hear(&t, "250-mail\r\n");
    hear(&t, "250 STARTTLS\r\n");
    speak(&t, "STARTTLS\r\n");
    hear(&t, "220 go\r\n");
    speak(&t, "EHLO me\r\n");
    hear(&t, "250-mail\r\n");
    snprintf(line, sizeof(line), "250 %s\r\n", auth);
    hear(&t, line);
    return t;
}

static struct smtp_result judge(const struct transcript *t, enum smtp_fault fault)
{
    struct smtp_evidence e = {.target = &target,
                              .transcript = t,
                              .fault = fault,
                              .resolved = true,
                              .connected = true,
                              .tls_up = t->starttls_ready,
                              .now = NOW};
    struct smtp_result r = {0};
    smtp_classify(&e, &r);
    return r;
}

/* A reply to AUTH, its lines separated by '|'. */
static struct smtp_result judge_reply(const char *host, const char *reply)
{
    struct transcript t = session("AUTH PLAIN LOGIN");
    struct smtp_target elsewhere = target;
    snprintf(elsewhere.host, sizeof(elsewhere.host), "%s", host);
    speak(&t, "AUTH PLAIN\r\n");
    hear(&t, "334 \r\n");
    char copy[1024];
    snprintf(copy, sizeof(copy), "%s", reply);
    for (char *line = copy, *next; line != NULL; line = next) {
        next = strchr(line, '|');
        if (next != NULL)
            *next++ = '\0';
        hear(&t, line);
    }
    struct smtp_evidence e = {.target = &elsewhere,
                              .transcript = &t,
                              .fault = FAULT_LOGIN,
                              .resolved = true,
                              .connected = true,
                              .tls_up = true,
                              .now = NOW};
    struct smtp_result r = {0};
    smtp_classify(&e, &r);
    return r;
}

/* What the rows mean is test_replies'; here, that a session's last reply gets to them. */
static void replies_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *host, *reply;
        enum smtp_verdict verdict;
        enum smtp_actor who;
        const char *enhanced;
    } rows[] = {
        {"smtp.gmail.com",
         "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&plt=AKgnsbt> Please|"
         "534-5.7.14 log in via your web browser and then try again.|534 5.7.14 "
         "https://support.google.com/mail/answer/78754 - gsmtp",
         SMTP_ACCOUNT_LOCKED, SMTP_BY_YOU, "5.7.14"},
        {"smtp.office365.com",
         "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
         "Tenant.",
         SMTP_DISABLED_BY_POLICY, SMTP_BY_ADMIN, "5.7.139"},
        {"x", "454 4.7.0 Temporary authentication failure", SMTP_TEMPORARY, SMTP_BY_NOBODY,
         "4.7.0"},
        {"x", "535", SMTP_WRONG_SECRET, SMTP_BY_YOU, ""},
        {"x", "599 what", SMTP_PROTOCOL_ERROR, SMTP_BY_YOU, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct smtp_result r = judge_reply(rows[i].host, rows[i].reply);
        assert_int_equal(r.verdict, rows[i].verdict);
        assert_int_equal(r.who, rows[i].who);
        assert_int_equal(r.phase, PHASE_AUTH);
        assert_int_equal(r.code, atoi(rows[i].reply));
        assert_string_equal(r.enhanced, rows[i].enhanced);
        assert_true(r.cause[0] != '\0' && r.advice[0] != '\0');
    }
}

static void enhanced_codes_are_read(void **state)
{
    (void)state;
    char code[16];
    assert_string_equal(reply_enhanced(code, "5.7.8 no"), "5.7.8");
    assert_string_equal(reply_enhanced(code, "5.7.139 no"), "5.7.139");
    assert_string_equal(reply_enhanced(code, "#5.1.1 no"), "5.1.1");
    assert_string_equal(reply_enhanced(code, "2.7.0"), "2.7.0");
    static const char *const none[] = {"",      "5",        "5.",       "5.7",          "5.7.",
                                       "6.7.8", "5.7777.8", "5.7.8888", "version 5.7.8"};
    for (size_t i = 0; i < COUNT(none); i++)
        assert_string_equal(reply_enhanced(code, none[i]), "");
}

static struct transcript logged_in(void)
{
    struct transcript t = session("AUTH PLAIN");
    speak(&t, "AUTH PLAIN\r\n");
    hear(&t, "235 2.7.0 ok\r\n");
    return t;
}

static void mail_is_told_from_the_login(void **state)
{
    (void)state;
    struct transcript t = logged_in();
    speak(&t, "MAIL FROM:<me@example.org>");
    hear(&t, "250 2.1.0 ok\r\n");
    struct smtp_result r = judge(&t, FAULT_NONE);
    assert_int_equal(r.verdict, SMTP_OK);
    assert_int_equal(r.code, 235); /* what tells of the login stays */

    t = logged_in();
    speak(&t, "MAIL FROM:<me@example.org>");
    hear(&t, "553-5.7.1 Sender address rejected:\r\n");
    hear(&t, "553 5.7.1 not owned by user me@example.org\r\n");
    r = judge(&t, FAULT_REPLY);
    assert_int_equal(r.verdict, SMTP_SENDER_NOT_ALLOWED);
    assert_int_equal(r.phase, PHASE_SENDER);
    assert_int_equal(r.code, 553);
    assert_non_null(strstr(r.text, "not owned by user <address>"));

    t = logged_in();
    speak(&t, "MAIL FROM:<me@example.org>");
    hear(&t, "250 2.1.0 ok\r\n");
    speak(&t, "RCPT TO:<you@example.org>");
    r = judge(&t, FAULT_TIMEOUT);
    assert_int_equal(r.verdict, SMTP_TIMEOUT);
    assert_int_equal(r.phase, PHASE_SEND);
    speak(&t, "RSET"); /* and whatever becomes of that */
    assert_int_equal(judge(&t, FAULT_DROPPED).verdict, SMTP_OK);
}

/* A server that breaks the protocol is not believed, whatever it says next. */
static void breaches_end_the_session(void **state)
{
    (void)state;
    struct transcript t = session("AUTH PLAIN");
    speak(&t, "AUTH PLAIN\r\n");
    hear(&t, "535-5.7.8 no\r\n");
    assert_false(transcript_received(&t, "235 yes\r\n", 9));
    assert_int_equal(t.breach, BREACH_CODES);
    assert_false(t.authenticated);
    assert_int_equal(judge(&t, FAULT_REPLY).verdict, SMTP_PROTOCOL_ERROR);

    t = session("AUTH PLAIN");
    speak(&t, "AUTH PLAIN\r\n");
    assert_false(transcript_received(&t, "yes\r\n", 5));
    assert_int_equal(t.breach, BREACH_LINE);
    assert_non_null(strstr(judge(&t, FAULT_REPLY).cause, "no reply"));

    t = (struct transcript){0};
    size_t lines = 0;
    while (transcript_received(&t, "220-again\r\n", 11))
        lines++;
    assert_int_equal(lines, TRANSCRIPT_LINES_MAX);
    assert_int_equal(t.breach, BREACH_LENGTH);
    assert_int_equal(judge(&t, FAULT_REPLY).verdict, SMTP_PROTOCOL_ERROR);

    char line[TRANSCRIPT_LINE_MAX + 1];
    memset(line, 'x', sizeof(line));
    memcpy(line, "250 ", 4);
    t = session("AUTH PLAIN");
    assert_true(transcript_received(&t, line, sizeof(line) - 1));
    assert_false(transcript_received(&t, line, sizeof(line)));
    t = session("AUTH PLAIN");
    for (lines = 0; transcript_received(&t, line, 8192); lines++)
        ;
    assert_true(lines < 8);
}

/* 235 before anything was sent, and a proof that is none, are found by who talks. */
static void false_success_is_told(void **state)
{
    (void)state;
    struct transcript t = session("AUTH LOGIN");
    speak(&t, "AUTH LOGIN\r\n");
    hear(&t, "235 welcome\r\n");
    t.authenticated = false;
    t.breach = BREACH_EARLY;
    struct smtp_result r = judge(&t, FAULT_REPLY);
    assert_int_equal(r.verdict, SMTP_PROTOCOL_ERROR);
    assert_non_null(strstr(r.cause, "before it was asked"));
    t.breach = BREACH_UNPROVED;
    r = judge(&t, FAULT_REPLY);
    assert_int_equal(r.verdict, SMTP_PROTOCOL_ERROR);
    assert_non_null(strstr(r.cause, "prove"));
}

static void capabilities_are_kept(void **state)
{
    (void)state;
    struct transcript t = session("AUTH PLAIN");
    assert_string_equal(t.capabilities, "AUTH PLAIN"); /* of the EHLO under TLS */
    t = (struct transcript){0};
    speak(&t, "EHLO me\r\n");
    hear(&t, "250-mail.example.org at your service\r\n");
    hear(&t, "250-SIZE 1000\r\n");
    hear(&t, "250 PIPELINING\r\n");
    assert_string_equal(t.capabilities, "SIZE 1000; PIPELINING");
}

static void success_needs_235(void **state)
{
    (void)state;
    struct transcript t = session("AUTH PLAIN");
    speak(&t, "AUTH PLAIN\r\n");
    hear(&t, "334 \r\n");
    speak(&t, "AGFsaWNlAHNlY3JldA==\r\n");
    hear(&t, "235 2.7.0 ok\r\n");
    speak(&t, "NOOP\r\n");
    hear(&t, "421 4.4.2 idle\r\n"); /* the login was proven before */
    struct smtp_result r = judge(&t, FAULT_REPLY);
    assert_int_equal(r.verdict, SMTP_OK);
    assert_int_equal(r.phase, PHASE_DONE);
    assert_int_equal(r.code, 235);
    assert_string_equal(r.enhanced, "2.7.0");
    assert_string_equal(r.mechanism, "PLAIN");

    t = session("SIZE 1000"); /* libcurl says CURLE_OK here */
    speak(&t, "NOOP\r\n");
    hear(&t, "250 ok\r\n");
    assert_int_equal(judge(&t, FAULT_NONE).verdict, SMTP_NO_AUTH_OFFERED);

    t = session("AUTH PLAIN"); /* a 235 that answers no AUTH */
    hear(&t, "235 2.7.0 injected\r\n");
    speak(&t, "NOOP\r\n");
    hear(&t, "235 2.7.0 injected\r\n");
    assert_int_not_equal(judge(&t, FAULT_NONE).verdict, SMTP_OK);
}

/* "QUIT" and "NOOP" are base64 as well. */
static void secrets_are_no_verbs(void **state)
{
    (void)state;
    struct transcript t = session("AUTH LOGIN");
    speak(&t, "AUTH LOGIN\r\n");
    hear(&t, "334 VXNlcm5hbWU6\r\n");
    speak(&t, "NOOP\r\n");
    hear(&t, "334 UGFzc3dvcmQ6\r\n");
    speak(&t, "AUTH \r\n");
    hear(&t, "235 yes\r\n");
    assert_true(t.authenticated);
    assert_string_equal(t.mechanism, "LOGIN");
}

static void what_was_offered_is_forgotten_when_tls_begins(void **state)
{
    (void)state;
    struct transcript t = {0};
    hear(&t, "220 mail\r\n");
    speak(&t, "EHLO me\r\n");
    hear(&t, "250-mail\r\n");
    hear(&t, "250-AUTH PLAIN\r\n");
    hear(&t, "250 STARTTLS\r\n");
    assert_true(t.starttls_offered);
    assert_string_equal(t.offered, "PLAIN");
    speak(&t, "STARTTLS\r\n");
    hear(&t, "220 go\r\n");
    speak(&t, "EHLO me\r\n");
    hear(&t, "250 mail\r\n");
    assert_string_equal(t.offered, "");
    assert_false(t.starttls_offered);
}

static void odd_sessions_have_a_verdict(void **state)
{
    (void)state;
    struct transcript t = {0};
    assert_false(transcript_received(&t, "+OK POP3\r\n", 10));
    assert_int_equal(judge(&t, FAULT_REPLY).verdict, SMTP_NOT_SMTP);
    assert_non_null(strstr(judge(&t, FAULT_REPLY).cause, "POP3"));

    t = (struct transcript){0};
    hear(&t, "220 mail\r\n");
    speak(&t, "EHLO me\r\n");
    hear(&t, "250-mail\r\n");
    hear(&t, "250 XXXXXXXA\r\n");
    assert_int_equal(judge(&t, FAULT_NO_STARTTLS).verdict, SMTP_DOWNGRADED);
    t.mangled = false;
    assert_int_equal(judge(&t, FAULT_NO_STARTTLS).verdict, SMTP_STARTTLS_MISSING);

    t = session("AUTH SCRAM-SHA-256 GSSAPI");
    struct smtp_result r = judge(&t, FAULT_LOGIN);
    assert_int_equal(r.verdict, SMTP_MECHANISM_UNSUPPORTED);
    assert_non_null(strstr(r.cause, "SCRAM-SHA-256 GSSAPI"));
    t = session("AUTH CRAM-MD5");
    assert_non_null(strstr(judge(&t, FAULT_LOGIN).advice, "--auth cram-md5"));
    t = session("AUTH=LOGIN PLAIN");
    assert_string_equal(t.offered, "LOGIN PLAIN");
}

static void tokens_are_explained(void **state)
{
    (void)state;
    struct smtp_target bearer = target;
    bearer.bearer = true;
    struct transcript t = session("AUTH XOAUTH2");
    speak(&t, "AUTH XOAUTH2 dXNlcj1hbGljZQ==\r\n");
    hear(&t, "334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwu"
             "Z29vZ2xlLmNvbS8ifQ==\r\n");
    struct smtp_evidence e = {.target = &bearer,
                              .transcript = &t,
                              .fault = FAULT_LOGIN,
                              .resolved = true,
                              .connected = true,
                              .tls_up = true,
                              .now = NOW};
    struct smtp_result r = {0};
    smtp_classify(&e, &r);
    assert_int_equal(r.verdict, SMTP_WRONG_SECRET);
    assert_string_equal(r.mechanism, "XOAUTH2");
    assert_non_null(strstr(r.text, "\"status\":\"400\""));
    assert_non_null(strstr(r.text, "https://mail.google.com/"));
}

static struct smtp_result judge_early(enum smtp_fault fault, int os_errno, bool resolved,
                                      uint16_t port)
{
    static const struct transcript nothing;
    struct smtp_target t = target;
    t.port = port;
    struct smtp_evidence e = {.target = &t,
                              .transcript = &nothing,
                              .fault = fault,
                              .os_errno = os_errno,
                              .resolved = resolved,
                              .now = NOW};
    struct smtp_result r = {0};
    smtp_classify(&e, &r);
    return r;
}

/* A full address is advised where there is none, and not to whoever gave one. */
static void user_name_is_looked_at(void **state)
{
    (void)state;
    static const char *const said[] = {"535 no", "535 Incorrect authentication data"};
    for (size_t i = 0; i < COUNT(said); i++) {
        struct smtp_result r = judge_reply("mail.example.org", said[i]);
        assert_int_equal(r.verdict, SMTP_WRONG_SECRET);
        assert_non_null(strstr(r.advice, "{name} --username USER@DOMAIN --password-from tty"));
        snprintf(target.username, sizeof target.username, "alice@example.org");
        r = judge_reply("mail.example.org", said[i]);
        snprintf(target.username, sizeof target.username, "alice");
        assert_null(strstr(r.advice, "USER@DOMAIN"));
        assert_null(strstr(r.advice, "full address"));
        assert_non_null(strstr(r.advice, "smtpvault edit {name} --password-from tty"));
    }
}

static void lost_connections_are_told_apart(void **state)
{
    (void)state;
    struct smtp_result r = judge_early(FAULT_RESOLVE, 0, false, 587);
    assert_int_equal(r.verdict, SMTP_NAME_NOT_FOUND);
    assert_int_equal(r.phase, PHASE_RESOLVE);
    assert_non_null(strstr(r.advice, "--host HOST"));
    /* Of a host that nobody typed it is not the spelling. */
    target.host_is_known = true;
    r = judge_early(FAULT_RESOLVE, 0, false, 587);
    target.host_is_known = false;
    assert_int_equal(r.verdict, SMTP_NAME_NOT_FOUND);
    assert_null(strstr(r.advice, "--host"));
    assert_non_null(strstr(r.advice, "resolv.conf"));
    r = judge_early(FAULT_CONNECT, ECONNREFUSED, true, 587);
    assert_int_equal(r.verdict, SMTP_REFUSED);
    assert_int_equal(r.phase, PHASE_CONNECT);
    assert_non_null(strstr(r.advice, "--tls implicit --port 465"));
    r = judge_early(FAULT_CONNECT, ECONNREFUSED, true, 465);
    assert_non_null(strstr(r.advice, "--tls starttls --port 587"));
    assert_int_equal(judge_early(FAULT_CONNECT, ENETUNREACH, true, 587).verdict, SMTP_UNREACHABLE);
    assert_int_equal(judge_early(FAULT_TIMEOUT, 0, true, 587).verdict, SMTP_TIMEOUT);
    assert_int_equal(judge_early(FAULT_TIMEOUT, 0, true, 25).verdict, SMTP_PORT_BLOCKED);
    r = judge_early(FAULT_TIMEOUT, 0, false, 587);
    assert_int_equal(r.verdict, SMTP_TIMEOUT);
    assert_int_equal(r.phase, PHASE_RESOLVE);
}

static enum smtp_verdict judge_certificate(long verify, const char *detail, int64_t now)
{
    static const struct transcript nothing;
    struct smtp_evidence e = {.target = &target,
                              .transcript = &nothing,
                              .fault = FAULT_CERTIFICATE,
                              .verify = verify,
                              .resolved = true,
                              .connected = true,
                              .now = now};
    snprintf(e.detail, sizeof(e.detail), "%s", detail);
    struct smtp_result r = {0};
    smtp_classify(&e, &r);
    assert_int_equal(r.phase, PHASE_TLS);
    return r.verdict;
}

static void certificates_are_told_apart(void **state)
{
    (void)state;
    const int64_t year_2000 = 946684800;
    assert_int_equal(judge_certificate(10, "", NOW), SMTP_CERTIFICATE_EXPIRED);
    assert_int_equal(judge_certificate(9, "", NOW), SMTP_CERTIFICATE_NOT_YET_VALID);
    assert_int_equal(judge_certificate(9, "", year_2000), SMTP_CLOCK_WRONG);
    assert_int_equal(judge_certificate(18, "self-signed certificate", NOW),
                     SMTP_CERTIFICATE_UNTRUSTED);
    assert_int_equal(judge_certificate(20, "unable to get local issuer certificate", NOW),
                     SMTP_CERTIFICATE_UNTRUSTED);
    assert_int_equal(judge_certificate(1,
                                       "SSL: no alternative certificate subject name matches "
                                       "target host name 'a'",
                                       NOW),
                     SMTP_CERTIFICATE_NAME_MISMATCH);
}

static void assert_names(const char *names, const char *want)
{
    static const struct transcript nothing;
    struct smtp_evidence e = {.target = &target,
                              .transcript = &nothing,
                              .fault = FAULT_CERTIFICATE,
                              .verify = 1,
                              .resolved = true,
                              .connected = true,
                              .now = NOW,
                              .detail = "no alternative certificate subject name matches"};
    struct smtp_result r = {0};
    snprintf(r.offer.names, sizeof(r.offer.names), "%s", names);
    smtp_classify(&e, &r);
    assert_int_equal(r.verdict, SMTP_CERTIFICATE_NAME_MISMATCH);
    assert_non_null(strstr(r.cause, want));
    assert_non_null(strstr(r.cause, "not for the name in this profile."));
}

static void the_certificates_names_are_told(void **state)
{
    (void)state;
    assert_names("a.example b.example", "for a.example b.example, not");
    assert_names("", "for other names, not");
    char many[500] = "first.example";
    for (size_t n; (n = strlen(many)) < sizeof(many) - 20;)
        snprintf(many + n, sizeof(many) - n, " another.example");
    assert_names(many, " another.example and others, not");
    memset(many, 'x', sizeof(many) - 1); /* no blank to cut at */
    assert_names(many, "for other names, not");
}

static void servers_words_are_scrubbed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"User alice@example.org unknown", "User <address> unknown"},
        {"<alice@example.org>: no", "<address>: no"},
        {"No service for [192.0.2.7]", "No service for [<ip>]"},
        {"from 2001:db8::1, go", "from <ip>, go"},
        {"at 10:20:30 5.7.139 done.", "at 10:20:30 5.7.139 done."},
        {"(set_id=alice)", "(set_id=<user>)"},
        {"login alice failed", "login <user> failed"},
        {"malice failed", "malice failed"},
        {"got dXNlcj1hbGljZUBleGFtcGxlLm9yZwFhdXRo", "got <id>"},
        {"5b1f17b1804b1-47d2sm29541244 - gsmtp", "<id> - gsmtp"},
        {"SmtpClientAuthentication is disabled", "SmtpClientAuthentication is disabled"},
        {"https://support.google.com/mail/?p=BadCredentials x",
         "https://support.google.com/mail/?p=BadCredentials x"},
        {"<https://accounts.google.com/signin/continue?sarp=1&plt=AKgnsbt>",
         "<https://accounts.google.com/signin/continue>"},
        {"User `arn:aws:iam::123456789012:user/x' is not", "User `<id>' is not"},
        {"\x1b[31mred\x07", "\\x1b[31mred\\x07"},
    };
    char out[256];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(scrub_text(out, sizeof(out), rows[i].text, "alice"), rows[i].want);
    char small[8];
    (void)scrub_text(small, sizeof(small), "a long text that does not fit", "");
    assert_true(strlen(small) < sizeof(small));
}

static void repeated_secrets_are_seen(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *secret = NULL;
    assert_int_equal(secret_copy(&secret, "hunter2", 7, NULL), SV_OK);
    assert_true(scrub_repeats_secret("the password hunter2 is wrong", "alice", secret));
    assert_true(scrub_repeats_secret("got aHVudGVyMg==", "alice", secret));
    assert_true(scrub_repeats_secret("got AGFsaWNlAGh1bnRlcjI=", "alice", secret));
    assert_false(scrub_repeats_secret("authentication failed", "alice", secret));
    SECRET_OWNED struct secret *brief = NULL;
    assert_int_equal(secret_copy(&brief, "535", 3, NULL), SV_OK);
    assert_false(scrub_repeats_secret("5.7.8 Error 535", "alice", brief));
}

/* Whatever a server says, in whatever order: no crash, a verdict, printable words. */
static void noise_is_survived(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "220 ",     "250-",      "250 ", "334 ",  "235 ", "535-5.7.8 x", "421 ",     "\r\n",
        "5",        "999 x",     "",     "AUTH ", "\xff", "250-AUTH ",   "STARTTLS", "XXXX",
        "334 ====", "250-AUTH=", "2",    "22",    "220",  "2200",        "250AUTH"};
    static const char *const verbs[] = {"EHLO x", "STARTTLS",        "AUTH PLAIN", "NOOP", "eA==",
                                        "AUTH ",  "MAIL FROM:<a@b>", "RCPT TO",    "DATA"};
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        struct transcript t = {0};
        for (int step = 0; step < 12; step++) {
            seed = seed * 1664525u + 1013904223u;
            if (seed >> 31)
                speak(&t, verbs[(seed >> 16) % COUNT(verbs)]);
            else
                hear(&t, pieces[(seed >> 16) % COUNT(pieces)]);
        }
        struct smtp_result r = judge(&t, (enum smtp_fault)(seed % (FAULT_OTHER + 1)));
        assert_true((r.verdict == SMTP_OK) == (r.phase == PHASE_DONE));
        assert_true(r.verdict != SMTP_OK || t.authenticated);
        assert_true(r.verdict == SMTP_OK || r.cause[0] != '\0');
        for (const char *c = r.text; *c != '\0'; c++)
            assert_true((unsigned char)*c >= ' ' && *c != 127);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_understood),
        cmocka_unit_test(enhanced_codes_are_read),
        cmocka_unit_test(success_needs_235),
        cmocka_unit_test(mail_is_told_from_the_login),
        cmocka_unit_test(breaches_end_the_session),
        cmocka_unit_test(false_success_is_told),
        cmocka_unit_test(capabilities_are_kept),
        cmocka_unit_test(secrets_are_no_verbs),
        cmocka_unit_test(what_was_offered_is_forgotten_when_tls_begins),
        cmocka_unit_test(odd_sessions_have_a_verdict),
        cmocka_unit_test(tokens_are_explained),
        cmocka_unit_test(user_name_is_looked_at),
        cmocka_unit_test(lost_connections_are_told_apart),
        cmocka_unit_test(certificates_are_told_apart),
        cmocka_unit_test(the_certificates_names_are_told),
        cmocka_unit_test(servers_words_are_scrubbed),
        cmocka_unit_test(repeated_secrets_are_seen),
        cmocka_unit_test(noise_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
