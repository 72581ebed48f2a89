/* SPDX-License-Identifier: ISC */
#include "smtp/discover.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "smtp/discover_wire.h"
#include "smtp/helper.h"
#include "smtp/https.h"

/* Two questions to the name service, each asked twice at most. */
#define ANSWER_MS 12000
#define END_MS 500
#define DOCUMENT_MS 8000

bool discover_is_domain(const char *domain)
{
    size_t label = 0, len = strlen(domain), dots = 0;
    if (len == 0 || len > 253)
        return false;
    for (const char *c = domain; *c; c++) {
        bool letter =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        dots += *c == '.';
        if (*c == '.' ? label == 0 || c[-1] == '-' : !letter && (*c != '-' || label == 0))
            return false;
        label = *c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0 && dots > 0 && domain[len - 1] != '-';
}

static enum sv_status ask(const char *path, const struct secret *request, struct discovered *out,
                          struct sv_err *err)
{
    HELPER_OWNED struct helper helper = HELPER_NONE;
    uint8_t frame[WIRE_DISCOVERED_MAX];
    size_t len = 0;
    enum sv_status status = helper_start(&helper, path, err);
    if (status != SV_OK)
        return status;
    helper_send(&helper, request, true);
    enum helper_reading reading =
        helper_read(&helper, WIRE_DISCOVERED, env_monotonic_ms() + ANSWER_MS, frame, &len);
    if (reading == HELPER_LATE) {
        *out = (struct discovered){.end = DISCOVER_UNANSWERED};
        return SV_OK;
    }
    int end = helper_end(&helper, END_MS);
    if (reading != HELPER_WHOLE)
        return helper_fail(&helper, reading, end, err);
    if (discover_get_answer(frame, len, out, err) != SV_OK)
        return helper_fail(&helper, HELPER_GARBAGE, end, err);
    return SV_OK;
}

enum sv_status discover_srv(const char *helper, const char *domain, struct discovered *out,
                            struct sv_err *err)
{
    return discover_document(helper, domain, NULL, out, err);
}

enum sv_status discover_document(const char *helper, const char *domain,
                                 const struct secret *document, struct discovered *out,
                                 struct sv_err *err)
{
    SECRET_OWNED struct secret *request = NULL;
    enum sv_status status = discover_put_request(&request, domain, document, err);
    return status == SV_OK ? ask(helper, request, out, err) : status;
}

/* Where a domain keeps its document; both are the domain's own, by its certificate. */
static const struct {
    const char *before, *behind;
} places[] = {{"https://autoconfig.", "/mail/config-v1.1.xml"},
              {"https://", "/.well-known/autoconfig/mail/config-v1.1.xml"}};

#define PLACES (sizeof(places) / sizeof(places[0]))

/* No document is an answer as well: most domains have none. */
static enum sv_status fetch(const char *helper, const char *domain, size_t tries,
                            const char *ca_file, struct secret **document, struct sv_err *err)
{
    struct https_request request = {.total_ms = DOCUMENT_MS, .max = DISCOVER_DOCUMENT_MAX};
    if (ca_file && strlen(ca_file) >= sizeof(request.ca_file))
        return sv_fail(err, SV_USAGE, "the path of the CA file is too long");
    snprintf(request.ca_file, sizeof(request.ca_file), "%s", ca_file ? ca_file : "");
    for (size_t i = 0; i < tries && !*document; i++) {
        HTTPS_ANSWER_OWNED struct https_answer answer = {.status = 0};
        snprintf(request.url, sizeof(request.url), "%s%s%s", places[i].before, domain,
                 places[i].behind);
        enum sv_status status = https_ask(helper, &request, &answer, err);
        if (status == SV_UNREACHABLE || status == SV_DATA) {
            sv_err_clear(err);
            continue;
        }
        if (status != SV_OK)
            return status;
        bool page = text_starts_with(answer.content_type, "text/html"); /* "not found", in words */
        if (answer.status == 200 && !page) {
            *document = answer.body;
            answer.body = NULL;
        }
    }
    return SV_OK;
}

enum sv_status discover_domain(const char *helper, const char *domain, const char *ca_file,
                               struct discovered *out, struct sv_err *err)
{
    SECRET_OWNED struct secret *document = NULL;
    struct discovered named = {.count = 0}, written = {.count = 0};
    enum sv_status status = discover_srv(helper, domain, &named, err);
    /* Some name services answer nothing but addresses; one that is down is not waited for
     * three times. */
    if (status == SV_OK)
        status = fetch(helper, domain, named.end == DISCOVER_UNANSWERED ? 1 : PLACES, ca_file,
                       &document, err);
    if (status == SV_OK && document)
        status = discover_document(helper, domain, document, &written, err);
    if (status != SV_OK)
        return status;
    *out = written;
    discover_merge(out, &named);
    return SV_OK;
}

static bool has(const struct discovered *found, const struct discover_server *s)
{
    for (uint8_t i = 0; i < found->count; i++)
        if (found->servers[i].port == s->port && text_equal_nocase(found->servers[i].host, s->host))
            return true;
    return false;
}

void discover_merge(struct discovered *out, const struct discovered *more)
{
    for (uint8_t i = 0; i < more->count && out->count < DISCOVER_SERVERS_MAX; i++)
        if (!has(out, &more->servers[i]))
            out->servers[out->count++] = more->servers[i];
    for (uint8_t i = 0; i < more->mx_count && out->mx_count < DISCOVER_MX_MAX; i++)
        memcpy(out->mx[out->mx_count++], more->mx[i], sizeof(out->mx[0]));
    if (out->name[0] == '\0')
        memcpy(out->name, more->name, sizeof(out->name));
    if (out->count > 0)
        out->end = DISCOVER_FOUND;
    else if (out->end == 0 || out->end == DISCOVER_NOTHING)
        out->end = more->end;
}
