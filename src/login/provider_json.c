/* SPDX-License-Identifier: ISC */
#include "login/provider_json.h"

static void json_words(struct json *j, const char *key, const char *const *words)
{
    json_key(j, key);
    json_array(j);
    for (; words != NULL && *words != NULL; words++)
        json_string(j, *words);
    json_array_end(j);
}

static void json_servers(struct json *j, const struct provider *p)
{
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
        json_text(j, "stream", h->stream);
        json_key(j, "placeholder");
        json_bool(j, h->placeholder);
        json_key(j, "unverified");
        json_bool(j, h->unverified);
        json_object_end(j);
    }
    json_array_end(j);
}

static void json_deadlines(struct json *j, const struct provider *p)
{
    json_key(j, "deadlines");
    json_array(j);
    for (size_t i = 0; i < p->deadline_count; i++) {
        const struct provider_deadline *d = &p->deadlines[i];
        json_object(j);
        json_text(j, "date", d->date);
        json_key(j, "kinds");
        json_array(j);
        for (unsigned kind = KIND_PASSWORD; kind <= KIND_IAM_SECRET; kind++) {
            if ((d->kinds & 1U << kind) != 0)
                json_string(j, profile_kind_word(kind));
        }
        json_array_end(j);
        json_text(j, "what", d->what);
        json_text(j, "advice", d->advice);
        json_key(j, "final");
        json_bool(j, d->final);
        json_object_end(j);
    }
    json_array_end(j);
}

static void json_oauth(struct json *j, const struct provider_oauth *oauth)
{
    json_key(j, "oauth");
    if (oauth == NULL) {
        json_null(j);
        return;
    }
    json_object(j);
    json_text(j, "auth_url", oauth->auth_url);
    json_text(j, "token_url", oauth->token_url);
    json_text(j, "device_url", oauth->device_url);
    json_text(j, "scopes", oauth->scopes);
    json_text(j, "notes", oauth->notes);
    json_key(j, "idle_days");
    if (oauth->idle_days != 0)
        json_int(j, oauth->idle_days);
    else
        json_null(j);
    json_object_end(j);
}

static void json_row(struct json *j, const struct provider *p)
{
    json_object(j);
    json_text(j, "id", p->id);
    json_text(j, "name", p->name);
    json_text(j, "category", p->category);
    json_words(j, "aliases", p->aliases);
    json_words(j, "domains", p->domains);
    json_servers(j, p);
    json_text(j, "username", p->username_form);
    json_text(j, "secret", p->secret_kind);
    json_text(j, "kind", profile_kind_word(p->kind));
    json_text(j, "mechanisms", p->mechanisms);
    json_text(j, "secret_url", p->secret_url);
    json_text(j, "docs_url", p->docs_url);
    json_text(j, "rotation", p->rotation);
    json_text(j, "notes", p->notes);
    json_text(j, "limits", p->limits);
    json_text(j, "doubt", p->doubt);
    json_text(j, "verified", p->verified);
    json_deadlines(j, p);
    json_oauth(j, p->oauth);
    json_text(j, "source", p->origin);
    json_object_end(j);
}

enum sv_status provider_json_file(struct sink *out, const struct provider *const *rows,
                                  size_t count, struct sv_err *err)
{
    struct json j;
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "providers");
    json_array(&j);
    for (size_t i = 0; i < count; i++)
        json_row(&j, rows[i]);
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}
