/* SPDX-License-Identifier: ISC */
/*
 * login: a login by OAuth2. A person agrees, in a browser here or on another device; what
 * comes is stored as the profile's secret, and its access tokens are renewed from then on.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/profile_args.h"
#include "cli/prompt.h"
#include "cli/self.h"
#include "cli/session.h"
#include "domain/login.h"
#include "domain/provider.h"
#include "domain/vault_oauth.h"
#include "domain/vault_remote.h"
#include "login/login_client.h"

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *port = args_value(args, "redirect-port");
    uint64_t n;
    enum sv_status s = profile_check_name(args_word(args, 0), err);
    if (s == SV_OK)
        s = profile_args_check(cli, args, err);
    if (s == SV_OK)
        s = login_client_check(cli, args, err);
    if (s == SV_OK && args_flag(args, "device") && args_flag(args, "paste"))
        s = sv_fail(err, SV_USAGE, "--device and --paste exclude each other");
    if (s == SV_OK && port != NULL && !text_parse_u64(port, 1, UINT16_MAX, &n))
        s = sv_fail(err, SV_USAGE, "--redirect-port takes a port from 1 to 65535");
    return s;
}

/* ---- the person agrees ---- */

#define URL_SHOWN_MAX 8192

/* An address that has to be copied stands alone and whole, --quiet or not. */
static void show_address(const struct cli *cli, const char *what, const char *url)
{
    char shown[URL_SHOWN_MAX];
    print_note(cli, "%s", what);
    fprintf(stderr, "%s\n", text_printable(shown, sizeof shown, url, strlen(url)));
    fflush(stderr);
}

static enum sv_status paste_once(struct cli *cli, struct oauth_code *code,
                                 struct oauth_tokens *tokens, enum oauth_end *end,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *address = NULL; /* it holds the code */
    enum sv_status s = prompt_visible(cli, "Address: ", PROMPT_LINE_MAX - 1, &address, err);
    if (s == SV_OK)
        s = secret_append(address, "", 1, err);
    return s == SV_OK ? oauth_code_paste(code, (const char *)secret_peek(address), tokens, end, err)
                      : s;
}

/* Another address is asked for only where this one was no answer: the provider's ends it. */
static enum sv_status paste(struct cli *cli, struct oauth_code *code, struct oauth_tokens *tokens,
                            enum oauth_end *end, struct sv_err *err)
{
    show_address(cli,
                 "open this in a browser, anywhere; the page that it ends at will not be found, "
                 "and its address is what is wanted here:",
                 oauth_code_url(code));
    for (int tries = ASK_TRIES;; tries--) {
        enum sv_status s = paste_once(cli, code, tokens, end, err);
        if (s != SV_USAGE || *end != OAUTH_PENDING || tries == 1)
            return s;
        prompt_tell(cli, "%s", err->text);
        prompt_forget(cli);
    }
}

static enum sv_status by_browser(struct cli *cli, const struct args *args, const char *helper,
                                 const struct oauth_client *client, const struct profile *p,
                                 struct oauth_tokens *tokens, struct sv_err *err)
{
    OAUTH_CODE_OWNED struct oauth_code *code = NULL;
    const char *port = args_value(args, "redirect-port");
    struct oauth_code_how how = {.hint = p->username};
    enum oauth_end end;
    uint64_t n = 0;
    if (port != NULL && text_parse_u64(port, 1, UINT16_MAX, &n))
        how.port = (uint16_t)n;
    enum sv_status s = oauth_code_begin(helper, client, &how, &code, &end, err);
    if (s != SV_OK)
        return s;
    if (args_flag(args, "paste"))
        return paste(cli, code, tokens, &end, err);
    show_address(cli, "open this in a browser on this machine, and agree:", oauth_code_url(code));
    return oauth_code_finish(code, tokens, &end, err);
}

static enum sv_status by_device(struct cli *cli, const char *helper,
                                const struct oauth_client *client, struct oauth_tokens *tokens,
                                struct sv_err *err)
{
    OAUTH_DEVICE_OWNED struct oauth_device device = {.interval = 0};
    char shown[4 * sizeof device.user_code], what[4 * sizeof device.user_code + 80];
    enum oauth_end end;
    enum sv_status s = oauth_device_begin(helper, client, &device, &end, err);
    if (s != SV_OK)
        return s;
    text_printable(shown, sizeof shown, device.user_code, strlen(device.user_code));
    (void)snprintf(what, sizeof what, "open this on any device, and enter the code %s:", shown);
    show_address(cli, what, device.url);
    return oauth_device_wait(helper, client, &device, tokens, &end, err);
}

static enum sv_status agree(struct cli *cli, const struct args *args, const char *helper,
                            const struct oauth_client *client, const struct profile *p,
                            struct oauth_tokens *tokens, struct sv_err *err)
{
    if (cli->no_input)
        return sv_fail(err, SV_LOCKED,
                       "there is %s, and a login needs somebody who agrees in a browser: run "
                       "\"smtpvault login %s\" without it, with --device or --paste where the "
                       "browser is elsewhere",
                       ask_nobody(cli), NAME_TYPED(p->name));
    return args_flag(args, "device") ? by_device(cli, helper, client, tokens, err)
                                     : by_browser(cli, args, helper, client, p, tokens, err);
}

/* ---- the profile ---- */

/* The mechanism is said, since other programs choose by it. */
static void choose_mechanism(struct profile *p)
{
    const struct provider *provider = provider_named(p);
    const char *offered = provider != NULL ? provider->mechanisms : NULL;
    bool bearer = offered != NULL && strstr(offered, "XOAUTH2") == NULL &&
                  strstr(offered, "OAUTHBEARER") != NULL;
    if (!login_is_oauth(p))
        p->auth = bearer ? AUTH_OAUTHBEARER : AUTH_XOAUTH2;
    p->kind = KIND_OAUTH2;
}

/* The one that is there, or a new one, with the options applied. */
static enum sv_status profile_find_or_make(struct cli *cli, const struct args *args,
                                           struct profile *p, struct sv_err *err)
{
    struct sv_err aside = {""};
    enum sv_status s = vault_find(cli->vault, args_word(args, 0), p, &aside);
    bool was_clear = s == SV_OK && p->tls == TLS_NONE;
    if (s == SV_MISSING)
        s = profile_set(p, profile_field("name"), args_word(args, 0), err);
    else if (s != SV_OK)
        return sv_fail(err, s, "%s", aside.text);
    if (s == SV_OK)
        s = profile_args_apply(p, args, err);
    if (s != SV_OK)
        return s;
    profile_infer(p);
    choose_mechanism(p);
    if (p->username == NULL || p->username[0] == '\0')
        return sv_fail(err, SV_USAGE, "the user name is missing: give --username USER");
    return profile_check(p, args_flag(args, "insecure") || was_clear, err);
}

/* An agent gives nobody a client's secret, so what the login before had needs our own keys. */
static enum sv_status client_before(struct cli *cli, const struct args *args,
                                    const struct profile *p, struct oauth_grant *g,
                                    struct sv_err *err)
{
    if (p->version == 0 || p->authorized == 0 || args_flag(args, "client-id"))
        return SV_OK;
    enum sv_status s = vault_is_far(cli->vault) ? session_ensure_own(cli, true, true, err) : SV_OK;
    if (s == SV_OK)
        s = vault_login_client(cli->vault, p->name, g, err);
    if (s == SV_MISSING)
        sv_err_clear(err);
    return s == SV_MISSING ? SV_OK : s;
}

/* ---- storing ---- */

static enum sv_status take_refresh(struct oauth_grant *g, struct oauth_tokens *tokens,
                                   struct sv_err *err)
{
    if (tokens->refresh == NULL)
        return sv_fail(err, SV_DATA,
                       "the provider gave an access token and no refresh token, so the login "
                       "would end with it: ask for what its documentation calls offline access "
                       "(--scopes)");
    g->refresh = tokens->refresh;
    tokens->refresh = NULL;
    g->made = g->renewed = env_now();
    return SV_OK;
}

/* Somebody may have changed the profile while a person was agreeing: once more with that. */
static enum sv_status store(struct cli *cli, const struct args *args, struct profile *p,
                            const struct oauth_grant *g, const struct oauth_tokens *tokens,
                            struct sv_err *err)
{
    enum sv_status s = vault_login(cli->vault, p, g, tokens, err);
    if (s != SV_LOCKED && s != SV_EXISTS)
        return s;
    PROFILE_OWNED struct profile now = {.name = NULL};
    s = profile_find_or_make(cli, args, &now, err);
    now.client_ends = p->client_ends;
    return s == SV_OK ? vault_login(cli->vault, &now, g, tokens, err) : s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    OAUTH_GRANT_OWNED struct oauth_grant g = {0};
    OAUTH_TOKENS_OWNED struct oauth_tokens tokens = {0};
    SV_AUTOFREE char *helper = NULL;
    enum sv_status s = self_helper(&helper, err);
    if (s == SV_OK)
        s = profile_find_or_make(cli, args, &p, err);
    if (s == SV_OK)
        s = client_before(cli, args, &p, &g, err);
    if (s == SV_OK)
        s = login_client_fill(cli, args, &p, &g, err);
    if (s == SV_OK)
        s = agree(cli, args, helper, &g.client, &p, &tokens, err);
    if (s == SV_OK)
        s = take_refresh(&g, &tokens, err);
    if (s == SV_OK)
        s = store(cli, args, &p, &g, &tokens, err);
    if (s != SV_OK)
        return s;
    print_note(cli, "logged in %s: its access tokens are renewed from here on", NAME_SHOWN(p.name));
    return SV_OK;
}

static const struct option_spec options[] = {
    {"device", 0, NULL, COMPLETES_NOTHING, "agree on another device, by a code", false},
    {"paste", 0, NULL, COMPLETES_NOTHING, "agree in a browser elsewhere, and paste the address",
     false},
    {"redirect-port", 0, "N", COMPLETES_NOTHING, "where the browser comes back to; any", false},
    LOGIN_CLIENT_OPTIONS,
#define FIELD PROFILE_OPTION
#include "domain/fields.def"
#undef FIELD
    {"tag", 0, "TAG", COMPLETES_NOTHING, "a word to group profiles by", true},
    {"insecure", 0, NULL, COMPLETES_NOTHING, "allow --tls none", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault login work --username ann@gmail.com --client-id ID",
    "smtpvault login work",
    "smtpvault login server --device",
    NULL,
};
const struct command cmd_login = {
    .name = "login",
    .group = "mail",
    .args = "NAME",
    .summary = "log in by OAuth2, where a provider has left passwords",
    .flags = CMD_UNLOCKED | CMD_MUTATES | CMD_NETWORK,
    .min_args = 1,
    .max_args = 1,
    .completes = COMPLETES_PROFILE,
    .options = options,
    .examples = examples,
    .help = "Shows an address to open in a browser, waits until somebody has agreed there, and "
            "stores the login; a profile that is not there yet is made of the options that add "
            "takes. The client id is your own: make one at the provider, for a program on a "
            "desktop. From then on get, exec and all others give an access token that lasts, "
            "renewed when it has to be. A login that the provider ended is made anew by the "
            "same command.",
    .check = check,
    .run = run,
};
