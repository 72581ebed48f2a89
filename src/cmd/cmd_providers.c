/* SPDX-License-Identifier: ISC */
/* providers: what is known of mail providers. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/provider_words.h"
#include "domain/provider.h"
#include "domain/provider_own.h"
#include "login/discover.h"
#include "login/provider_json.h"

#define LABEL_WIDTH 12

static bool has_nocase(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static bool any_has(const char *const *words, const char *word)
{
    for (; *words != NULL; words++) {
        if (has_nocase(*words, word))
            return true;
    }
    return false;
}

static bool matches(const struct provider *p, const char *word)
{
    if (word == NULL || has_nocase(p->id, word) || has_nocase(p->name, word) ||
        has_nocase(p->category, word) || any_has(p->aliases, word) || any_has(p->domains, word))
        return true;
    for (size_t i = 0; i < p->host_count; i++) {
        if (has_nocase(p->hosts[i].host, word))
            return true;
    }
    return false;
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

static void put_oauth(struct sink *out, const struct provider *p)
{
    if (p->oauth == NULL)
        return;
    put_line(out, "OAuth2",
             p->oauth->device_url != NULL ? "by browser, or by a code for machines without one"
                                          : "by browser");
    put_line(out, "", p->oauth->notes);
    if (p->oauth->idle_days == 0)
        return;
    char line[80];
    snprintf(line, sizeof line, "a login that nobody uses for %u days ends",
             (unsigned)p->oauth->idle_days);
    put_line(out, "", line);
}

static void put_deadlines(struct sink *out, const struct provider *p)
{
    for (size_t i = 0; i < p->deadline_count; i++) {
        const struct provider_deadline *d = &p->deadlines[i];
        char line[PRINT_PARAGRAPH_MAX];
        snprintf(line, sizeof line, "%s: %s; %s", d->date, d->what, d->advice);
        put_line(out, i == 0 ? "Deadlines" : "", line);
    }
}

static void put_verified(struct sink *out, const struct provider *p)
{
    char line[PRINT_PARAGRAPH_MAX] = "not dated";
    int64_t now = env_now(), when;
    if (p->verified != NULL && text_parse_time(p->verified, now, &when)) {
        char relative[TEXT_TIME_MAX];
        snprintf(line, sizeof line, "%s (%s)", p->verified,
                 text_time_relative(relative, when, now));
    }
    put_line(out, "Verified", line);
    put_line(out, "From", p->origin);
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
        sink_printf(out, "%-*s%s port %u, %s%s%s%s%s%s\n", LABEL_WIDTH, i == 0 ? "Servers" : "",
                    h->host, (unsigned)h->port, profile_tls_title(h->tls),
                    h->region != NULL ? ", " : "", h->region != NULL ? h->region : "",
                    h->stream != NULL ? ", " : "", h->stream != NULL ? h->stream : "",
                    h->unverified ? " (unverified)" : "");
    }
    char words[PROVIDER_WORDS_MAX];
    put_line(out, "User name", provider_username_words(words, p->username_form));
    put_line(out, "Secret", provider_secret_words(words, p->secret_kind));
    put_line(out, "Made at", p->secret_url);
    put_line(out, "Looks like", p->shape != NULL ? p->shape->note : NULL);
    put_line(out, "Mechanisms", p->mechanisms);
    put_oauth(out, p);
    put_deadlines(out, p);
    put_line(out, "Rotation", p->rotation);
    put_line(out, "Limits", p->limits);
    put_line(out, "Notes", p->notes);
    put_line(out, "Uncertain", p->doubt);
    put_line(out, "See", p->docs_url);
    put_verified(out, p);
}

static enum sv_status put_list(struct cli *cli, const struct provider *const *rows, size_t count,
                               struct sv_err *err)
{
    static const char *const heads[] = {"ID", "NAME", "CATEGORY", "SERVER", "SECRET"};
    GRID_OWNED struct grid g = {0};
    bool table = print_is_terminal(STDOUT_FILENO);
    for (size_t i = 0; i < count; i++) {
        const struct provider *p = rows[i];
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

static enum sv_status fail_word(const char *word, struct sv_err *err)
{
    char shown[64];
    const char *nearest = provider_nearest(word), *at = strrchr(word, '@');
    if (nearest == NULL)
        nearest = provider_meant(word);
    if (nearest == NULL && discover_is_domain(at != NULL ? at + 1 : word))
        return sv_fail(err, SV_MISSING,
                       "no provider is known by \"%s\"; \"smtpvault providers --discover %s\" asks "
                       "the domain itself",
                       text_printable(shown, sizeof shown, word, strlen(word)),
                       at != NULL ? at + 1 : word);
    return sv_fail(err, SV_MISSING, "no provider is known by \"%s\"%s%s%s",
                   text_printable(shown, sizeof shown, word, strlen(word)),
                   nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "\"?" : "");
}

/* The one that is called so or serves that domain, else all that have the word; without a
 * word all. Returns how many. */
static size_t pick(const char *word, const struct provider **rows)
{
    size_t count = 0;
    rows[0] = word != NULL ? provider_find(word) : NULL;
    if (rows[0] == NULL && word != NULL)
        rows[0] = provider_of_address(word);
    if (rows[0] != NULL)
        return 1;
    for (size_t i = 0; i < provider_total(); i++)
        if (matches(provider_at(i), word))
            rows[count++] = provider_at(i);
    return count;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    bool discovers = args_value(args, "discover") != NULL;
    (void)cli;
    if (discovers && args_word(args, 0) != NULL)
        return sv_fail(err, SV_USAGE, "--discover ADDRESS stands alone");
    if (!discovers && args_value(args, "ca-file") != NULL)
        return sv_fail(err, SV_USAGE, "--ca-file is for --discover");
    return SV_OK;
}

static enum sv_status discover(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *address = args_value(args, "discover");
    struct discovered found;
    const char *meant = provider_meant(address);
    const struct provider *known = provider_of_address(address);
    if (meant != NULL)
        print_warning(cli,
                      "the table has %s, which is spelt much like it: smtpvault providers %s. "
                      "What follows is said by whoever has the domain as it was typed",
                      meant, meant);
    enum sv_status s = discover_look(cli, address, args_value(args, "ca-file"), &found, err);
    if (s != SV_OK)
        return s;
    if (known != NULL)
        print_note(cli, "the table has it as well: smtpvault providers %s", known->id);
    return discover_print(cli, address, &found, err);
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (args_value(args, "discover") != NULL)
        return discover(cli, args, err);
    const char *word = args_word(args, 0);
    enum sv_status s = provider_own_check(err);
    if (s != SV_OK)
        return s;
    SV_AUTOFREE const struct provider **rows = sv_alloc_array(provider_total(), sizeof(*rows));
    if (rows == NULL)
        return sv_fail_nomem(err);
    size_t count = pick(word, rows);
    if (count == 0)
        return fail_word(word, err);
    if (cli->json)
        return provider_json_file(cli->out, rows, count, err);
    if (word == NULL || count > 1)
        return put_list(cli, rows, count, err);
    put_one(cli->out, rows[0]);
    return SV_OK;
}

static const struct option_spec options[] = {
    {"discover", 0, "ADDRESS", COMPLETES_NOTHING, "ask the address's domain for its servers",
     false},
    {"ca-file", 0, "FILE", COMPLETES_FILE, "authorities for --discover, in place of the system's",
     false},
    {0},
};
static const char *const examples[] = {
    "smtpvault providers gmail",
    "smtpvault providers transactional",
    "smtpvault providers --discover ann@example.org",
    NULL,
};
const struct command cmd_providers = {
    .name = "providers",
    .group = "profiles",
    .args = "[WORD]",
    .summary = "list, search or show mail providers",
    .max_args = 1,
    .completes = COMPLETES_PROVIDER,
    .options = options,
    .examples = examples,
    .help = "WORD is an id, a domain or an address, or a part of a name, a server or a category. "
            "Files of your own, ~/.config/smtpvault/providers.d/*.json, add providers or stand in "
            "the place of built-in ones; they look as --json prints them.",
    .check = check,
    .run = run,
};
