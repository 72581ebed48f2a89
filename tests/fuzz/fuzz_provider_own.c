/* SPDX-License-Identifier: ISC */
/*
 * A file of providers of the user's own. Each row that is taken keeps what provider.h
 * promises of a row, so that nothing behind it needs to ask again.
 */
#include "base/text.h"
#include "domain/provider_own.h"
#include "fuzz.h"

static void check_line(const char *text)
{
    CHECK(text == NULL || (text[0] != '\0' && text_is_utf8(text, strlen(text)) &&
                           !text_has_control(text, strlen(text))));
}

static void check_words(const char *const *words)
{
    CHECK(words != NULL);
    for (; *words != NULL; words++)
        check_line(*words);
}

static void check_servers(const struct provider *p)
{
    CHECK(p->host_count > 0 || strcmp(p->secret_kind, "none") == 0);
    for (size_t i = 0; i < p->host_count; i++) {
        const struct provider_host *h = &p->hosts[i];
        PROFILE_OWNED struct profile profile = {.name = NULL};
        CHECK(h->port != 0 && h->tls >= TLS_STARTTLS && h->tls <= TLS_NONE);
        check_line(h->region);
        check_line(h->stream);
        CHECK(h->placeholder ==
              (profile_set(&profile, profile_field("host"), h->host, NULL) != SV_OK));
    }
}

static void check_row(const struct provider *p)
{
    const char *texts[] = {p->id,          p->name,       p->category,   p->username_form,
                           p->secret_kind, p->mechanisms, p->secret_url, p->docs_url,
                           p->rotation,    p->notes,      p->limits,     p->doubt,
                           p->verified};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK(i > 4 || texts[i] != NULL);
        check_line(texts[i]);
    }
    check_words(p->aliases);
    check_words(p->domains);
    check_servers(p);
    for (size_t i = 0; i < p->deadline_count; i++) {
        int64_t when;
        CHECK(text_parse_time(p->deadlines[i].date, 0, &when) && p->deadlines[i].kinds != 0);
        check_line(p->deadlines[i].what);
        check_line(p->deadlines[i].advice);
    }
    CHECK(p->kind != KIND_OAUTH2 || p->oauth != NULL);
    CHECK(p->oauth == NULL ||
          (text_starts_with(p->oauth->token_url, "http") && p->oauth->scopes != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PROVIDER_ROWS_OWNED struct provider_rows rows = {.items = NULL};
    struct sv_err err = {""};
    fuzz_begin();
    FUZZ_OWNED uint8_t *exact = fuzz_copy(data, size);
    if (fuzz_told(provider_rows_parse(&rows, exact, size, "own.json", &err), &err) == SV_OK) {
        for (size_t i = 0; i < rows.count; i++)
            check_row(&rows.items[i]);
    }
    return fuzz_end();
}
