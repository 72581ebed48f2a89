/* SPDX-License-Identifier: ISC */
/* The frames between smtpvault and smtpvault-net: whole, and in every broken way. */
#include "support.h"

#include "base/alloc.h"
#include "smtp/smtp_wire.h"

static struct smtp_target sample_target(void)
{
    return (struct smtp_target){.host = "smtp.example.org",
                                .port = 587,
                                .tls = SMTP_STARTTLS,
                                .login_options = "AUTH=PLAIN;AUTH=LOGIN",
                                .username = "caf\xc3\xa9@example.org",
                                .ca_file = "/etc/ssl/my ca.pem",
                                .connect_ms = 8000,
                                .total_ms = 15000,
                                .bearer = true,
                                .provider = "gmail",
                                .from = "shop@example.org",
                                .send_to = "me@example.org",
                                .subject = "3 things",
                                .text = "one\ntwo\n"};
}

static struct smtp_offer sample_offer(void)
{
    return (struct smtp_offer){.tls = SMTP_STARTTLS,
                               .mechanisms = "PLAIN LOGIN",
                               .tls_version = "TLSv1.3",
                               .tls_cipher = "TLS_AES_256_GCM_SHA384",
                               .issuer = "CN = Test",
                               .names = "smtp.example.org mail.example.org",
                               .days_left = INT32_MIN,
                               .pin_count = 2,
                               .pins = {{1, 2, 3}, {4, 5, 6}},
                               .capabilities = "PIPELINING; SIZE 1000"};
}

static struct smtp_result sample_result(void)
{
    return (struct smtp_result){.verdict = SMTP_WRONG_SECRET,
                                .who = SMTP_BY_ADMIN,
                                .phase = PHASE_AUTH,
                                .code = 535,
                                .enhanced = "5.7.8",
                                .text = "authentication failed",
                                .cause = "mistyped",
                                .advice = "smtpvault edit {name}",
                                .mechanism = "PLAIN",
                                .offer = sample_offer(),
                                .ms_resolve = 0,
                                .ms_connect = 1,
                                .ms_tls = 2,
                                .ms_greeting = 3,
                                .ms_auth = -1,
                                .ms_total = INT32_MAX};
}

static struct secret *sample_secret(void)
{
    struct secret *secret = NULL;
    assert_int_equal(secret_copy(&secret, "p\xc3\xa4ss", 5, NULL), SV_OK);
    return secret;
}

static struct secret *sample_request(void)
{
    struct smtp_target target = sample_target();
    struct secret *frame = NULL;
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_OK);
    return frame;
}

static void request_comes_through(void **state)
{
    (void)state;
    struct smtp_target want = sample_target(), got;
    SECRET_OWNED struct secret *frame = sample_request();
    assert_int_equal(wire_frame_len(secret_peek(frame), WIRE_LOGIN), secret_len(frame));
    assert_int_equal(wire_frame_len(secret_peek(frame), WIRE_RESULT), 0);
    assert_int_equal(wire_get_login(secret_peek(frame), secret_len(frame), &got, NULL), SV_OK);
    assert_string_equal(got.host, want.host);
    assert_int_equal(got.port, want.port);
    assert_int_equal(got.tls, want.tls);
    assert_string_equal(got.login_options, want.login_options);
    assert_string_equal(got.username, want.username);
    assert_string_equal(got.ca_file, want.ca_file);
    assert_int_equal(got.connect_ms, want.connect_ms);
    assert_int_equal(got.total_ms, want.total_ms);
    assert_true(got.bearer);
    assert_string_equal(got.provider, want.provider);
    assert_string_equal(got.from, want.from);
    assert_string_equal(got.send_to, want.send_to);
    assert_string_equal(got.subject, want.subject);
    assert_string_equal(got.text, want.text);
}

/* A secret that is the user name too is a word of the request, and no user name beside it. */
static void user_may_be_secret(void **state)
{
    (void)state;
    struct smtp_target want = sample_target(), got;
    SECRET_OWNED struct secret *frame = NULL;
    want.bearer = false;
    want.user_is_secret = true;
    assert_int_equal(wire_put_login(&frame, &want, NULL), SV_USAGE);
    want.username[0] = '\0';
    assert_int_equal(wire_put_login(&frame, &want, NULL), SV_OK);
    assert_int_equal(wire_get_login(secret_peek(frame), secret_len(frame), &got, NULL), SV_OK);
    assert_true(got.user_is_secret);
    assert_false(got.bearer);
    assert_false(got.host_is_known);
}

/* Beside each kind of secret. */
static void host_may_be_known(void **state)
{
    (void)state;
    for (int bearer = 0; bearer < 2; bearer++) {
        struct smtp_target want = sample_target(), got;
        SECRET_OWNED struct secret *frame = NULL;
        want.bearer = bearer == 1;
        want.host_is_known = true;
        assert_int_equal(wire_put_login(&frame, &want, NULL), SV_OK);
        assert_int_equal(wire_get_login(secret_peek(frame), secret_len(frame), &got, NULL), SV_OK);
        assert_true(got.host_is_known);
        assert_int_equal(got.bearer, want.bearer);
    }
}

static void secret_comes_through(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *secret = NULL, *frame = NULL, *back = NULL;
    assert_int_equal(secret_new(&secret, WIRE_SECRET_LEN + 1, NULL), SV_OK);
    assert_int_equal(wire_put_secret(&frame, secret, NULL), SV_USAGE);
    memset(secret_poke(secret), 's', WIRE_SECRET_LEN + 1);
    secret_set_len(secret, WIRE_SECRET_LEN + 1);
    assert_int_equal(wire_put_secret(&frame, secret, NULL), SV_USAGE);
    secret_set_len(secret, WIRE_SECRET_LEN);
    assert_int_equal(wire_put_secret(&frame, secret, NULL), SV_OK);
    assert_int_equal(wire_get_secret(secret_peek(frame), secret_len(frame), &back, NULL), SV_OK);
    assert_true(secret_equal(secret, back));
    secret_free(back);
    back = NULL;
    for (size_t len = 0; len < secret_len(frame); len += 61)
        assert_int_equal(wire_get_secret(secret_peek(frame), len, &back, NULL), SV_DATA);
    secret_poke(frame)[4] = WIRE_LOGIN; /* another kind */
    assert_int_equal(wire_get_secret(secret_peek(frame), secret_len(frame), &back, NULL), SV_DATA);
    assert_null(back);
}

static void largest_request_fits(void **state)
{
    (void)state;
    struct smtp_target target = sample_target(), got;
    memset(target.host, 'h', sizeof(target.host) - 1);
    memset(target.login_options, 'A', sizeof(target.login_options) - 1);
    memset(target.username, 'u', sizeof(target.username) - 1);
    target.username[sizeof(target.username) - 1] = '\0';
    memset(target.ca_file, 'c', sizeof(target.ca_file) - 1);
    memset(target.provider, 'p', sizeof(target.provider) - 1);
    target.provider[sizeof(target.provider) - 1] = '\0';
    memset(target.from, 'f', sizeof(target.from) - 1);
    target.from[5] = '@';
    memset(target.subject, 's', sizeof(target.subject) - 1);
    memset(target.text, 't', sizeof(target.text) - 1);
    memset(target.send_to, 't', sizeof(target.send_to) - 1);
    target.send_to[5] = '@';
    SECRET_OWNED struct secret *frame = NULL;
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_OK);
    assert_int_equal(wire_get_login(secret_peek(frame), secret_len(frame), &got, NULL), SV_OK);
    assert_string_equal(got.ca_file, target.ca_file);
}

static void senseless_targets_are_refused(void **state)
{
    (void)state;
    static const char *const hosts[] = {"",        "a b",    "a/b",  "u@h",     "h:1/x?y",
                                        "-option", "h#frag", "h%00", "h\nHELO", "[::1]"};
    SECRET_OWNED struct secret *frame = NULL;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct smtp_target target = sample_target();
        snprintf(target.host, sizeof(target.host), "%s", hosts[i]);
        assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    }
    struct smtp_target target = sample_target();
    target.port = 0;
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    target = sample_target();
    target.tls = (enum smtp_tls)3; /* cleartext is never tried */
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    target = sample_target();
    snprintf(target.username, sizeof(target.username), "u\r\nMAIL FROM:<x>");
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    target = sample_target();
    snprintf(target.login_options, sizeof(target.login_options), "AUTH=x y");
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    target = sample_target();
    snprintf(target.provider, sizeof(target.provider), "a\nb");
    assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    static const char *const mailboxes[] = {"me",   "@a.example",  "me@", "a b@c.example",
                                            "a@b>", "a@b\r\nDATA", "<a@b"};
    for (size_t i = 0; i < COUNT(mailboxes); i++) {
        target = sample_target();
        snprintf(target.from, sizeof(target.from), "%s", mailboxes[i]);
        assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
        target = sample_target();
        snprintf(target.send_to, sizeof(target.send_to), "%s", mailboxes[i]);
        assert_int_equal(wire_put_login(&frame, &target, NULL), SV_USAGE);
    }
    assert_null(frame);
}

static void cut_requests_are_refused(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *frame = sample_request();
    size_t live = secret_live();
    for (size_t len = 0; len < secret_len(frame); len++) {
        struct smtp_target target;
        /* A copy of its own size: a sanitizer sees a read beyond it. */
        uint8_t *cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut, secret_peek(frame), len);
        assert_int_equal(wire_get_login(cut, len, &target, NULL), SV_DATA);
        free(cut);
    }
    assert_int_equal(secret_live(), live);
}

/* What decodes is what would have been encoded: there is one form of each. */
static void flipped_requests_are_refused_or_sound(void **state)
{
    (void)state;
    SECRET_OWNED struct secret *frame = sample_request();
    size_t accepted = 0;
    for (size_t bit = 0; bit < secret_len(frame) * 8; bit++) {
        struct smtp_target target;
        SECRET_OWNED struct secret *again = NULL;
        secret_poke(frame)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        enum sv_status status =
            wire_get_login(secret_peek(frame), secret_len(frame), &target, NULL);
        if (status == SV_OK) {
            accepted++;
            assert_int_equal(wire_put_login(&again, &target, NULL), SV_OK);
            assert_true(secret_equal(frame, again));
        } else {
            assert_int_equal(status, SV_DATA);
        }
        secret_poke(frame)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_true(accepted > 0); /* a flip inside a text is another text */
}

static void assert_offer(const struct smtp_offer *got, const struct smtp_offer *want)
{
    assert_int_equal(got->tls, want->tls);
    assert_string_equal(got->mechanisms, want->mechanisms);
    assert_string_equal(got->tls_version, want->tls_version);
    assert_string_equal(got->tls_cipher, want->tls_cipher);
    assert_string_equal(got->issuer, want->issuer);
    assert_string_equal(got->names, want->names);
    assert_int_equal(got->days_left, want->days_left);
    assert_int_equal(got->pin_count, want->pin_count);
    assert_memory_equal(got->pins, want->pins, sizeof(got->pins));
    assert_string_equal(got->capabilities, want->capabilities);
}

static void result_comes_through(void **state)
{
    (void)state;
    struct smtp_result want = sample_result(), got = {0};
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    assert_int_equal(wire_put_result(WIRE_RESULT, frame, &len, &want, NULL), SV_OK);
    assert_int_equal(wire_frame_len(frame, WIRE_RESULT), len);
    assert_int_equal(wire_get_result(WIRE_RESULT, frame, len, &got, NULL), SV_OK);
    assert_int_equal(got.verdict, want.verdict);
    assert_int_equal(got.who, want.who);
    assert_int_equal(got.phase, want.phase);
    assert_int_equal(got.code, want.code);
    assert_string_equal(got.text, want.text);
    assert_string_equal(got.enhanced, want.enhanced);
    assert_string_equal(got.cause, want.cause);
    assert_string_equal(got.advice, want.advice);
    assert_string_equal(got.mechanism, want.mechanism);
    assert_offer(&got.offer, &want.offer);
    assert_int_equal(got.ms_auth, -1);
    assert_int_equal(got.ms_total, INT32_MAX);
}

static void broken_results_are_refused_or_sound(void **state)
{
    (void)state;
    struct smtp_result sample = sample_result(), got;
    uint8_t frame[WIRE_RESULT_MAX], again[WIRE_RESULT_MAX];
    size_t len = 0, again_len = 0;
    assert_int_equal(wire_put_result(WIRE_RESULT, frame, &len, &sample, NULL), SV_OK);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(wire_get_result(WIRE_RESULT, frame, cut, &got, NULL), SV_DATA);
    for (size_t bit = 0; bit < len * 8; bit++) {
        frame[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        if (wire_get_result(WIRE_RESULT, frame, len, &got, NULL) == SV_OK) {
            assert_int_equal(wire_put_result(WIRE_RESULT, again, &again_len, &got, NULL), SV_OK);
            assert_int_equal(again_len, len);
            assert_memory_equal(again, frame, len);
        }
        frame[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

static void assert_refused(const struct smtp_result *result)
{
    uint8_t frame[WIRE_RESULT_MAX];
    size_t len = 0;
    assert_int_equal(wire_put_result(WIRE_RESULT, frame, &len, result, NULL), SV_DATA);
}

static void lying_results_are_refused(void **state)
{
    (void)state;
    struct smtp_result r = sample_result();
    r.verdict = SMTP_OK; /* but not done */
    assert_refused(&r);
    r = sample_result();
    r.phase = PHASE_DONE; /* but not ok */
    assert_refused(&r);
    r = sample_result();
    r.verdict = (enum smtp_verdict)(SMTP_PROTOCOL_ERROR + 1);
    assert_refused(&r);
    r = sample_result();
    r.who = (enum smtp_actor)(SMTP_BY_PROVIDER + 1);
    assert_refused(&r);
    r = sample_result();
    r.code = 199;
    assert_refused(&r);
    r = sample_result();
    snprintf(r.text, sizeof(r.text), "\x1b]0;owned\a");
    assert_refused(&r);
    r = sample_result();
    snprintf(r.offer.issuer, sizeof(r.offer.issuer), "\xff");
    assert_refused(&r);
    r = sample_result();
    r.offer.pin_count = OFFER_PINS + 1;
    assert_refused(&r);
    r = sample_result();
    r.ms_tls = -2;
    assert_refused(&r);
}

static void words_are_the_promised_ones(void **state)
{
    (void)state;
    assert_string_equal(smtp_verdict_word(SMTP_OK), "ok");
    assert_string_equal(smtp_verdict_word(SMTP_PROTOCOL_ERROR), "protocol-error");
    assert_string_equal(smtp_actor_word(SMTP_BY_NOBODY), "nobody");
    assert_string_equal(smtp_actor_word(SMTP_BY_PROVIDER), "provider");
    assert_string_equal(smtp_actor_title(SMTP_BY_YOU), "you");
    assert_non_null(strstr(smtp_actor_title(SMTP_BY_PROVIDER), "provider"));
    assert_string_equal(smtp_phase_word(PHASE_RESOLVE), "resolve");
    assert_string_equal(smtp_phase_word(PHASE_DONE), "done");
}

static void names_are_put_in_and_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"work", "edit work --tls"},
        {"team/a.b-c_1", "edit team/a.b-c_1 --tls"},
        {"my mail", "edit 'my mail' --tls"},
        {"it's", "edit 'it'\\''s' --tls"},
        {"$(reboot)", "edit '$(reboot)' --tls"},
        {"", "edit '' --tls"},
        {"-x", "edit '-x' --tls"},
        {"caf\xc3\xa9", "edit 'caf\xc3\xa9' --tls"},
    };
    char out[64];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(smtp_say(out, sizeof(out), "edit {name} --tls", rows[i].name),
                            rows[i].want);
    assert_string_equal(smtp_say(out, sizeof(out), "{name}{name", "a"), "a{name");
    assert_string_equal(smtp_say(out, 8, "0123456789{name}", "a"), "0123456");
    assert_string_equal(smtp_say(out, 1, "0123", "a"), "");
}

static void no_memory_is_told(void **state)
{
    (void)state;
    size_t live = secret_live();
    for (unsigned long n = 1;; n++) {
        struct smtp_target target = sample_target(), got;
        SECRET_OWNED struct secret *secret = sample_secret(), *asked = NULL, *frame = NULL,
                                   *back = NULL;
        sv_alloc_fail_at(n);
        enum sv_status status = wire_put_login(&asked, &target, NULL);
        if (status == SV_OK)
            status = wire_get_login(secret_peek(asked), secret_len(asked), &got, NULL);
        if (status == SV_OK)
            status = wire_put_secret(&frame, secret, NULL);
        if (status == SV_OK)
            status = wire_get_secret(secret_peek(frame), secret_len(frame), &back, NULL);
        bool failed = sv_alloc_failed();
        sv_alloc_fail_at(0);
        if (!failed) {
            assert_int_equal(status, SV_OK);
            assert_true(n > 2);
            break;
        }
        assert_int_not_equal(status, SV_OK);
        assert_null(back);
    }
    assert_int_equal(secret_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_comes_through),
        cmocka_unit_test(user_may_be_secret),
        cmocka_unit_test(host_may_be_known),
        cmocka_unit_test(secret_comes_through),
        cmocka_unit_test(largest_request_fits),
        cmocka_unit_test(senseless_targets_are_refused),
        cmocka_unit_test(cut_requests_are_refused),
        cmocka_unit_test(flipped_requests_are_refused_or_sound),
        cmocka_unit_test(result_comes_through),
        cmocka_unit_test(broken_results_are_refused_or_sound),
        cmocka_unit_test(lying_results_are_refused),
        cmocka_unit_test(words_are_the_promised_ones),
        cmocka_unit_test(names_are_put_in_and_quoted),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
