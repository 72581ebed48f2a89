/* SPDX-License-Identifier: ISC */
/*
 * A session of SMTP as the helper sees it, and the verdict on it. Input: fault u8,
 * flags u8, detail word, then lines: 'S' and what the server sent, or 'C' and what the
 * client sent, each up to a newline. The result must be one that the wire takes, and no
 * word of it may repeat the password.
 */
#include "base/text.h"
#include "fuzz.h"
#include "smtp/classify.h"
#include "smtp/scrub.h"
#include "smtp/smtp_wire.h"

static const char password[] = "pass-word-of-ann-16";

static void feed(struct transcript *t, struct buf_reader *in)
{
    size_t len;
    const char *at = (const char *)fuzz_rest(in, &len), *end = at + len;
    bool greeted_login = false;

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t n = line != NULL ? (size_t)(line + 1 - at) : (size_t)(end - at);
        FUZZ_OWNED uint8_t *exact = fuzz_copy(at + 1, n - 1);
        bool before = t->authenticated;
        bool in_auth = t->stage == STAGE_AUTH;
        if (*at == 'C')
            transcript_sent(t, (const char *)exact, n - 1);
        else if (!transcript_received(t, (const char *)exact, n - 1))
            return;
        /* A login is a 235 that answers an AUTH, and nothing else. */
        if (t->authenticated && !before) {
            CHECK(in_auth && *at != 'C' && n > 3 && memcmp(exact, "235", 3) == 0);
            greeted_login = true;
        }
        at += n;
    }
    CHECK(t->authenticated == greeted_login);
    CHECK(t->code == 0 || (t->code >= 200 && t->code <= 599));
    CHECK(memchr(t->text, '\0', sizeof t->text) && memchr(t->offered, '\0', sizeof t->offered));
    CHECK(memchr(t->challenge, '\0', sizeof t->challenge));
    CHECK(memchr(t->mechanism, '\0', sizeof t->mechanism));
}

static void check_scrubbed(const char *text, const char *username)
{
    SECRET_OWNED struct secret *secret = fuzz_secret(password, sizeof password - 1);
    char shown[512];

    scrub_text(shown, sizeof shown, text, username);
    fuzz_check_text(shown);
    CHECK(scrub_repeats_secret(text, username, secret) || strstr(text, password) == NULL);
}

static void judge(const struct smtp_evidence *evidence)
{
    struct smtp_result result = {.offer.days_left = INT32_MIN}, back;
    uint8_t frame[WIRE_RESULT_MAX];
    struct sv_err err = {""};
    size_t len = 0;

    text_printable(result.offer.names, sizeof result.offer.names, evidence->detail,
                   strlen(evidence->detail));
    smtp_classify(evidence, &result);
    CHECK(fuzz_told(wire_put_result(WIRE_RESULT, frame, &len, &result, &err), &err) == SV_OK);
    CHECK(fuzz_told(wire_get_result(WIRE_RESULT, frame, len, &back, &err), &err) == SV_OK);
    CHECK(result.verdict != SMTP_OK || evidence->transcript->authenticated);
    CHECK(result.cause[0] != '\0' || result.verdict == SMTP_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const hosts[] = {"smtp.gmail.com", "smtp.office365.com", "mail.example.com",
                                        "smtp.sendgrid.net"};
    struct buf_reader in = buf_reader_over(data, size);
    struct smtp_target target = {.port = 587, .tls = SMTP_STARTTLS, .username = "ann@example.com"};
    struct transcript t = {0};
    struct smtp_evidence evidence = {.target = &target, .transcript = &t, .now = 1800000000};

    fuzz_begin();
    evidence.fault = buf_get_u8(&in) % (FAULT_OTHER + 1);
    uint8_t flags = buf_get_u8(&in);
    FUZZ_OWNED char *detail = fuzz_word(&in);
    (void)snprintf(target.host, sizeof target.host, "%s", hosts[flags & 3]);
    if ((flags & 4) != 0)
        target =
            (struct smtp_target){.host = "mail.example.com", .port = 465, .tls = SMTP_IMPLICIT};
    evidence.resolved = (flags & 8) != 0;
    evidence.connected = (flags & 16) != 0;
    evidence.tls_up = (flags & 32) != 0;
    evidence.tls_spoken = (flags & 64) != 0;
    target.bearer = (flags & 128) != 0;
    evidence.verify = detail[0] % 80;
    evidence.os_errno = detail[0] != '\0' ? detail[1] & 0x7f : 0;
    (void)snprintf(evidence.detail, sizeof evidence.detail, "%s", detail);
    feed(&t, &in);
    check_scrubbed(t.text, target.username);
    judge(&evidence);
    return fuzz_end();
}
