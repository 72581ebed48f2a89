/* SPDX-License-Identifier: ISC */
#include "smtp/autoconfig.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "smtp/wire_frame.h"

#define DEPTH_MAX 12
#define TEXT_MAX 256

/* Where the parser is, as a bit: an element counts only in its right place. */
enum place {
    NOWHERE,
    CONFIG,
    PROVIDER,
    SERVER,
    NAME = 16,
    HOSTNAME,
    PORT,
    SOCKET,
    USERNAME,
    AUTHENTICATION
};

struct reading {
    XML_Parser parser;
    const char *domain;
    struct discovered *out;
    enum place stack[DEPTH_MAX];
    int depth;
    char text[TEXT_MAX];
    size_t used;
    bool too_long;
    struct discover_server server;
    bool plain, passwords, tokens;
    const char *fault;
};

/* What an element is, by where it stands. */
static const struct {
    enum place in;
    const char *name;
    enum place is;
} elements[] = {{NOWHERE, "clientConfig", CONFIG},
                {CONFIG, "emailProvider", PROVIDER},
                {PROVIDER, "displayName", NAME},
                {PROVIDER, "outgoingServer", SERVER},
                {SERVER, "hostname", HOSTNAME},
                {SERVER, "port", PORT},
                {SERVER, "socketType", SOCKET},
                {SERVER, "username", USERNAME},
                {SERVER, "authentication", AUTHENTICATION}};

static void stop(struct reading *r, const char *why)
{
    if (!r->fault)
        r->fault = why;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static bool is_smtp(const XML_Char **attributes)
{
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], "type") == 0)
            return strcmp(attributes[1], "smtp") == 0;
    return false;
}

static enum place place_of(const struct reading *r, const char *name, const XML_Char **attributes)
{
    /* Of an unknown element nothing is known; its stack place is no parent of any. */
    enum place in = r->depth > 0 ? r->stack[r->depth - 1] : NOWHERE;
    if (r->depth > 0 && in == NOWHERE)
        return NOWHERE;
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        if (elements[i].in == in && strcmp(elements[i].name, name) == 0)
            return elements[i].is == SERVER && !is_smtp(attributes) ? NOWHERE : elements[i].is;
    return NOWHERE;
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = context;
    if (r->depth == DEPTH_MAX) {
        stop(r, "it nests too deep");
        return;
    }
    enum place place = place_of(r, name, attributes);
    if (r->depth == 0 && place != CONFIG)
        stop(r, "it is another kind of document");
    r->stack[r->depth++] = place;
    r->used = 0;
    r->too_long = false;
    if (place == SERVER) {
        r->server = (struct discover_server){.source = DISCOVER_AUTOCONFIG};
        r->plain = r->passwords = r->tokens = false;
    }
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    struct reading *r = context;
    if (r->depth == 0 || r->stack[r->depth - 1] < NAME)
        return;
    if (r->used + (size_t)len >= sizeof(r->text)) {
        r->too_long = true;
        return;
    }
    memcpy(r->text + r->used, text, (size_t)len);
    r->used += (size_t)len;
}

/* ---- values ---- */

static void trim(char *text)
{
    size_t lead = strspn(text, " \t\r\n"), len = strlen(text);
    memmove(text, text + lead, len - lead + 1);
    for (len -= lead; len > 0 && strchr(" \t\r\n", text[len - 1]); len--)
        text[len - 1] = '\0';
}

/* "smtp.%EMAILDOMAIN%" is the only part that a host may leave open. */
static void take_host(struct reading *r, const char *text)
{
    static const char open[] = "%EMAILDOMAIN%";
    const char *at = strstr(text, open);
    int n = at ? snprintf(r->server.host, sizeof(r->server.host), "%.*s%s%s", (int)(at - text),
                          text, r->domain, at + strlen(open))
               : snprintf(r->server.host, sizeof(r->server.host), "%s", text);
    if (n < 0 || (size_t)n >= sizeof(r->server.host))
        r->server.host[0] = '\0';
}

static void take_socket(struct reading *r, const char *text)
{
    r->plain = text_equal_nocase(text, "plain");
    if (text_equal_nocase(text, "SSL"))
        r->server.tls = SMTP_IMPLICIT;
    else if (text_equal_nocase(text, "STARTTLS"))
        r->server.tls = SMTP_STARTTLS;
}

static void take_username(struct reading *r, const char *text)
{
    if (strcmp(text, "%EMAILADDRESS%") == 0)
        r->server.username = DISCOVER_ADDRESS;
    else if (strcmp(text, "%EMAILLOCALPART%") == 0)
        r->server.username = DISCOVER_LOCAL_PART;
    else if (strcmp(text, "%EMAILDOMAIN%") == 0)
        r->server.username = DISCOVER_DOMAIN;
}

static void take_value(struct reading *r, enum place place, char *text)
{
    uint64_t port;
    trim(text);
    if (place == NAME && r->out->name[0] == '\0' && strlen(text) < sizeof(r->out->name) &&
        wire_is_printable(text))
        memcpy(r->out->name, text, strlen(text) + 1);
    else if (place == HOSTNAME)
        take_host(r, text);
    else if (place == PORT && text_parse_u64(text, 1, 65535, &port))
        r->server.port = (uint16_t)port;
    else if (place == SOCKET)
        take_socket(r, text);
    else if (place == USERNAME)
        take_username(r, text);
    else if (place == AUTHENTICATION && text_equal_nocase(text, "OAuth2"))
        r->tokens = true;
    else if (place == AUTHENTICATION)
        r->passwords = true;
}

static void take_server(struct reading *r)
{
    struct discover_server *s = &r->server;
    s->oauth2 = r->tokens && !r->passwords;
    if (r->plain || s->tls == 0 || s->port == 0 || !discover_is_domain(s->host))
        return;
    struct discovered one = {.count = 1, .servers = {*s}};
    discover_merge(r->out, &one);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct reading *r = context;
    (void)name;
    if (r->depth == 0)
        return;
    enum place place = r->stack[--r->depth];
    r->text[r->used] = '\0';
    if (place >= NAME && !r->too_long)
        take_value(r, place, r->text);
    else if (place == SERVER)
        take_server(r);
    r->used = 0;
}

/* Entities, and files that it would have read, begin here. */
static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(context, "it declares a document type, which such a document never needs");
}

void autoconfig_parse(const void *bytes, size_t len, const char *domain, struct discovered *out)
{
    struct reading r = {.domain = domain, .out = out};
    const char *why = NULL;
    r.parser = XML_ParserCreate(NULL);
    if (r.parser) {
        XML_SetUserData(r.parser, &r);
        XML_SetElementHandler(r.parser, on_start, on_end);
        XML_SetCharacterDataHandler(r.parser, on_text);
        XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
        if (len > DISCOVER_DOCUMENT_MAX)
            why = "it is too large";
        else if (XML_Parse(r.parser, bytes, (int)len, XML_TRUE) != XML_STATUS_OK)
            why = r.fault ? r.fault : XML_ErrorString(XML_GetErrorCode(r.parser));
        XML_ParserFree(r.parser);
    } else {
        why = "there was no memory to read it";
    }
    out->end = out->count > 0 ? DISCOVER_FOUND : DISCOVER_NOTHING;
    if (!why)
        return;
    memset(out, 0, sizeof(*out));
    out->end = DISCOVER_MALFORMED;
    snprintf(out->why, sizeof(out->why), "%s", why);
}
