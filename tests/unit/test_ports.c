/* SPDX-License-Identifier: ISC */
/*
 * What is made of a look at ports: each row is what was seen and what it means. The looks
 * themselves are the business of tests/integration/31-probe.sh.
 */
#include "support.h"

#include "base/buf.h"
#include "smtp/ports.h"
#include "smtp/wire_frame.h"

#define NOW INT64_C(1795000000) /* November 2026 */
#define YEAR (INT64_C(365) * 86400)

/* The places that are looked at, in this order. */
enum place { OWN, TLS, ALTERNATIVE, OTHER_HOST, WEB, SITE, PLACES };
static const struct port_ask places[PLACES] = {
    [OWN] = {"mail.example.com", 587, false},
    [TLS] = {"mail.example.com", 465, false},
    [ALTERNATIVE] = {"mail.example.com", 2525, false},
    [OTHER_HOST] = {"smtp.example.net", 465, false},
    [WEB] = {"mail.example.com", 443, true},
    [SITE] = {"www.example.net", 443, true},
};

#define OPEN_AS(what)                             \
    {                                             \
        .v4 = REACH_OPEN, .speech = SPEECH_##what \
    }
#define DATED(what)                                             \
    {                                                           \
        .v4 = REACH_OPEN, .speech = SPEECH_##what, .verify = 10 \
    }
#define STRANGE(what)                                           \
    {                                                           \
        .v4 = REACH_OPEN, .speech = SPEECH_##what, .verify = 20 \
    }
#define NAMED_OTHERWISE(what)                                   \
    {                                                           \
        .v4 = REACH_OPEN, .speech = SPEECH_##what, .verify = -1 \
    }
#define GONE                \
    {                       \
        .v4 = REACH_DROPPED \
    }
#define CLOSED              \
    {                       \
        .v4 = REACH_REFUSED \
    }
#define NOWHERE              \
    {                        \
        .v4 = REACH_NO_ROUTE \
    }
#define ALL_MAIL(how) [OWN] = how, [TLS] = how, [ALTERNATIVE] = how, [OTHER_HOST] = how

struct row {
    const char *what;
    struct port_seen seen[PLACES];
    const char *provider;
    int64_t their_clock;
    enum ports_verdict verdict;
    const char *cause, *advice; /* parts of them, or NULL */
    bool v6_broken;
    bool known; /* the host is of the table */
    int best;   /* 1 + the place that it names; 0: of a certificate none, else any */
};

static const struct row rows[] = {
    {"its own port does",
     {[OWN] = OPEN_AS(STARTTLS), [TLS] = OPEN_AS(IMPLICIT)},
     .verdict = PORTS_WORKS,
     .cause = "Port 587 answers",
     .advice = "smtpvault test {name}"},
    {"its own port, with the other mode",
     {[OWN] = OPEN_AS(IMPLICIT), [TLS] = OPEN_AS(IMPLICIT)},
     .verdict = PORTS_ANOTHER,
     .cause = "Port 587 begins with TLS.",
     .advice = "smtpvault edit {name} --tls implicit"},
    {"another port, TLS from the start before STARTTLS",
     {[OWN] = GONE, [TLS] = OPEN_AS(IMPLICIT), [ALTERNATIVE] = OPEN_AS(STARTTLS)},
     .verdict = PORTS_ANOTHER,
     .cause = "Port 587 is blocked on the way from here; port 465 answers",
     .advice = "smtpvault edit {name} --tls implicit --port 465"},
    {"the alternative port is the last resort",
     {[OWN] = GONE, [TLS] = CLOSED, [ALTERNATIVE] = OPEN_AS(STARTTLS)},
     .verdict = PORTS_ANOTHER,
     .advice = "smtpvault edit {name} --tls starttls --port 2525"},
    {"this host before another one",
     {[OWN] = CLOSED, [ALTERNATIVE] = OPEN_AS(STARTTLS), [OTHER_HOST] = OPEN_AS(IMPLICIT)},
     .verdict = PORTS_ANOTHER,
     .cause = "Port 587 is closed; port 2525 answers",
     .advice = "--port 2525"},
    {"another host, when its name is wrong",
     {[OWN] = {.name = NAME_UNKNOWN},
      [TLS] = {.name = NAME_UNKNOWN},
      [OTHER_HOST] = OPEN_AS(IMPLICIT)},
     .verdict = PORTS_ANOTHER,
     .cause = "its host's name has no address; port 465 of smtp.example.net answers",
     .advice = "smtpvault edit {name} --host smtp.example.net --tls implicit --port 465"},
    {"no encryption here, but there",
     {[OWN] = OPEN_AS(CLEAR), [TLS] = OPEN_AS(IMPLICIT)},
     .verdict = PORTS_ANOTHER,
     .cause = "Port 587 offers no encryption"},
    {"mail is blocked, the web is not",
     {ALL_MAIL(GONE), [WEB] = OPEN_AS(NOTHING)},
     .verdict = PORTS_BLOCKED,
     .cause = "The host answers on other ports",
     .advice = "VPN"},
    {"a port that is closed shows that the host lives",
     {ALL_MAIL(GONE), [WEB] = CLOSED, [SITE] = GONE},
     .verdict = PORTS_BLOCKED},
    {"a known provider is rather blocked than dead",
     {ALL_MAIL(GONE), [WEB] = GONE, [SITE] = OPEN_AS(NOTHING)},
     .provider = "gmail",
     .verdict = PORTS_BLOCKED,
     .cause = "The provider answers on the web"},
    {"a host of one's own is rather dead",
     {ALL_MAIL(GONE), [WEB] = GONE, [SITE] = OPEN_AS(NOTHING)},
     .verdict = PORTS_DEAD,
     .advice = "--host HOST"},
    {"nothing at all", {ALL_MAIL(GONE), [WEB] = GONE, [SITE] = GONE}, .verdict = PORTS_OFFLINE},
    {"no route", {ALL_MAIL(NOWHERE), [WEB] = NOWHERE, [SITE] = NOWHERE}, .verdict = PORTS_OFFLINE},
    {"all mail ports are closed",
     {ALL_MAIL(CLOSED), [WEB] = OPEN_AS(NOTHING)},
     .verdict = PORTS_REFUSED},
    {"the name is wrong",
     {[OWN] = {.name = NAME_UNKNOWN}, [TLS] = {.name = NAME_UNKNOWN}, [SITE] = OPEN_AS(NOTHING)},
     .verdict = PORTS_NO_NAME,
     .advice = "--host"},
    {"... and is the provider's own, which nobody mistyped",
     {[OWN] = {.name = NAME_UNKNOWN}, [TLS] = {.name = NAME_UNKNOWN}, [SITE] = OPEN_AS(NOTHING)},
     .known = true,
     .verdict = PORTS_NO_NAME,
     .cause = "the provider's own",
     .advice = "the host's name is right"},
    {"no name server answers",
     {ALL_MAIL({.name = NAME_UNANSWERED}), [WEB] = {.name = NAME_UNANSWERED},
      [SITE] = {.name = NAME_UNANSWERED}},
     .verdict = PORTS_NO_NAME_SERVER,
     .advice = "resolv.conf"},
    {"a certificate that is out of its time, and a server that has our time",
     {[OWN] = DATED(STARTTLS)},
     .their_clock = NOW - 60,
     .verdict = PORTS_CERTIFICATE,
     .cause = "expired"},
    {"... and one that has another",
     {[OWN] = DATED(STARTTLS)},
     .their_clock = NOW - YEAR,
     .verdict = PORTS_CLOCK,
     .advice = "timedatectl"},
    {"the certificates of two hosts are out of their time",
     {[OWN] = DATED(STARTTLS), [OTHER_HOST] = DATED(IMPLICIT)},
     .verdict = PORTS_CLOCK},
    {"those of one host",
     {[OWN] = DATED(STARTTLS), [TLS] = DATED(IMPLICIT)},
     .verdict = PORTS_CERTIFICATE},
    {"a certificate of another name",
     {[OWN] = NAMED_OTHERWISE(STARTTLS)},
     .verdict = PORTS_CERTIFICATE,
     .cause = "The server answers, but its certificate is for another name.",
     .advice = "smtpvault edit {name} --host HOST"},
    {"... and of a strange authority",
     {[OWN] = STRANGE(STARTTLS), [TLS] = STRANGE(IMPLICIT)},
     .verdict = PORTS_CERTIFICATE,
     .cause = "The server answers, but its certificate is by an authority that is not trusted",
     .advice = "smtpvault edit {name} --ca-file FILE"},
    {"... behind another port: the port first, then the authority",
     {[OWN] = CLOSED, [TLS] = STRANGE(IMPLICIT), [ALTERNATIVE] = STRANGE(STARTTLS)},
     .verdict = PORTS_CERTIFICATE,
     .cause =
         "Port 587 is closed; port 465 answers, with TLS from the start; its certificate is by "
         "an authority that is not trusted here.",
     .advice = "First: smtpvault edit {name} --tls implicit --port 465. Then, if the server is "
               "yours, name its authority: smtpvault edit {name} --ca-file FILE",
     .best = 1 + TLS},
    {"... behind the other mode",
     {[OWN] = STRANGE(IMPLICIT)},
     .verdict = PORTS_CERTIFICATE,
     .cause = "Port 587 begins with TLS; its certificate",
     .advice = "First: smtpvault edit {name} --tls implicit. Then",
     .best = 1 + OWN},
    {"... and a port whose certificate is for another name",
     {[OWN] = GONE, [TLS] = NAMED_OTHERWISE(IMPLICIT)},
     .verdict = PORTS_CERTIFICATE,
     .cause = "its certificate is for another name.",
     .advice = "First: smtpvault edit {name} --tls implicit --port 465. Then smtpvault test {name}",
     .best = 1 + TLS},
    {"one that is accepted, on another port, before a strange one here",
     {[OWN] = STRANGE(STARTTLS), [TLS] = OPEN_AS(IMPLICIT)},
     .verdict = PORTS_ANOTHER,
     .cause = "Port 587 shows a certificate that is not accepted; port 465 answers",
     .best = 1 + TLS},
    {"a server that wants no session",
     {[OWN] = {.v4 = REACH_OPEN, .speech = SPEECH_REJECTED, .code = 554}, [TLS] = CLOSED},
     .verdict = PORTS_UNWELCOME},
    {"old TLS", {[OWN] = OPEN_AS(BROKEN)}, .verdict = PORTS_NO_MAIL, .cause = "TLS with it fails"},
    {"no encryption anywhere",
     {[OWN] = OPEN_AS(CLEAR), [TLS] = CLOSED},
     .verdict = PORTS_NO_MAIL,
     .cause = "no encryption"},
    {"a web server", {[OWN] = OPEN_AS(OTHER)}, .verdict = PORTS_NO_MAIL},
    {"IPv6 that hangs",
     {[OWN] = {.v4 = REACH_OPEN, .v6 = REACH_DROPPED, .speech = SPEECH_STARTTLS}},
     .verdict = PORTS_WORKS,
     .v6_broken = true},
    {"a machine without IPv6",
     {[OWN] = {.v4 = REACH_OPEN, .v6 = REACH_NO_ROUTE, .speech = SPEECH_STARTTLS}},
     .verdict = PORTS_WORKS},
    {"a port that IPv6 blocks, and another that it does not",
     {[OWN] = {.v4 = REACH_OPEN, .v6 = REACH_DROPPED, .speech = SPEECH_STARTTLS},
      [WEB] = {.v4 = REACH_OPEN, .v6 = REACH_OPEN}},
     .verdict = PORTS_WORKS},
};

static void judge(const struct row *row, struct ports_finding *finding)
{
    struct smtp_target current = {
        .host = "mail.example.com", .port = 587, .tls = SMTP_STARTTLS, .host_is_known = row->known};
    struct ports_request asked = {.count = PLACES};
    struct ports_answer answer = {.count = PLACES, .their_clock = row->their_clock};
    memcpy(asked.asks, places, sizeof places);
    memcpy(answer.seen, row->seen, sizeof row->seen);
    if (row->provider != NULL)
        snprintf(current.provider, sizeof current.provider, "%s", row->provider);
    ports_judge(&asked, &answer, &current, NOW, finding);
}

static bool names_best(const struct row *row, const struct ports_finding *f)
{
    bool any = row->best == 0 && row->verdict != PORTS_CERTIFICATE;
    return any || f->best == row->best - 1;
}

static void each_sight_has_its_meaning(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct ports_finding f;
        judge(row, &f);
        if (f.verdict != row->verdict || f.v6_broken != row->v6_broken ||
            (f.note[0] != '\0') != row->v6_broken || !names_best(row, &f) ||
            (row->cause != NULL && strstr(f.cause, row->cause) == NULL) ||
            (row->advice != NULL && strstr(f.advice, row->advice) == NULL))
            fail_msg("%s: %s, \"%s\" \"%s\" \"%s\"", row->what, ports_verdict_word(f.verdict),
                     f.cause, f.advice, f.note);
        assert_true(f.cause[0] != '\0' && f.advice[0] != '\0');
    }
}

/* No sentence is cut. */
static void sentences_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ports_finding f;
        judge(&rows[i], &f);
        assert_int_equal(f.cause[strlen(f.cause) - 1], '.');
        if (f.note[0] != '\0')
            assert_int_equal(f.note[strlen(f.note) - 1], '.');
    }
}

/* Of a frame's bytes, each cut and each flipped bit is refused or means something else. */
static void frames_are_exact(void **state)
{
    (void)state;
    struct ports_request request = {.count = 2, .connect_ms = 4000}, got;
    struct ports_answer answer = {.count = 1, .seen = {OPEN_AS(STARTTLS)}}, heard;
    SECRET_OWNED struct secret *asked = NULL;
    uint8_t frame[WIRE_PORTS_SEEN_MAX], again[WIRE_PORTS_SEEN_MAX];
    size_t len = 0, again_len = 0;
    memcpy(request.asks, places, 2 * sizeof places[0]);
    assert_int_equal(ports_put_request(&asked, &request, NULL), SV_OK);
    assert_int_equal(ports_get_request(secret_peek(asked), secret_len(asked), &got, NULL), SV_OK);
    assert_string_equal(got.asks[1].host, "mail.example.com");
    assert_int_equal(got.asks[1].port, 465);
    for (size_t cut = 0; cut < secret_len(asked); cut++)
        assert_int_equal(ports_get_request(secret_peek(asked), cut, &got, NULL), SV_DATA);
    assert_int_equal(ports_put_answer(frame, &len, &answer, NULL), SV_OK);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (ports_get_answer(frame, len, &heard, NULL) == SV_OK) {
            assert_int_equal(ports_put_answer(again, &again_len, &heard, NULL), SV_OK);
            assert_int_equal(again_len, len);
            assert_memory_equal(again, frame, len);
        }
        frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void senseless_requests_are_refused(void **state)
{
    (void)state;
    struct ports_request request = {.count = 1};
    SECRET_OWNED struct secret *frame = NULL;
    const char *const hosts[] = {"", "-x", "a b", "a/b", "a\nb", "user@host", "[::1]"};
    for (size_t i = 0; i < COUNT(hosts); i++) {
        request.asks[0] = (struct port_ask){.port = 25};
        snprintf(request.asks[0].host, sizeof request.asks[0].host, "%s", hosts[i]);
        assert_int_equal(ports_put_request(&frame, &request, NULL), SV_USAGE);
    }
    request.asks[0] = places[OWN];
    request.asks[0].port = 0;
    assert_int_equal(ports_put_request(&frame, &request, NULL), SV_USAGE);
    request.count = 0;
    assert_int_equal(ports_put_request(&frame, &request, NULL), SV_USAGE);
    request.count = PORTS_MAX + 1;
    assert_int_equal(ports_put_request(&frame, &request, NULL), SV_USAGE);
}

/* What was not open has said nothing. */
static void senseless_answers_are_refused(void **state)
{
    (void)state;
    const struct port_seen wrong[] = {{.v4 = REACH_DROPPED, .speech = SPEECH_STARTTLS},
                                      {.v4 = REACH_OPEN, .code = 999},
                                      {.v4 = (enum port_reach)9},
                                      {.name = (enum port_name)9},
                                      {.v4 = REACH_OPEN, .verify = -2},
                                      {.v4 = REACH_OPEN, .ms = -2}};
    uint8_t frame[WIRE_PORTS_SEEN_MAX];
    size_t len;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct ports_answer answer = {.count = 1, .seen = {wrong[i]}};
        assert_int_equal(ports_put_answer(frame, &len, &answer, NULL), SV_DATA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sight_has_its_meaning),
        cmocka_unit_test(sentences_end),
        cmocka_unit_test(frames_are_exact),
        cmocka_unit_test(senseless_requests_are_refused),
        cmocka_unit_test(senseless_answers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
