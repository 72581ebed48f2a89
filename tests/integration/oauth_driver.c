/* SPDX-License-Identifier: ISC */
/*
 * oauth_driver: smtp/https.h and smtp/oauth.h from a shell script, without a vault.
 *
 *     oauth_driver HELPER get URL [ca=FILE] [max=BYTES] [total=MS]
 *     oauth_driver HELPER refresh TOKEN-URL [OPTION=VALUE]...     the token: standard input
 *     oauth_driver HELPER code TOKEN-URL auth=URL [OPTION=VALUE]...
 *     oauth_driver HELPER paste TOKEN-URL auth=URL [OPTION=VALUE]... the address: standard input
 *     oauth_driver HELPER device TOKEN-URL device=URL [OPTION=VALUE]...
 *
 * prints what came, one "member value" a line, or "status N" and the message. Options:
 * ca=FILE id=ID secret=WORD scopes=WORDS hint=ADDRESS port=N wait=MS. Tokens of a test are no
 * secrets: they are printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/file.h"
#include "smtp/https.h"
#include "smtp/oauth.h"

struct options {
    struct oauth_client client;
    struct secret *client_secret;
    char hint[256];
    struct oauth_code_how how;
    size_t max;
    uint32_t total_ms;
};

static const char *const ends[] = {
    "granted", "pending",      "slow-down",   "denied",       "expired",
    "invalid", "client-wrong", "unreachable", "answer-wrong",
};

static bool take(const char *option, const char *name, char *dst, size_t capacity)
{
    size_t len = strlen(name);
    if (strncmp(option, name, len) != 0 || option[len] != '=')
        return false;
    snprintf(dst, capacity, "%s", option + len + 1);
    return true;
}

static void read_options(struct options *o, char **words)
{
    char text[1024];
    snprintf(o->client.id, sizeof(o->client.id), "test-client");
    for (; *words != NULL; words++) {
        if (take(*words, "ca", o->client.ca_file, sizeof(o->client.ca_file)) ||
            take(*words, "id", o->client.id, sizeof(o->client.id)) ||
            take(*words, "scopes", o->client.scopes, sizeof(o->client.scopes)) ||
            take(*words, "auth", o->client.auth_url, sizeof(o->client.auth_url)) ||
            take(*words, "device", o->client.device_url, sizeof(o->client.device_url)))
            continue;
        if (take(*words, "secret", text, sizeof(text))) {
            if (secret_copy(&o->client_secret, text, strlen(text), NULL) != SV_OK)
                exit(70);
            o->client.secret = o->client_secret;
        } else if (take(*words, "max", text, sizeof(text))) {
            o->max = strtoul(text, NULL, 10);
        } else if (take(*words, "hint", o->hint, sizeof(o->hint))) {
            o->how.hint = o->hint;
        } else if (take(*words, "port", text, sizeof(text))) {
            o->how.port = (uint16_t)strtoul(text, NULL, 10);
        } else if (take(*words, "wait", text, sizeof(text))) {
            o->how.wait_ms = (uint32_t)strtoul(text, NULL, 10);
        } else if (take(*words, "total", text, sizeof(text))) {
            o->total_ms = (uint32_t)strtoul(text, NULL, 10);
        } else {
            exit(64);
        }
    }
}

static void print_secret(const char *name, const struct secret *secret)
{
    if (secret == NULL)
        printf("%s -\n", name);
    else
        printf("%s %.*s\n", name, (int)secret_len(secret), (const char *)secret_peek(secret));
}

static enum sv_status tell(enum sv_status status, enum oauth_end end, const struct sv_err *err)
{
    printf("end %s\nstatus %d\n", ends[end], (int)status);
    if (status != SV_OK)
        printf("message %s\n", err->text);
    return status;
}

static enum sv_status tell_tokens(enum sv_status status, enum oauth_end end,
                                  const struct oauth_tokens *tokens, const struct sv_err *err)
{
    if (tell(status, end, err) != SV_OK)
        return status;
    print_secret("access", tokens->access);
    print_secret("refresh", tokens->refresh);
    printf("seconds %lld\nscope %s\n", (long long)(tokens->expires - env_now()), tokens->scope);
    return status;
}

static enum sv_status run_get(const char *helper, const char *url, const struct options *o,
                              struct sv_err *err)
{
    HTTPS_ANSWER_OWNED struct https_answer answer = {.body = NULL};
    struct https_request request = {.max = o->max, .total_ms = o->total_ms};
    snprintf(request.url, sizeof(request.url), "%s", url);
    snprintf(request.ca_file, sizeof(request.ca_file), "%s", o->client.ca_file);
    enum sv_status status = https_ask(helper, &request, &answer, err);
    printf("status %d\n", (int)status);
    if (status != SV_OK) {
        printf("message %s\n", err->text);
        return status;
    }
    printf("http %d\ntype %s\nbytes %zu\n", answer.status, answer.content_type,
           secret_len(answer.body));
    if (secret_len(answer.body) < 1000)
        print_secret("body", answer.body);
    return status;
}

static enum sv_status run_refresh(const char *helper, struct options *o, struct sv_err *err)
{
    OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {.access = NULL};
    SECRET_OWNED struct secret *refresh = NULL;
    enum oauth_end end = OAUTH_UNREACHABLE;
    enum sv_status status = file_drain_secret(STDIN_FILENO, 16384, "standard input", &refresh, err);
    if (status != SV_OK)
        return status;
    status = oauth_refresh(helper, &o->client, refresh, &tokens, &end, err);
    return tell_tokens(status, end, &tokens, err);
}

static enum sv_status run_code(const char *helper, bool pasted, struct options *o,
                               struct sv_err *err)
{
    OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {.access = NULL};
    OAUTH_CODE_OWNED struct oauth_code *code = NULL;
    enum oauth_end end = OAUTH_UNREACHABLE;
    char address[4096];
    enum sv_status status = oauth_code_begin(helper, &o->client, &o->how, &code, &end, err);
    if (status != SV_OK)
        return tell(status, end, err);
    printf("%s\n", oauth_code_url(code));
    fflush(stdout);
    if (!pasted)
        status = oauth_code_finish(code, &tokens, &end, err);
    else if (fgets(address, sizeof(address), stdin) != NULL)
        status = oauth_code_paste(code, address, &tokens, &end, err);
    return tell_tokens(status, end, &tokens, err);
}

static enum sv_status run_device(const char *helper, struct options *o, struct sv_err *err)
{
    OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {.access = NULL};
    OAUTH_DEVICE_OWNED struct oauth_device device = {.code = NULL};
    enum oauth_end end = OAUTH_UNREACHABLE;
    enum sv_status status = oauth_device_begin(helper, &o->client, &device, &end, err);
    if (status != SV_OK)
        return tell(status, end, err);
    printf("%s %s\ncomplete %s\nseconds %lld\ninterval %u\n", device.user_code, device.url,
           device.url_with_code, (long long)(device.expires - env_now()), device.interval);
    fflush(stdout);
    if (o->how.wait_ms != 0)
        device.expires = env_now() + o->how.wait_ms / 1000;
    status = oauth_device_wait(helper, &o->client, &device, &tokens, &end, err);
    printf("interval %u\n", device.interval);
    return tell_tokens(status, end, &tokens, err);
}

int main(int argc, char **argv)
{
    struct sv_err err = {0};
    struct options o = {.max = 0};
    if (argc < 4)
        return 64;
    snprintf(o.client.token_url, sizeof(o.client.token_url), "%s", argv[3]);
    read_options(&o, argv + 4);
    enum sv_status status = secret_process_harden(&err);
    if (status == SV_OK && strcmp(argv[2], "get") == 0)
        status = run_get(argv[1], argv[3], &o, &err);
    else if (status == SV_OK && strcmp(argv[2], "refresh") == 0)
        status = run_refresh(argv[1], &o, &err);
    else if (status == SV_OK && (strcmp(argv[2], "code") == 0 || strcmp(argv[2], "paste") == 0))
        status = run_code(argv[1], argv[2][0] == 'p', &o, &err);
    else if (status == SV_OK && strcmp(argv[2], "device") == 0)
        status = run_device(argv[1], &o, &err);
    else
        status = SV_USAGE;
    secret_free(o.client_secret);
    return (int)status;
}
