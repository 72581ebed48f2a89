/* SPDX-License-Identifier: ISC */
#include "domain/posture.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/login.h"

#define DAY_SECONDS 86400

/* ---- bytes ---- */

static void put_text(struct buf_writer *w, const char *text)
{
    size_t len = strlen(text);

    buf_put_u16(w, (uint16_t)len);
    buf_put_bytes(w, text, len);
}

static void get_text(struct buf_reader *r, char *dst, size_t capacity)
{
    size_t len = buf_get_u16(r);

    if (len >= capacity)
        r->bad = true;
    else
        buf_get_bytes(r, dst, len);
    r->bad |=
        !r->bad && (strlen(dst) != len || !text_is_utf8(dst, len) || text_has_control(dst, len));
}

enum sv_status posture_encode(struct blob *out, const struct posture *p, struct sv_err *err)
{
    uint8_t bytes[POSTURE_BYTES_MAX];
    struct buf_writer w = buf_writer_over(bytes, sizeof bytes);
    BLOB_OWNED struct blob made = {0};

    put_text(&w, p->host);
    buf_put_u16(&w, p->port);
    buf_put_u8(&w, (uint8_t)p->tls);
    buf_put_u64(&w, (uint64_t)p->learnt);
    put_text(&w, p->mechanisms);
    put_text(&w, p->issuer);
    buf_put_u8(&w, p->pin_count);
    buf_put_bytes(&w, p->pins, p->pin_count * sizeof p->pins[0]);
    if (p->ends)
        buf_put_u64(&w, (uint64_t)p->ends);
    if (w.full)
        return sv_fail(err, SV_INTERNAL, "what a server offers does not fit %d bytes",
                       POSTURE_BYTES_MAX);
    if (!blob_append(&made, bytes, w.len))
        return sv_fail_nomem(err);
    blob_clear(out);
    *out = made;
    made = (struct blob){0};
    return SV_OK;
}

enum sv_status posture_decode(struct posture *out, const uint8_t *bytes, size_t len,
                              struct sv_err *err)
{
    struct buf_reader r = buf_reader_over(bytes, len);
    struct posture p = {.port = 0};
    uint64_t learnt;

    get_text(&r, p.host, sizeof p.host);
    p.port = buf_get_u16(&r);
    p.tls = (enum smtp_tls)buf_get_u8(&r);
    learnt = buf_get_u64(&r);
    get_text(&r, p.mechanisms, sizeof p.mechanisms);
    get_text(&r, p.issuer, sizeof p.issuer);
    p.pin_count = buf_get_u8(&r);
    r.bad |= p.pin_count > POSTURE_PINS_MAX;
    if (!r.bad)
        buf_get_bytes(&r, p.pins, p.pin_count * sizeof p.pins[0]);
    if (r.left > 0) {
        p.ends = (int64_t)buf_get_u64(&r);
        r.bad |= p.ends <= 0 || p.ends % DAY_SECONDS != 0;
    }
    r.bad |= p.host[0] == '\0' || p.port == 0 || learnt > INT64_MAX || len > POSTURE_BYTES_MAX ||
             (p.tls != SMTP_STARTTLS && p.tls != SMTP_IMPLICIT);
    if (!buf_reader_done(&r))
        return sv_fail(err, SV_DATA,
                       "what was learnt of a profile's server is damaged, or a newer smtpvault "
                       "wrote it: use that one");
    p.learnt = (int64_t)learnt;
    *out = p;
    return SV_OK;
}

/* ---- whose it is ---- */

static bool is_of(const struct posture *known, const struct profile *p)
{
    return p->host != NULL && strcasecmp(known->host, p->host) == 0 && known->port == p->port &&
           p->tls != TLS_NONE && known->tls == login_tls(p);
}

bool posture_of(struct posture *out, const struct profile *p)
{
    struct posture known;

    if (p->posture.len == 0 ||
        posture_decode(&known, p->posture.bytes, p->posture.len, NULL) != SV_OK ||
        !is_of(&known, p))
        return false;
    *out = known;
    return true;
}

/* ---- mechanisms: what a server that only pretends to be ours would get of the secret ---- */

/* The password itself; something from which it can be guessed with little work; nothing that
 * is of use elsewhere, or a proof that takes work for each guess. */
enum strength { STRENGTH_NONE, STRENGTH_CLEAR, STRENGTH_CHALLENGE, STRENGTH_PROOF };

static const struct {
    const char *prefix;
    enum strength strength;
} strengths[] = {
    {"PLAIN", STRENGTH_CLEAR},        {"LOGIN", STRENGTH_CLEAR},
    {"CRAM-MD5", STRENGTH_CHALLENGE}, {"DIGEST-MD5", STRENGTH_CHALLENGE},
    {"NTLM", STRENGTH_CHALLENGE},     {"SCRAM-", STRENGTH_PROOF},
    {"GS2-", STRENGTH_PROOF},         {"GSSAPI", STRENGTH_PROOF},
    {"XOAUTH2", STRENGTH_PROOF},      {"OAUTHBEARER", STRENGTH_PROOF},
    {"EXTERNAL", STRENGTH_PROOF},
};

static enum strength strength_of(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof strengths / sizeof strengths[0]; i++) {
        size_t n = strlen(strengths[i].prefix);
        bool whole = strengths[i].prefix[n - 1] != '-';
        if ((whole ? len == n : len > n) && strncasecmp(word, strengths[i].prefix, n) == 0)
            return strengths[i].strength;
    }
    return STRENGTH_NONE;
}

static enum strength strongest(const char *mechanisms)
{
    enum strength best = STRENGTH_NONE;

    for (const char *at = mechanisms; *at != '\0';) {
        size_t len = strcspn(at, " ");
        enum strength one = strength_of(at, len);
        best = one > best ? one : best;
        at += len + strspn(at + len, " ");
    }
    return best;
}

static bool covers(const char *list, const char *words)
{
    for (const char *at = words; *at != '\0';) {
        size_t len = strcspn(at, " ");
        if (!text_has_word(list, at, len))
            return false;
        at += len + strspn(at + len, " ");
    }
    return true;
}

/* ---- comparing ---- */

static bool has_pin(const struct posture *known, const uint8_t pin[32])
{
    for (size_t i = 0; i < known->pin_count; i++)
        if (memcmp(known->pins[i], pin, 32) == 0)
            return true;
    return false;
}

static bool shares_pin(const struct posture *known, const struct smtp_offer *now)
{
    for (size_t i = 0; i < now->pin_count; i++)
        if (has_pin(known, now->pins[i]))
            return true;
    return false;
}

unsigned posture_compare(const struct posture *known, const struct smtp_offer *now)
{
    enum strength offered = strongest(now->mechanisms);
    unsigned lacks = 0;

    if (known->pin_count > 0 && !shares_pin(known, now))
        lacks |= LACK_AUTHORITY;
    /* Without any that is known there is no login to protect. */
    if (offered != STRENGTH_NONE && offered < strongest(known->mechanisms))
        lacks |= LACK_MECHANISMS;
    return lacks;
}

char *posture_say(char *dst, size_t capacity, const struct posture *known,
                  const struct smtp_offer *now, unsigned lacks)
{
    char when[TEXT_TIME_MAX], all[1024] = "";
    size_t at = (size_t)snprintf(all, sizeof all, "On %.10s it still had", /* the day */
                                 text_time_utc(when, known->learnt));

    for (int side = 0; side < 2; side++) {
        const char *issuer = side == 0 ? known->issuer : now->issuer;
        const char *mechanisms = side == 0 ? known->mechanisms : now->mechanisms;
        if (side == 1)
            at += (size_t)snprintf(all + at, sizeof all - at, ". Now it has");
        if (lacks & LACK_STARTTLS)
            at += (size_t)snprintf(all + at, sizeof all - at, " %sSTARTTLS", side ? "no " : "");
        if (lacks & LACK_AUTHORITY)
            at += (size_t)snprintf(all + at, sizeof all - at, " a certificate issued by %s",
                                   issuer[0] != '\0' ? issuer : "somebody without a name");
        if (lacks & LACK_MECHANISMS)
            at += (size_t)snprintf(all + at, sizeof all - at, "%s the mechanisms %s",
                                   lacks & ~(unsigned)LACK_MECHANISMS ? " and" : "", mechanisms);
    }
    (void)snprintf(all + at, sizeof all - at, ".");
    return text_printable(dst, capacity, all, strlen(all));
}

char *posture_note(char *dst, size_t capacity, unsigned lacks)
{
    const char *parts[] = {lacks & LACK_STARTTLS ? ", no STARTTLS" : "",
                           lacks & LACK_AUTHORITY ? ", another authority" : "",
                           lacks & LACK_MECHANISMS ? ", weaker mechanisms" : ""};
    char all[80];

    (void)snprintf(all, sizeof all, "%s%s%s", parts[0], parts[1], parts[2]);
    (void)snprintf(dst, capacity, "%s", all[0] != '\0' ? all + 2 : "");
    return dst;
}

/* ---- learning ---- */

static int64_t end_of(const struct profile *p, const struct smtp_offer *now, int64_t when)
{
    int64_t day = when / DAY_SECONDS + now->days_left;

    return p->ca_file == NULL || now->days_left == INT32_MIN || day <= 0 ? 0 : day * DAY_SECONDS;
}

/* Days are counted from the hour of the test, so the same end is told as one of two days. */
static bool is_another_end(int64_t end, int64_t before)
{
    return end != 0 && (end > before + DAY_SECONDS || end < before - DAY_SECONDS);
}

void posture_accept(struct posture *known, const struct profile *p, const struct smtp_offer *now,
                    int64_t when)
{
    struct posture fresh = {.port = p->port, .tls = login_tls(p), .learnt = when};

    (void)snprintf(fresh.host, sizeof fresh.host, "%s", p->host);
    (void)snprintf(fresh.mechanisms, sizeof fresh.mechanisms, "%s", now->mechanisms);
    (void)snprintf(fresh.issuer, sizeof fresh.issuer, "%s", now->issuer);
    fresh.ends = end_of(p, now, when);
    fresh.pin_count = now->pin_count;
    memcpy(fresh.pins, now->pins, sizeof now->pins);
    *known = fresh;
}

/* The new ones come first; what is too old to fit is forgotten. */
static void add_pins(struct posture *known, const struct posture *before)
{
    for (size_t i = 0; i < before->pin_count && known->pin_count < POSTURE_PINS_MAX; i++)
        if (!has_pin(known, before->pins[i]))
            memcpy(known->pins[known->pin_count++], before->pins[i], 32);
}

bool posture_learn(struct posture *known, const struct profile *p, const struct smtp_offer *now,
                   int64_t when)
{
    bool same = is_of(known, p);
    bool news = !same;

    for (size_t i = 0; i < now->pin_count; i++)
        news |= !has_pin(known, now->pins[i]);
    if (now->mechanisms[0] != '\0')
        news |= !covers(known->mechanisms, now->mechanisms) ||
                !covers(now->mechanisms, known->mechanisms);
    bool renewed = is_another_end(end_of(p, now, when), known->ends);
    if (!news && !renewed)
        return false;
    struct posture before = *known;
    posture_accept(known, p, now, when);
    if (!same)
        return true;
    if (!renewed)
        known->ends = before.ends;
    add_pins(known, &before);
    if (now->mechanisms[0] == '\0')
        memcpy(known->mechanisms, before.mechanisms, sizeof known->mechanisms);
    return true;
}
