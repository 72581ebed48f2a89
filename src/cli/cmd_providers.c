/* SPDX-License-Identifier: ISC */
/* providers: what is known of mail providers. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/print.h"
#include "cli/provider_words.h"
#include "domain/provider.h"
#include "format/json.h"

#define LABEL_WIDTH 12

static bool has_nocase(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static bool matches(const struct provider *p, const char *word)
{
    if (word == NULL || has_nocase(p->id, word) || has_nocase(p->name, word) ||
        has_nocase(p->category, word))
        return true;
    for (const char *const *d = p->domains; *d != NULL; d++) {
        if (has_nocase(*d, word))
            return true;
    }
    return false;
}

static void json_words(struct json *j, const char *key, const char *const *words)
{
    json_key(j, key);
    json_array(j);
    for (; words != NULL && *words != NULL; words++)
        json_string(j, *words);
    json_array_end(j);
}

static void json_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_string(j, text);
}

static void json_provider(struct json *j, const struct provider *p)
{
    json_object(j);
    json_text(j, "id", p->id);
    json_text(j, "name", p->name);
    json_text(j, "category", p->category);
    json_words(j, "aliases", p->aliases);
    json_words(j, "domains", p->domains);
    json_key(j, "servers");
    json_array(j);
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        json_object(j);
        json_text(j, "host", h->host);
        json_key(j, "port");
        json_int(j, h->port);
        json_text(j, "tls", profile_tls_word(h->tls));
        json_text(j, "region", h->region);
        json_key(j, "placeholder");
        json_bool(j, h->placeholder);
        json_object_end(j);
    }
    json_array_end(j);
    json_text(j, "username", p->username_form);
    json_text(j, "secret", p->secret_kind);
    json_text(j, "kind", profile_kind_word(p->kind));
    json_text(j, "mechanisms", p->mechanisms);
    json_text(j, "secret_url", p->secret_url);
    json_text(j, "docs_url", p->docs_url);
    json_text(j, "rotation", p->rotation);
    json_text(j, "notes", p->notes);
    json_object_end(j);
}

static enum sv_status put_json(struct cli *cli, const struct provider *one, const char *word,
                               struct sv_err *err)
{
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "providers");
    json_array(&j);
    for (size_t i = 0; i < provider_count; i++) {
        if (one != NULL ? one == &providers[i] : matches(&providers[i], word))
            json_provider(&j, &providers[i]);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static void put_line(struct sink *out, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    sink_printf(out, "%-*s", LABEL_WIDTH, label);
    print_paragraph(out, LABEL_WIDTH, text);
}

static void put_words(struct sink *out, const char *label, const char *const *words)
{
    if (words == NULL || *words == NULL)
        return;
    char line[PRINT_PARAGRAPH_MAX];
    size_t len = 0;
    for (size_t i = 0; words[i] != NULL && len < sizeof line; i++)
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%s", i > 0 ? ", " : "", words[i]);
    put_line(out, label, line);
}

static void put_one(struct sink *out, const struct provider *p)
{
    put_line(out, "Provider", p->id);
    put_line(out, "Name", p->name);
    put_line(out, "Category", p->category);
    put_words(out, "Also", p->aliases);
    put_words(out, "Domains", p->domains);
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        sink_printf(out, "%-*s%s port %u, %s%s%s%s\n", LABEL_WIDTH, i == 0 ? "Servers" : "",
                    h->host, (unsigned)h->port, profile_tls_title(h->tls),
                    h->region != NULL ? ", " : "", h->region != NULL ? h->region : "",
                    h->unverified ? " (unverified)" : "");
    }
    char words[PROVIDER_WORDS_MAX];
    put_line(out, "User name", provider_username_words(words, p->username_form));
    put_line(out, "Secret", provider_secret_words(words, p->secret_kind));
    put_line(out, "Made at", p->secret_url);
    put_line(out, "Mechanisms", p->mechanisms);
    put_line(out, "Rotation", p->rotation);
    put_line(out, "Limits", p->limits);
    put_line(out, "Notes", p->notes);
    put_line(out, "Uncertain", p->doubt);
    put_line(out, "See", p->docs_url);
}

static enum sv_status put_list(struct cli *cli, const char *word, struct sv_err *err)
{
    static const char *const heads[] = {"ID", "NAME", "CATEGORY", "SERVER", "SECRET"};
    GRID_OWNED struct grid g = {0};
    bool table = print_is_terminal(STDOUT_FILENO);
    for (size_t i = 0; i < provider_count; i++) {
        const struct provider *p = &providers[i];
        if (!matches(p, word))
            continue;
        if (!table) {
            sink_printf(cli->out, "%s\n", p->id);
            continue;
        }
        const struct provider_host *h = provider_best_host(p, NULL);
        grid_add(&g, p->id);
        grid_add(&g, p->name);
        grid_add(&g, p->category);
        grid_add(&g, h != NULL ? h->host : p->host_count > 0 ? p->hosts[0].host : NULL);
        grid_add(&g, p->secret_kind);
    }
    if (!table)
        return SV_OK;
    return grid_print(&g, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

/* The one that the word means: by id or domain, or the only one that has it. */
static enum sv_status find(const char *word, const struct provider **one, struct sv_err *err)
{
    size_t count = 0;
    const struct provider *p = provider_find(word);
    if (p == NULL)
        p = provider_of_address(word);
    for (size_t i = 0; p == NULL && i < provider_count; i++)
        count += matches(&providers[i], word);
    for (size_t i = 0; p == NULL && count == 1 && i < provider_count; i++) {
        if (matches(&providers[i], word))
            p = &providers[i];
    }
    *one = p;
    if (p != NULL || count > 0)
        return SV_OK;
    char shown[64];
    const char *nearest = provider_nearest(word);
    return sv_fail(err, SV_MISSING, "no provider is known by \"%s\"%s%s%s",
                   text_printable(shown, sizeof shown, word, strlen(word)),
                   nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "\"?" : "");
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *word = args_word(args, 0);
    const struct provider *one = NULL;
    enum sv_status s = word != NULL ? find(word, &one, err) : SV_OK;
    if (s != SV_OK)
        return s;
    if (cli->json)
        return put_json(cli, one, word, err);
    if (one == NULL)
        return put_list(cli, word, err);
    put_one(cli->out, one);
    return SV_OK;
}

static const char *const examples[] = {
    "smtpvault providers",
    "smtpvault providers gmail",
    "smtpvault providers transactional",
    NULL,
};
const struct command cmd_providers = {
    .name = "providers",
    .group = "profiles",
    .args = "[WORD]",
    .summary = "list, search or show mail providers",
    .max_args = 1,
    .completes = COMPLETES_PROVIDER,
    .examples = examples,
    .run = run,
};
