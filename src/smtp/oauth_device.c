/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/env.h"
#include "base/json_tree.h"
#include "base/text.h"
#include "smtp/oauth_ask.h"
#include "smtp/oauth_form.h"

#define GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define CODE_MAX 2048
#define EXPIRES_MAX 86400
#define INTERVAL 5 /* RFC 8628 sections 3.2 and 3.5: when none is told, and what is added */
#define INTERVAL_MAX 300
#define ROOT 1U

void oauth_device_clear(struct oauth_device *device)
{
    secret_free(device->code);
    device->code = NULL;
}

/* Shown to a person, who opens it: no other scheme, nothing that a terminal obeys. */
static bool take_url(const struct json_tree *tree, const char *name, char *dst, size_t capacity)
{
    struct https_place place;
    return json_tree_text(tree, json_tree_find(tree, ROOT, name), dst, capacity) &&
           https_url_split(dst, &place);
}

static enum sv_status read_device(const struct json_tree *tree, int64_t now, struct oauth_device *d,
                                  const char **why, struct sv_err *err)
{
    int64_t seconds = 0, interval = 0;
    bool valid = false;
    enum sv_status status =
        oauth_answer_token(tree, "device_code", ' ', CODE_MAX, &d->code, &valid, err);
    if (status != SV_OK)
        return status;
    if (d->code == NULL)
        *why = "it holds no device code";
    else if (!json_tree_text(tree, json_tree_find(tree, ROOT, "user_code"), d->user_code,
                             sizeof(d->user_code)) ||
             d->user_code[0] == '\0' || !text_is_visible(d->user_code, ' '))
        *why = "it holds no code that a person can type";
    else if (!take_url(tree, "verification_uri", d->url, sizeof(d->url)) &&
             !take_url(tree, "verification_url", d->url, sizeof(d->url))) /* Google's spelling */
        *why = "it holds no address to open that begins with https://";
    else if (!oauth_answer_seconds(tree, "expires_in", EXPIRES_MAX, 0, &seconds) || seconds == 0)
        *why = "the time for which its code is good makes no sense";
    else if (!oauth_answer_seconds(tree, "interval", INTERVAL_MAX, INTERVAL, &interval))
        *why = "the time between two questions makes no sense";
    if (!take_url(tree, "verification_uri_complete", d->url_with_code, sizeof(d->url_with_code)))
        d->url_with_code[0] = '\0';
    d->expires = now + seconds;
    d->interval = (uint32_t)interval;
    return SV_OK;
}

enum sv_status oauth_answer_device(const struct https_answer *answer,
                                   const struct oauth_asked *asked, struct oauth_device *device,
                                   enum oauth_end *end, struct sv_err *err)
{
    JSON_TREE_OWNED struct json_tree tree = {.bytes = NULL};
    OAUTH_DEVICE_OWNED struct oauth_device d = {.code = NULL};
    const char *why = NULL;
    *end = OAUTH_GRANTED; /* until something else is known */
    enum sv_status status = oauth_answer_open(answer, asked, &tree, end, err);
    if (status != SV_OK)
        return status;
    if (*end != OAUTH_GRANTED)
        return oauth_answer_wrong(asked, "it tells to wait before anything was begun", end, err);
    status = read_device(&tree, asked->now, &d, &why, err);
    if (status == SV_OK && why != NULL)
        return oauth_answer_wrong(asked, why, end, err);
    *end = status == SV_OK ? OAUTH_PENDING : OAUTH_UNREACHABLE;
    if (status == SV_OK) {
        *device = d;
        d.code = NULL;
    }
    return status;
}

enum sv_status oauth_device_begin(const char *helper, const struct oauth_client *client,
                                  struct oauth_device *device, enum oauth_end *end,
                                  struct sv_err *err)
{
    OAUTH_ASK_OWNED struct oauth_ask ask = {.form = NULL};
    HTTPS_ANSWER_OWNED struct https_answer answer = {.body = NULL};
    enum sv_status status = oauth_ask_begin(&ask, client, client->device_url, end, err);
    if (status != SV_OK)
        return status;
    const struct oauth_asked asked = {
        .host = ask.place.host, .client_secret = client->secret, .now = env_now()};
    oauth_form_put(&ask.w, "scope", client->scopes);
    status = oauth_ask_send(&ask, helper, &answer, end, err);
    return status == SV_OK ? oauth_answer_device(&answer, &asked, device, end, err) : status;
}

enum sv_status oauth_device_poll(const char *helper, const struct oauth_client *client,
                                 struct oauth_device *device, struct oauth_tokens *tokens,
                                 enum oauth_end *end, struct sv_err *err)
{
    OAUTH_ASK_OWNED struct oauth_ask ask = {.may_wait = true};
    enum sv_status status = oauth_ask_begin(&ask, client, client->token_url, end, err);
    if (status != SV_OK)
        return status;
    oauth_form_put(&ask.w, "grant_type", GRANT);
    oauth_form_put_secret(&ask.w, "device_code", device->code);
    status = oauth_ask_tokens(&ask, helper, device->code, tokens, end, err);
    if (*end == OAUTH_SLOW_DOWN && device->interval < INTERVAL_MAX)
        device->interval += INTERVAL;
    /* RFC 8628 section 3.5: whoever does not answer is asked less and less often. */
    if (*end == OAUTH_UNREACHABLE && device->interval < INTERVAL_MAX / 2)
        device->interval *= 2;
    return status;
}

static void wait_seconds(uint32_t seconds)
{
    struct timespec left = {.tv_sec = seconds};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

enum sv_status oauth_device_wait(const char *helper, const struct oauth_client *client,
                                 struct oauth_device *device, struct oauth_tokens *tokens,
                                 enum oauth_end *end, struct sv_err *err)
{
    for (;;) {
        if (env_now() + device->interval >= device->expires) {
            *end = OAUTH_EXPIRED;
            return sv_fail(err, SV_DENIED, "nobody agreed in time: the code %s is good no longer",
                           device->user_code);
        }
        wait_seconds(device->interval);
        enum sv_status status = oauth_device_poll(helper, client, device, tokens, end, err);
        if (*end != OAUTH_PENDING && *end != OAUTH_SLOW_DOWN && *end != OAUTH_UNREACHABLE)
            return status;
        if (*end == OAUTH_UNREACHABLE && status != SV_UNREACHABLE)
            return status; /* this machine's own trouble */
        sv_err_clear(err);
    }
}
