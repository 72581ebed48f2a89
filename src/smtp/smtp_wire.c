/* SPDX-License-Identifier: ISC */
#include "smtp/smtp_wire.h"

#include <string.h>

#include "smtp/message.h"

/* ---- request ---- */

static bool is_mailbox_or_none(const char *address)
{
    return address[0] == '\0' || message_is_mailbox(address);
}

static bool is_login_options(const char *options)
{
    return options[strspn(options, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;-")] == '\0';
}

/* What the secret is besides a password, and a bit of the host. */
enum { IS_TOKEN = 1, IS_USER_TOO = 2, HOST_IS_KNOWN = 4 };

static enum sv_status check_target(const struct smtp_target *t, enum sv_status status,
                                   struct sv_err *err)
{
    if (!wire_is_host(t->host))
        return sv_fail(err, status, "the server's name is not a host name; mend it with --host");
    if (t->port == 0)
        return sv_fail(err, status, "port 0 is no port; give one of 1 to 65535 with --port");
    if (t->tls != SMTP_STARTTLS && t->tls != SMTP_IMPLICIT)
        return sv_fail(err, status,
                       "a login is tested over TLS only; set --tls starttls or --tls implicit");
    if (!wire_is_printable(t->username))
        return sv_fail(err, status, "the user name holds control characters; mend --username");
    if (t->user_is_secret && t->username[0] != '\0')
        return sv_fail(err, status, "there are two user names, one of them the secret");
    if (!is_login_options(t->login_options))
        return sv_fail(err, status, "the login options are not libcurl's");
    if (!wire_is_printable(t->provider))
        return sv_fail(err, status, "the provider's id holds control characters; mend --provider");
    if (!is_mailbox_or_none(t->from) || !is_mailbox_or_none(t->send_to))
        return sv_fail(err, status, "a mail address for the test is local-part@domain, unquoted");
    if (!message_is_said(t->subject, t->text))
        return sv_fail(err, status, "the message is not a text with a subject");
    return SV_OK;
}

enum sv_status wire_put_login(struct secret **frame, const struct smtp_target *target,
                              struct sv_err *err)
{
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status = check_target(target, SV_USAGE, err);
    if (status == SV_OK)
        status = wire_make(&made, &w, WIRE_LOGIN, WIRE_LOGIN_MAX, err);
    if (status != SV_OK)
        return status;
    wire_put_text(&w, target->host);
    buf_put_u16(&w, target->port);
    buf_put_u8(&w, (uint8_t)target->tls);
    wire_put_text(&w, target->login_options);
    wire_put_text(&w, target->username);
    wire_put_text(&w, target->ca_file);
    buf_put_u32(&w, target->connect_ms);
    buf_put_u32(&w, target->total_ms);
    buf_put_u8(&w, (uint8_t)((target->host_is_known ? HOST_IS_KNOWN : 0) |
                             (target->bearer           ? IS_TOKEN
                              : target->user_is_secret ? IS_USER_TOO
                                                       : 0)));
    wire_put_text(&w, target->provider);
    wire_put_text(&w, target->from);
    wire_put_text(&w, target->send_to);
    wire_put_text(&w, target->subject);
    wire_put_text(&w, target->text);
    return wire_give(&made, &w, frame, err);
}

enum sv_status wire_get_login(const uint8_t *frame, size_t len, struct smtp_target *target,
                              struct sv_err *err)
{
    struct buf_reader r;
    if (!wire_open(&r, WIRE_LOGIN, frame, len))
        return sv_fail(err, SV_DATA, "the login test's request is not one whole frame");

    struct smtp_target t = {0};
    wire_get_text(&r, t.host, sizeof(t.host));
    t.port = buf_get_u16(&r);
    t.tls = (enum smtp_tls)buf_get_u8(&r);
    wire_get_text(&r, t.login_options, sizeof(t.login_options));
    wire_get_text(&r, t.username, sizeof(t.username));
    wire_get_text(&r, t.ca_file, sizeof(t.ca_file));
    t.connect_ms = buf_get_u32(&r);
    t.total_ms = buf_get_u32(&r);
    uint8_t flags = buf_get_u8(&r), secret_is = flags & (uint8_t)~HOST_IS_KNOWN;
    wire_get_text(&r, t.provider, sizeof(t.provider));
    wire_get_text(&r, t.from, sizeof(t.from));
    wire_get_text(&r, t.send_to, sizeof(t.send_to));
    wire_get_text(&r, t.subject, sizeof(t.subject));
    wire_get_text(&r, t.text, sizeof(t.text));
    if (!buf_reader_done(&r) || secret_is > IS_USER_TOO)
        return sv_fail(err, SV_DATA, "the login test's request is malformed");
    t.host_is_known = (flags & HOST_IS_KNOWN) != 0;
    t.bearer = secret_is == IS_TOKEN;
    t.user_is_secret = secret_is == IS_USER_TOO;

    enum sv_status status = check_target(&t, SV_DATA, err);
    if (status == SV_OK)
        *target = t;
    return status;
}

/* ---- secret ---- */

enum sv_status wire_put_secret(struct secret **frame, const struct secret *secret,
                               struct sv_err *err)
{
    size_t len = secret_len(secret);
    if (len == 0 || len > WIRE_SECRET_LEN)
        return sv_fail(err, SV_USAGE, "a secret of %zu bytes cannot log in; 1 to %d bytes can", len,
                       WIRE_SECRET_LEN);
    SECRET_OWNED struct secret *made = NULL;
    struct buf_writer w;
    enum sv_status status = wire_make(&made, &w, WIRE_SECRET, WIRE_SECRET_MAX, err);
    if (status != SV_OK)
        return status;
    wire_put_guarded(&w, secret);
    return wire_give(&made, &w, frame, err);
}

enum sv_status wire_get_secret(const uint8_t *frame, size_t len, struct secret **secret,
                               struct sv_err *err)
{
    struct buf_reader r;
    if (!wire_open(&r, WIRE_SECRET, frame, len))
        return sv_fail(err, SV_DATA, "the login test's secret is not one whole frame");
    size_t size = 0;
    const uint8_t *bytes = buf_get_block(&r, WIRE_SECRET_LEN, &size);
    if (!buf_reader_done(&r) || size == 0)
        return sv_fail(err, SV_DATA, "the login test's secret is malformed");
    return secret_copy(secret, bytes, size, err);
}

/* ---- result ---- */

static bool is_enhanced(const char *code)
{
    return code[strspn(code, "0123456789.")] == '\0';
}

/* What is not there is zero. */
static bool is_offer(const struct smtp_offer *o)
{
    return (unsigned)o->tls <= SMTP_IMPLICIT && o->pin_count <= OFFER_PINS &&
           wire_is_printable(o->mechanisms) && wire_is_printable(o->tls_version) &&
           wire_is_printable(o->tls_cipher) && wire_is_printable(o->issuer) &&
           wire_is_printable(o->names) && wire_is_printable(o->capabilities);
}

static void put_offer(struct buf_writer *w, const struct smtp_offer *o)
{
    buf_put_u8(w, (uint8_t)o->tls);
    wire_put_text(w, o->mechanisms);
    wire_put_text(w, o->tls_version);
    wire_put_text(w, o->tls_cipher);
    wire_put_text(w, o->issuer);
    wire_put_text(w, o->names);
    buf_put_u32(w, (uint32_t)o->days_left);
    buf_put_u8(w, o->pin_count);
    for (size_t i = 0; i < o->pin_count; i++)
        buf_put_bytes(w, o->pins[i], sizeof(o->pins[i]));
    wire_put_text(w, o->capabilities);
}

static void get_offer(struct buf_reader *r, struct smtp_offer *o)
{
    o->tls = (enum smtp_tls)buf_get_u8(r);
    wire_get_text(r, o->mechanisms, sizeof(o->mechanisms));
    wire_get_text(r, o->tls_version, sizeof(o->tls_version));
    wire_get_text(r, o->tls_cipher, sizeof(o->tls_cipher));
    wire_get_text(r, o->issuer, sizeof(o->issuer));
    wire_get_text(r, o->names, sizeof(o->names));
    o->days_left = (int32_t)buf_get_u32(r);
    o->pin_count = buf_get_u8(r);
    if (o->pin_count > OFFER_PINS)
        r->bad = true;
    for (size_t i = 0; !r->bad && i < o->pin_count; i++)
        buf_get_bytes(r, o->pins[i], sizeof(o->pins[i]));
    wire_get_text(r, o->capabilities, sizeof(o->capabilities));
}

static enum sv_status check_result(const struct smtp_result *v, struct sv_err *err)
{
    bool known = (unsigned)v->verdict <= SMTP_PROTOCOL_ERROR && (unsigned)v->phase <= PHASE_DONE &&
                 (unsigned)v->who <= SMTP_BY_PROVIDER;
    bool agrees = (v->verdict == SMTP_OK) == (v->phase == PHASE_DONE);
    bool code = v->code == 0 || (v->code >= 200 && v->code <= 599);
    bool texts = wire_is_printable(v->text) && wire_is_printable(v->cause) &&
                 wire_is_printable(v->advice) && wire_is_printable(v->mechanism) &&
                 is_enhanced(v->enhanced);
    bool times = v->ms_resolve >= -1 && v->ms_connect >= -1 && v->ms_tls >= -1 &&
                 v->ms_greeting >= -1 && v->ms_auth >= -1 && v->ms_sender >= -1 &&
                 v->ms_send >= -1 && v->ms_total >= -1;
    if (!is_offer(&v->offer) || !known || !agrees || !code || !texts || !times)
        return sv_fail(err, SV_DATA,
                       "smtpvault-net gave an answer that makes no sense; "
                       "check that it is of the same version as smtpvault");
    return SV_OK;
}

enum sv_status wire_put_result(enum wire_kind kind, uint8_t frame[WIRE_RESULT_MAX], size_t *len,
                               const struct smtp_result *result, struct sv_err *err)
{
    enum sv_status status = check_result(result, err);
    if (status != SV_OK)
        return status;
    struct buf_writer w = buf_writer_over(frame, WIRE_RESULT_MAX);
    wire_begin(&w, kind);
    buf_put_u8(&w, (uint8_t)result->verdict);
    buf_put_u8(&w, (uint8_t)result->who);
    buf_put_u8(&w, (uint8_t)result->phase);
    buf_put_u16(&w, result->code);
    wire_put_text(&w, result->enhanced);
    wire_put_text(&w, result->text);
    wire_put_text(&w, result->cause);
    wire_put_text(&w, result->advice);
    wire_put_text(&w, result->mechanism);
    put_offer(&w, &result->offer);
    buf_put_u32(&w, (uint32_t)result->ms_resolve);
    buf_put_u32(&w, (uint32_t)result->ms_connect);
    buf_put_u32(&w, (uint32_t)result->ms_tls);
    buf_put_u32(&w, (uint32_t)result->ms_greeting);
    buf_put_u32(&w, (uint32_t)result->ms_auth);
    buf_put_u32(&w, (uint32_t)result->ms_sender);
    buf_put_u32(&w, (uint32_t)result->ms_send);
    buf_put_u32(&w, (uint32_t)result->ms_total);
    return wire_end(&w, len, err);
}

static int32_t get_i32(struct buf_reader *r)
{
    return (int32_t)buf_get_u32(r);
}

enum sv_status wire_get_result(enum wire_kind kind, const uint8_t *frame, size_t len,
                               struct smtp_result *result, struct sv_err *err)
{
    struct buf_reader r;
    if (!wire_open(&r, kind, frame, len))
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is not one whole frame");

    struct smtp_result v = {0};
    v.verdict = (enum smtp_verdict)buf_get_u8(&r);
    v.who = (enum smtp_actor)buf_get_u8(&r);
    v.phase = (enum smtp_phase)buf_get_u8(&r);
    v.code = buf_get_u16(&r);
    wire_get_text(&r, v.enhanced, sizeof(v.enhanced));
    wire_get_text(&r, v.text, sizeof(v.text));
    wire_get_text(&r, v.cause, sizeof(v.cause));
    wire_get_text(&r, v.advice, sizeof(v.advice));
    wire_get_text(&r, v.mechanism, sizeof(v.mechanism));
    get_offer(&r, &v.offer);
    v.ms_resolve = get_i32(&r);
    v.ms_connect = get_i32(&r);
    v.ms_tls = get_i32(&r);
    v.ms_greeting = get_i32(&r);
    v.ms_auth = get_i32(&r);
    v.ms_sender = get_i32(&r);
    v.ms_send = get_i32(&r);
    v.ms_total = get_i32(&r);
    if (!buf_reader_done(&r))
        return sv_fail(err, SV_DATA, "smtpvault-net's answer is malformed");
    enum sv_status status = check_result(&v, err);
    if (status != SV_OK)
        return status;
    *result = v;
    return SV_OK;
}
