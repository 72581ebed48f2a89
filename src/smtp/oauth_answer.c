/* SPDX-License-Identifier: ISC */
#include "smtp/oauth_answer.h"

#include <stdio.h>
#include <string.h>

#include "base/json_tree.h"
#include "base/text.h"
#include "smtp/scrub.h"

#define ROOT 1U

/* X(code, end, words) */
#define ERROR_LIST(X)                                                                          \
    X("invalid_grant", OAUTH_INVALID_GRANT,                                                    \
      "what was agreed to holds no longer: it was withdrawn or has expired, or the account's " \
      "password was changed")                                                                  \
    X("invalid_client", OAUTH_CLIENT_WRONG,                                                    \
      "it does not know this client id, or the client secret is wrong, missing or expired")    \
    X("unauthorized_client", OAUTH_CLIENT_WRONG,                                               \
      "this client id may not log in this way; its registration must allow it")                \
    X("unsupported_grant_type", OAUTH_CLIENT_WRONG, "it has no such way to log in")            \
    X("unsupported_response_type", OAUTH_CLIENT_WRONG, "it has no such way to log in")         \
    X("invalid_scope", OAUTH_CLIENT_WRONG,                                                     \
      "it does not give what was asked for; check the scopes")                                 \
    X("invalid_request", OAUTH_CLIENT_WRONG,                                                   \
      "it does not take the request; check the client id, whether it needs a client secret, "  \
      "and the redirect address of its registration")                                          \
    X("invalid_target", OAUTH_CLIENT_WRONG, "it has no such service; check the scopes")        \
    X("access_denied", OAUTH_DENIED, "somebody said no")                                       \
    X("interaction_required", OAUTH_DENIED, "it wants to see you in a browser again")          \
    X("login_required", OAUTH_DENIED, "it wants to see you in a browser again")                \
    X("consent_required", OAUTH_DENIED, "it wants to see you in a browser again")              \
    X("expired_token", OAUTH_EXPIRED, "nobody agreed in time")                                 \
    X("authorization_pending", OAUTH_PENDING, "")                                              \
    X("slow_down", OAUTH_SLOW_DOWN, "")                                                        \
    X("server_error", OAUTH_UNREACHABLE, "it has a fault of its own; try again later")         \
    X("temporarily_unavailable", OAUTH_UNREACHABLE, "it is busy; try again later")

static enum sv_status status_of(enum oauth_end end)
{
    switch (end) {
    case OAUTH_GRANTED:
    case OAUTH_PENDING:
    case OAUTH_SLOW_DOWN:
        return SV_OK;
    case OAUTH_DENIED:
    case OAUTH_EXPIRED:
    case OAUTH_INVALID_GRANT:
        return SV_DENIED;
    case OAUTH_CLIENT_WRONG:
        return SV_CONFIG;
    case OAUTH_UNREACHABLE:
        return SV_UNREACHABLE;
    case OAUTH_ANSWER_WRONG:
        break;
    }
    return SV_DATA;
}

void oauth_tokens_clear(struct oauth_tokens *tokens)
{
    secret_free(tokens->access);
    secret_free(tokens->refresh);
    tokens->access = tokens->refresh = NULL;
}

enum sv_status oauth_answer_wrong(const struct oauth_asked *asked, const char *why,
                                  enum oauth_end *end, struct sv_err *err)
{
    *end = OAUTH_ANSWER_WRONG;
    return sv_fail(err, SV_DATA, "%.255s gives an answer that is none: %s", asked->host, why);
}

/* ---- errors ---- */

static bool repeats(const char *text, const struct secret *secret)
{
    return secret != NULL && scrub_repeats_secret(text, "", secret);
}

static void say_words(char *dst, size_t capacity, const char *words,
                      const struct oauth_asked *asked)
{
    if (repeats(words, asked->grant) || repeats(words, asked->client_secret))
        snprintf(dst, capacity, "(withheld: its answer repeats a secret)");
    else
        scrub_text(dst, capacity, words, "");
}

enum sv_status oauth_answer_error(const char *code, const char *description,
                                  const struct oauth_asked *asked, enum oauth_end *end,
                                  struct sv_err *err)
{
    static const struct {
        const char *code, *words;
        enum oauth_end end;
    } rows[] = {
#define X(name, outcome, text) {.code = name, .words = text, .end = outcome},
        ERROR_LIST(X)
#undef X
    };
    char shown[64], told[320];
    say_words(shown, sizeof(shown), code, asked);
    say_words(told, sizeof(told), description, asked);
    const char *between = told[0] == '\0' ? "" : ": ";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].code, code) != 0)
            continue;
        *end = rows[i].end;
        enum sv_status status = status_of(*end);
        if (status == SV_OK)
            return SV_OK;
        return sv_fail(err, status, "%.200s refuses: %s (%s%s%s)", asked->host, rows[i].words,
                       shown, between, told);
    }
    *end = OAUTH_ANSWER_WRONG;
    return sv_fail(err, SV_DATA, "%.200s refuses for a reason that is not known (%s%s%s)",
                   asked->host, shown, between, told);
}

static enum sv_status take_error(const struct json_tree *tree, int http,
                                 const struct oauth_asked *asked, enum oauth_end *end,
                                 struct sv_err *err)
{
    char code[64], description[512] = "", why[64];
    if (!json_tree_text(tree, json_tree_find(tree, ROOT, "error"), code, sizeof(code))) {
        snprintf(why, sizeof(why), "status %d without a reason that OAuth2 knows", http);
        return oauth_answer_wrong(asked, why, end, err);
    }
    if (!json_tree_text(tree, json_tree_find(tree, ROOT, "error_description"), description,
                        sizeof(description)))
        description[0] = '\0'; /* absent, or too long to be worth it */
    return oauth_answer_error(code, description, asked, end, err);
}

/* ---- any answer ---- */

/* "application/json; charset=utf-8", "application/problem+json"; unsaid passes. */
static bool is_json_type(const char *type)
{
    char word[64];
    size_t len = strcspn(type, "; ");
    if (len == 0)
        return true;
    snprintf(word, sizeof(word), "%.*s", (int)len, type);
    return len >= 4 && text_equal_nocase(word + strlen(word) - 4, "json");
}

static bool is_for_later(int http)
{
    return http >= 500 || http == 408 || http == 425 || http == 429;
}

enum sv_status oauth_answer_open(const struct https_answer *answer, const struct oauth_asked *asked,
                                 struct json_tree *tree, enum oauth_end *end, struct sv_err *err)
{
    char why[160], type[64];
    if (is_for_later(answer->status)) {
        *end = OAUTH_UNREACHABLE;
        return sv_fail(err, SV_UNREACHABLE, "%.255s answers with status %d; try again later",
                       asked->host, answer->status);
    }
    if (answer->status >= 300 && answer->status < 400)
        return oauth_answer_wrong(
            asked, "it redirects, which is not followed with a secret; mend its address", end, err);
    if (!is_json_type(answer->content_type)) {
        say_words(type, sizeof(type), answer->content_type, asked);
        snprintf(why, sizeof(why), "it is %s, status %d, and no JSON", type, answer->status);
        return oauth_answer_wrong(asked, why, end, err);
    }
    if (json_tree_parse(tree, secret_peek(answer->body), secret_len(answer->body), "the answer",
                        NULL) != SV_OK ||
        json_tree_type(tree, ROOT) != JSON_TREE_OBJECT)
        return oauth_answer_wrong(asked, "it is not the JSON that OAuth2 has", end, err);
    if (answer->status >= 400)
        return take_error(tree, answer->status, asked, end, err);
    if (json_tree_find(tree, ROOT, "error") != 0)
        return oauth_answer_wrong(asked, "it is an error told as a success", end, err);
    return SV_OK;
}

bool oauth_answer_seconds(const struct json_tree *tree, const char *name, int64_t most,
                          int64_t otherwise, int64_t *out)
{
    char digits[24];
    uint64_t value = 0;
    uint32_t node = json_tree_find(tree, ROOT, name);
    if (node == 0 || json_tree_type(tree, node) == JSON_TREE_NULL) {
        *out = otherwise;
        return true;
    }
    if (json_tree_int(tree, node, 1, most, out))
        return true;
    if (!json_tree_text(tree, node, digits, sizeof(digits)) ||
        !text_parse_u64(digits, 1, (uint64_t)most, &value))
        return false;
    *out = (int64_t)value;
    return true;
}

/* ---- tokens ---- */

enum sv_status oauth_answer_token(const struct json_tree *tree, const char *name, char least,
                                  size_t max, struct secret **out, bool *valid, struct sv_err *err)
{
    SECRET_OWNED struct secret *token = NULL;
    uint32_t node = json_tree_find(tree, ROOT, name);
    *valid = node == 0 || json_tree_type(tree, node) == JSON_TREE_NULL;
    if (*valid)
        return SV_OK;
    enum sv_status status = secret_new(&token, max + 1, err);
    if (status != SV_OK)
        return status;
    char *text = (char *)secret_poke(token);
    *valid = json_tree_text(tree, node, text, max + 1) && text_is_visible(text, least);
    if (!*valid || text[0] == '\0')
        return SV_OK;
    secret_set_len(token, strlen(text));
    *out = token;
    token = NULL;
    return SV_OK;
}

/* No RFC has it: Microsoft and Google say refresh_token_expires_in, Keycloak refresh_expires_in,
 * with 0 for never. What makes no sense counts as not told: the login itself is good. */
static void take_refresh_end(const struct json_tree *tree, int64_t now, struct oauth_tokens *t)
{
    static const char *const names[] = {"refresh_token_expires_in", "refresh_expires_in"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char digits[24];
        uint64_t told = 0;
        int64_t seconds = 0;
        uint32_t node = json_tree_find(tree, ROOT, names[i]);
        if (json_tree_text(tree, node, digits, sizeof(digits)) &&
            text_parse_u64(digits, 0, OAUTH_SECONDS_MAX, &told))
            seconds = (int64_t)told;
        else if (!json_tree_int(tree, node, 0, OAUTH_SECONDS_MAX, &seconds))
            continue;
        t->refresh_ends = seconds == 0 ? OAUTH_ENDLESS : now + seconds;
        return;
    }
}

static void take_scope(const struct json_tree *tree, struct oauth_tokens *t)
{
    uint32_t node = json_tree_find(tree, ROOT, "scope");
    if (!json_tree_text(tree, node, t->scope, sizeof(t->scope)) ||
        text_has_control(t->scope, strlen(t->scope)))
        t->scope[0] = '\0';
}

static enum sv_status read_tokens(const struct json_tree *tree, int64_t now, struct oauth_tokens *t,
                                  const char **why, struct sv_err *err)
{
    char type[16] = "";
    int64_t seconds = 0;
    bool valid = false;
    enum sv_status status =
        oauth_answer_token(tree, "access_token", '!', OAUTH_TOKEN_MAX, &t->access, &valid, err);
    if (status == SV_OK)
        status = oauth_answer_token(tree, "refresh_token", ' ', OAUTH_TOKEN_MAX, &t->refresh,
                                    &valid, err);
    if (status != SV_OK)
        return status;
    if (t->access == NULL)
        *why = "it holds no access token, or one that no server can be given";
    else if (!valid)
        *why = "its refresh token is none";
    else if (!json_tree_text(tree, json_tree_find(tree, ROOT, "token_type"), type, sizeof(type)) ||
             !text_equal_nocase(type, "Bearer"))
        *why = "its token is not of the type \"Bearer\", the only one that mail servers take";
    else if (!oauth_answer_seconds(tree, "expires_in", OAUTH_SECONDS_MAX, OAUTH_UNTOLD_SECONDS,
                                   &seconds))
        *why = "the time for which its token is good makes no sense";
    t->expires = now + seconds;
    take_refresh_end(tree, now, t);
    take_scope(tree, t);
    return SV_OK;
}

enum sv_status oauth_answer_tokens(const struct https_answer *answer,
                                   const struct oauth_asked *asked, struct oauth_tokens *tokens,
                                   enum oauth_end *end, struct sv_err *err)
{
    JSON_TREE_OWNED struct json_tree tree = {.bytes = NULL};
    OAUTH_TOKENS_OWNED struct oauth_tokens t = {.access = NULL};
    const char *why = NULL;
    *end = OAUTH_GRANTED; /* until something else is known */
    enum sv_status status = oauth_answer_open(answer, asked, &tree, end, err);
    if (status != SV_OK || *end != OAUTH_GRANTED)
        return status;
    status = read_tokens(&tree, asked->now, &t, &why, err);
    if (status != SV_OK) {
        *end = OAUTH_UNREACHABLE;
        return status;
    }
    if (why != NULL)
        return oauth_answer_wrong(asked, why, end, err);
    *tokens = t;
    t.access = t.refresh = NULL;
    return SV_OK;
}
