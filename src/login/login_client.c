/* SPDX-License-Identifier: ISC */
#include "login/login_client.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/session.h"
#include "cli/source.h"
#include "domain/provider.h"
#include "smtp/https.h"

#define CLIENT_ENDS "client-secret-expires"

/* Options that are a text of struct oauth_client. */
static const struct {
    const char *option;
    size_t offset, room;
    bool url;
} texts[] = {
#define TEXT(option, member, url)                                                                  \
    {                                                                                              \
        option, offsetof(struct oauth_client, member), sizeof(((struct oauth_client *)0)->member), \
            url                                                                                    \
    }
    TEXT("client-id", id, false),       TEXT("auth-url", auth_url, true),
    TEXT("token-url", token_url, true), TEXT("device-url", device_url, true),
    TEXT("scopes", scopes, false),
#undef TEXT
};
#define TEXTS (sizeof texts / sizeof texts[0])

static enum sv_status check_text(size_t i, const char *value, struct sv_err *err)
{
    struct https_place place;
    size_t len = strlen(value);
    if (len == 0 || len >= texts[i].room || text_has_control(value, len))
        return sv_fail(err, SV_USAGE, "--%s takes 1 to %zu bytes without control characters",
                       texts[i].option, texts[i].room - 1);
    if (texts[i].url && !https_url_split(value, &place))
        return sv_fail(err, SV_USAGE, "--%s takes an address that begins with https://",
                       texts[i].option);
    return SV_OK;
}

enum sv_status login_client_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *source = args_value(args, "client-secret-from");
    enum sv_status s = source != NULL ? source_check(cli, source, err) : SV_OK;
    for (size_t i = 0; s == SV_OK && i < TEXTS; i++) {
        const char *value = args_value(args, texts[i].option);
        if (value != NULL)
            s = check_text(i, value, err);
    }
    return s;
}

static char *place_of(struct oauth_client *c, size_t i)
{
    return (char *)c + texts[i].offset;
}

static void copy_text(char *dst, size_t room, const char *text)
{
    size_t len = text != NULL ? strnlen(text, room - 1) : 0;
    memset(dst, 0, room);
    if (len > 0)
        memcpy(dst, text, len);
}

/* What the provider's row knows, as far as nothing is there. */
static void fill_known(struct oauth_client *c, const struct provider *provider)
{
    const struct provider_oauth *known = provider != NULL ? provider->oauth : NULL;
    if (known == NULL)
        return;
    const struct {
        char *dst;
        size_t room;
        const char *text;
    } rows[] = {{c->auth_url, sizeof c->auth_url, known->auth_url},
                {c->token_url, sizeof c->token_url, known->token_url},
                {c->device_url, sizeof c->device_url, known->device_url},
                {c->scopes, sizeof c->scopes, known->scopes}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].dst[0] == '\0')
            copy_text(rows[i].dst, rows[i].room, rows[i].text);
}

/* ---- the client's id and secret ---- */

static enum sv_status drop_secret(struct oauth_grant *g)
{
    secret_free(g->client_secret);
    g->client_secret = NULL;
    return SV_OK;
}

static enum sv_status ask_id(struct cli *cli, struct oauth_grant *g, struct sv_err *err)
{
    SV_AUTOFREE char *answer = NULL;
    enum sv_status s = prompt_line(
        cli, "Client id (your own, from the provider's page for developers): ", &answer, err);
    if (s == SV_OK && (answer[0] == '\0' || strlen(answer) >= sizeof g->client.id))
        s = sv_fail(err, SV_USAGE, "a client id has 1 to %zu bytes", sizeof g->client.id - 1);
    if (s != SV_OK)
        return s;
    copy_text(g->client.id, sizeof g->client.id, answer);
    s = prompt_secret(cli, "Client secret (empty where there is none): ", OAUTH_CLIENT_SECRET_MAX,
                      &g->client_secret, err);
    return s == SV_OK && secret_len(g->client_secret) == 0 ? drop_secret(g) : s;
}

static enum sv_status fill_id(struct cli *cli, const struct args *args, struct oauth_grant *g,
                              struct sv_err *err)
{
    const char *source = args_value(args, "client-secret-from");
    if (g->client.id[0] == '\0' && source == NULL && prompt_possible(cli))
        return ask_id(cli, g, err);
    if (g->client.id[0] == '\0')
        return sv_fail(err, SV_USAGE,
                       "the client id is missing: make one at the provider (for a program on a "
                       "desktop) and give --client-id ID, and --client-secret-from SOURCE where "
                       "it has a secret");
    if (source == NULL)
        return SV_OK;
    const struct source_ask ask = {
        .what = "client secret", .question = "Client secret: ", .limit = OAUTH_CLIENT_SECRET_MAX};
    (void)drop_secret(g);
    return source_read(cli, source, &ask, &g->client_secret, err);
}

static enum sv_status fill_ca_file(const struct args *args, struct oauth_grant *g,
                                   struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    const char *given = args_value(args, "ca-file");
    if (given == NULL)
        return SV_OK;
    enum sv_status s = session_absolute(given, &path, err);
    if (s == SV_OK && strlen(path) >= sizeof g->client.ca_file)
        s = sv_fail(err, SV_USAGE, "the path of --ca-file is too long");
    if (s == SV_OK)
        copy_text(g->client.ca_file, sizeof g->client.ca_file, path);
    return s;
}

static enum sv_status check_urls(const struct args *args, const struct profile *p,
                                 const struct oauth_client *c, struct sv_err *err)
{
    bool device = args_flag(args, "device");
    if (c->token_url[0] == '\0')
        return sv_fail(err, SV_USAGE,
                       "where %s gives tokens is not known: give --auth-url URL, --token-url URL "
                       "and --scopes WORDS, as its documentation says",
                       p->provider != NULL ? p->provider : "this provider");
    if (device && c->device_url[0] == '\0')
        return sv_fail(err, SV_USAGE,
                       "the device flow of %s is not known: give --device-url URL, or leave "
                       "--device out",
                       p->provider != NULL ? p->provider : "this provider");
    if (!device && c->auth_url[0] == '\0')
        return sv_fail(err, SV_USAGE, "where a person agrees is not known: give --auth-url URL");
    return SV_OK;
}

/* ---- when the client's secret ends ---- */

static enum sv_status ask_end(struct cli *cli, struct profile *p, struct sv_err *err)
{
    for (int tries = ASK_TRIES;; tries--) {
        SV_AUTOFREE char *answer = NULL;
        enum sv_status s = prompt_text(
            cli,
            "Day on which that secret ends, such as 2027-06-30 (Enter alone: not known): ", &answer,
            err);
        if (s == SV_OK)
            s = profile_set(p, profile_field(CLIENT_ENDS), answer, err);
        if (s != SV_USAGE || tries == 1)
            return s;
        prompt_tell(cli, "%s", err->text);
    }
}

/* Of a new secret that somebody types they know when it ends; the day of the one before is none
 * of its own. */
static enum sv_status fill_end(struct cli *cli, const struct args *args, bool fresh,
                               const struct oauth_grant *g, struct profile *p, struct sv_err *err)
{
    const char *source = args_value(args, "client-secret-from");
    bool typed = source == NULL || strcmp(source, "tty") == 0;
    int64_t before = p->client_ends;
    if (args_flag(args, CLIENT_ENDS)) {
        if (p->client_ends != 0 && g->client_secret == NULL)
            return sv_fail(err, SV_USAGE,
                           "--" CLIENT_ENDS " says when a client secret ends, and this client has "
                           "none: give it with --client-secret-from SOURCE");
        return SV_OK;
    }
    if (!fresh && g->client_secret != NULL)
        return SV_OK;
    p->client_ends = 0;
    if (g->client_secret != NULL && typed && prompt_possible(cli))
        return ask_end(cli, p, err);
    if (before != 0)
        print_note(cli, "the day on which the client secret before ended is forgotten%s",
                   g->client_secret != NULL ? "; --" CLIENT_ENDS " says when the new one does"
                                            : "");
    return SV_OK;
}

enum sv_status login_client_fill(struct cli *cli, const struct args *args, struct profile *p,
                                 struct oauth_grant *g, struct sv_err *err)
{
    const struct provider *provider = provider_named(p);
    const char *id = args_value(args, "client-id");
    if (id != NULL && strcmp(id, g->client.id) != 0)
        (void)drop_secret(g);
    for (size_t i = 0; i < TEXTS; i++) {
        const char *value = args_value(args, texts[i].option);
        if (value != NULL)
            copy_text(place_of(&g->client, i), texts[i].room, value);
    }
    fill_known(&g->client, provider);
    enum sv_status s = fill_ca_file(args, g, err);
    if (s == SV_OK)
        s = check_urls(args, p, &g->client, err);
    bool fresh = g->client_secret == NULL || args_flag(args, "client-secret-from");
    if (s == SV_OK)
        s = fill_id(cli, args, g, err);
    if (s == SV_OK)
        s = fill_end(cli, args, fresh, g, p, err);
    g->client.secret = g->client_secret;
    return s;
}
