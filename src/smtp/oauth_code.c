/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "crypto/random.h"
#include "crypto/sha256.h"
#include "smtp/helper.h"
#include "smtp/oauth_ask.h"
#include "smtp/oauth_form.h"
#include "smtp/redirect.h"

#define WAIT_MS 300000
#define GRACE_MS 2000
#define URL_MAX 6144
#define RANDOM_LEN 32
#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
/* Of 32 bytes, which RFC 7636 section 4.1 recommends, with the NUL behind. */
#define WORD_LEN sodium_base64_ENCODED_LEN(RANDOM_LEN, BASE64URL)

struct oauth_code {
    const char *helper_path;
    const struct oauth_client *client;
    struct helper run;
    struct secret *verifier; /* RFC 7636 */
    char state[WORD_LEN];
    char redirect[64];
    char url[URL_MAX];
    char host[256]; /* of the authorization endpoint */
    int64_t deadline;
};

/* What single providers want beyond the standard. A redirect to 127.0.0.1 is what RFC 8252
 * section 7.3 asks for; Microsoft's registrations take "localhost" with any port. */
static const struct habit {
    const char *host;
    const char *extra; /* of the query, or NULL */
    bool localhost;
} habits[] = {
    {.host = "accounts.google.com", .extra = "&access_type=offline&prompt=consent"},
    {.host = "login.microsoftonline.com", .localhost = true},
    {.host = "login.live.com", .localhost = true},
};

static const struct habit *habit_of(const char *host)
{
    for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
        if (text_equal_nocase(habits[i].host, host))
            return &habits[i];
    return NULL;
}

void oauth_code_free(struct oauth_code *code)
{
    if (code == NULL)
        return;
    helper_clear(&code->run);
    secret_free(code->verifier);
    sv_free(code);
}

void oauth_code_free_cleanup(struct oauth_code **slot)
{
    oauth_code_free(*slot);
}

const char *oauth_code_url(const struct oauth_code *code)
{
    return code->url;
}

int oauth_code_fd(const struct oauth_code *code)
{
    return code->run.fd;
}

/* ---- beginning ---- */

static enum sv_status make_words(struct oauth_code *c, struct sv_err *err)
{
    uint8_t bytes[RANDOM_LEN];
    random_bytes(bytes, sizeof(bytes));
    sodium_bin2base64(c->state, sizeof(c->state), bytes, sizeof(bytes), BASE64URL);
    enum sv_status status = secret_new(&c->verifier, WORD_LEN, err);
    if (status != SV_OK)
        return status;
    random_bytes(bytes, sizeof(bytes));
    sodium_bin2base64((char *)secret_poke(c->verifier), WORD_LEN, bytes, sizeof(bytes), BASE64URL);
    secret_set_len(c->verifier, WORD_LEN - 1);
    sodium_memzero(bytes, sizeof(bytes));
    return SV_OK;
}

static enum sv_status start_listening(struct oauth_code *c, const struct oauth_code_how *how,
                                      bool localhost, struct sv_err *err)
{
    struct redirect_wish wish = {
        .port = how->port, .both = localhost, .wait_ms = how->wait_ms ? how->wait_ms : WAIT_MS};
    struct redirect_place place;
    SECRET_OWNED struct secret *frame = NULL;
    uint8_t answer[WIRE_REDIRECT_PORT_MAX];
    size_t len = 0;
    snprintf(wish.state, sizeof(wish.state), "%s", c->state);
    c->deadline = env_monotonic_ms() + wish.wait_ms + GRACE_MS;
    enum sv_status status = redirect_put_wish(&frame, &wish, err);
    if (status == SV_OK)
        status = helper_start(&c->run, c->helper_path, err);
    if (status != SV_OK)
        return status;
    helper_send(&c->run, frame, false);
    enum helper_reading reading =
        helper_read(&c->run, WIRE_REDIRECT_PORT, env_monotonic_ms() + GRACE_MS * 2, answer, &len);
    if (reading != HELPER_WHOLE)
        return helper_fail(&c->run, reading, helper_end(&c->run, 0), err);
    status = redirect_get_place(answer, len, &place, err);
    if (status != SV_OK)
        return status;
    if (place.port == 0)
        return sv_fail(err, SV_LOCKED, "%s; choose another", place.words);
    snprintf(c->redirect, sizeof(c->redirect), "http://%s:%u%s",
             localhost ? "localhost" : "127.0.0.1", (unsigned)place.port, localhost ? "" : "/");
    return SV_OK;
}

static enum sv_status make_url(struct oauth_code *c, const struct oauth_code_how *how,
                               const struct habit *habit, struct sv_err *err)
{
    uint8_t hash[SHA256_LEN];
    char challenge[WORD_LEN];
    struct buf_writer w = buf_writer_over(c->url, sizeof(c->url) - 1);
    sha256(hash, secret_peek(c->verifier), secret_len(c->verifier));
    sodium_bin2base64(challenge, sizeof(challenge), hash, sizeof(hash), BASE64URL);
    buf_put_bytes(&w, c->client->auth_url, strlen(c->client->auth_url));
    if (strchr(c->client->auth_url, '?') == NULL)
        buf_put_u8(&w, '?');
    oauth_form_put(&w, "response_type", "code");
    oauth_form_put(&w, "client_id", c->client->id);
    oauth_form_put(&w, "redirect_uri", c->redirect);
    oauth_form_put(&w, "scope", c->client->scopes);
    oauth_form_put(&w, "state", c->state);
    oauth_form_put(&w, "code_challenge", challenge);
    oauth_form_put(&w, "code_challenge_method", "S256");
    if (how->hint != NULL)
        oauth_form_put(&w, "login_hint", how->hint);
    if (habit != NULL && habit->extra != NULL)
        buf_put_bytes(&w, habit->extra, strlen(habit->extra));
    if (w.full)
        return sv_fail(err, SV_CONFIG, "the address to log in at is longer than %d bytes", URL_MAX);
    return SV_OK;
}

enum sv_status oauth_code_begin(const char *helper, const struct oauth_client *client,
                                const struct oauth_code_how *how, struct oauth_code **out,
                                enum oauth_end *end, struct sv_err *err)
{
    struct https_place place;
    enum sv_status status = oauth_ask_place(client, client->auth_url, &place, end, err);
    if (status != SV_OK)
        return status;
    OAUTH_CODE_OWNED struct oauth_code *c = sv_alloc(sizeof(*c));
    if (c == NULL)
        return sv_fail_nomem(err);
    c->run = (struct helper)HELPER_NONE;
    c->helper_path = helper;
    c->client = client;
    snprintf(c->host, sizeof(c->host), "%s", place.host);
    const struct habit *habit = habit_of(place.host);
    status = make_words(c, err);
    if (status == SV_OK)
        status = start_listening(c, how, habit != NULL && habit->localhost, err);
    if (status == SV_OK)
        status = make_url(c, how, habit, err);
    if (status != SV_OK)
        return status;
    *end = OAUTH_PENDING;
    *out = c;
    c = NULL;
    return SV_OK;
}

/* ---- finishing ---- */

static enum sv_status exchange(struct oauth_code *c, const struct redirect *seen,
                               struct oauth_tokens *tokens, enum oauth_end *end, struct sv_err *err)
{
    OAUTH_ASK_OWNED struct oauth_ask ask = {.form = NULL};
    const struct oauth_asked asked = {.host = c->host};
    if (seen->seen == REDIRECT_REFUSED) {
        enum sv_status refused =
            oauth_answer_error(seen->error, seen->description, &asked, end, err);
        return refused != SV_OK ? refused
                                : oauth_answer_wrong(&asked, "it refuses to say", end, err);
    }
    enum sv_status status = oauth_ask_begin(&ask, c->client, c->client->token_url, end, err);
    if (status != SV_OK)
        return status;
    oauth_form_put(&ask.w, "grant_type", "authorization_code");
    oauth_form_put_secret(&ask.w, "code", seen->code);
    oauth_form_put(&ask.w, "redirect_uri", c->redirect);
    oauth_form_put_secret(&ask.w, "code_verifier", c->verifier);
    return oauth_ask_tokens(&ask, c->helper_path, seen->code, tokens, end, err);
}

enum sv_status oauth_code_finish(struct oauth_code *code, struct oauth_tokens *tokens,
                                 enum oauth_end *end, struct sv_err *err)
{
    REDIRECT_OWNED struct redirect seen = {.seen = REDIRECT_NOBODY};
    SECRET_OWNED struct secret *frame = NULL;
    size_t len = 0;
    *end = OAUTH_UNREACHABLE;
    enum sv_status status = secret_new(&frame, WIRE_REDIRECT_SEEN_MAX, err);
    if (status != SV_OK)
        return status;
    enum helper_reading reading =
        helper_read(&code->run, WIRE_REDIRECT_SEEN, code->deadline, secret_poke(frame), &len);
    int ended = helper_end(&code->run, reading == HELPER_LATE ? 0 : GRACE_MS);
    if (reading != HELPER_WHOLE && reading != HELPER_LATE)
        return helper_fail(&code->run, reading, ended, err);
    if (reading == HELPER_WHOLE)
        status = redirect_get_seen(secret_peek(frame), len, &seen, err);
    if (status != SV_OK)
        return status;
    if (seen.seen == REDIRECT_NOBODY) {
        *end = OAUTH_EXPIRED;
        return sv_fail(err, SV_DENIED, "no browser came back from %s in time", code->host);
    }
    return exchange(code, &seen, tokens, end, err);
}

enum sv_status oauth_code_paste(struct oauth_code *code, const char *address,
                                struct oauth_tokens *tokens, enum oauth_end *end,
                                struct sv_err *err)
{
    REDIRECT_OWNED struct redirect seen = {.seen = REDIRECT_NOBODY};
    *end = OAUTH_UNREACHABLE;
    enum sv_status status = redirect_read_address(address, code->state, &seen, err);
    if (status != SV_OK)
        return status;
    if (seen.seen != REDIRECT_CODE && seen.seen != REDIRECT_REFUSED) {
        *end = OAUTH_PENDING;
        return sv_fail(
            err, SV_USAGE,
            "that is not the address that this login ends with: %s; the right one begins "
            "with %s and has \"code=\" and \"state=\"",
            redirect_address_fault(address, code->state), code->redirect);
    }
    helper_clear(&code->run);
    return exchange(code, &seen, tokens, end, err);
}
