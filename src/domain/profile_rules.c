/* SPDX-License-Identifier: ISC */
/* profile_rules: the checks at the domain's door. What passes here can be written
 * to every file and every terminal that we know of. */
#include "domain/profile_rules.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "domain/ses.h"

/* As much of a wrong value as a message should repeat. */
#define SHOWN_MAX 96
#define SHOWN(value) text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, (value), strlen(value))

#define HOST_MAX 253
#define LABEL_MAX 63
#define LOCAL_PART_MAX 64
#define TAG_MAX 64

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool has_blank_end(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
}

/* Length, encoding and control characters, for any text that a person gives. */
static enum sv_status check_plain(const char *what, size_t limit, const char *value,
                                  struct sv_err *err)
{
    size_t len = strlen(value);
    if (len > limit) {
        return sv_fail(err, SV_USAGE, "the %s is %zu bytes long; %zu is the limit", what, len,
                       limit);
    }
    if (!text_is_utf8(value, len))
        return sv_fail(err, SV_USAGE, "the %s \"%s\" is not valid UTF-8", what, SHOWN(value));
    if (text_has_control(value, len)) {
        return sv_fail(err, SV_USAGE,
                       "the %s \"%s\" has a control character, a line separator or a text "
                       "direction override in it",
                       what, SHOWN(value));
    }
    return SV_OK;
}

/* A note is the one text of several lines: each line must be plain. */
static enum sv_status check_note(size_t limit, const char *value, struct sv_err *err)
{
    size_t len = strlen(value);
    if (len > limit)
        return sv_fail(err, SV_USAGE, "the note is %zu bytes long; %zu is the limit", len, limit);
    if (!text_is_utf8(value, len))
        return sv_fail(err, SV_USAGE, "the note is not valid UTF-8");
    for (const char *at = value; *at;) {
        size_t span = strcspn(at, "\n\t");
        if (text_has_control(at, span)) {
            return sv_fail(err, SV_USAGE,
                           "the note has a control character in it; only line breaks and tabs "
                           "are allowed");
        }
        at += span + (at[span] != '\0');
    }
    return SV_OK;
}

enum sv_status rules_text(const struct field *f, const char *value, struct sv_err *err)
{
    if (f->offset == offsetof(struct profile, note))
        return check_note(f->limit, value, err);
    return check_plain(f->key, f->limit, value, err);
}

enum sv_status profile_check_name(const char *name, struct sv_err *err)
{
    if (name[0] == '\0')
        return sv_fail(err, SV_USAGE, "a profile's name cannot be empty");
    enum sv_status status = check_plain("profile name", PROFILE_NAME_MAX, name, err);
    if (status != SV_OK)
        return status;
    if (has_blank_end(name)) {
        return sv_fail(err, SV_USAGE, "the profile name \"%s\" begins or ends with a blank",
                       SHOWN(name));
    }
    return SV_OK;
}

enum sv_status rules_tag(const char *tag, struct sv_err *err)
{
    if (tag[0] == '\0')
        return sv_fail(err, SV_USAGE, "a tag cannot be empty");
    enum sv_status status = check_plain("tag", TAG_MAX, tag, err);
    if (status != SV_OK)
        return status;
    if (has_blank_end(tag))
        return sv_fail(err, SV_USAGE, "the tag \"%s\" begins or ends with a blank", SHOWN(tag));
    if (strchr(tag, ',')) {
        return sv_fail(err, SV_USAGE, "the tag \"%s\" has a comma in it: commas stand between tags",
                       SHOWN(tag));
    }
    return SV_OK;
}

/* "[2001:db8::1]" */
static enum sv_status check_ipv6(const char *host, struct sv_err *err)
{
    size_t len = strlen(host);
    char inner[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (len >= 4 && host[len - 1] == ']' && len - 2 < sizeof(inner)) {
        memcpy(inner, host + 1, len - 2);
        inner[len - 2] = '\0';
        if (inet_pton(AF_INET6, inner, &address) == 1)
            return SV_OK;
    }
    return sv_fail(err, SV_USAGE,
                   "the host \"%s\" is not an IPv6 address in brackets, such as [2001:db8::25]",
                   SHOWN(host));
}

/* What people write by mistake, each with its own answer. */
static enum sv_status check_host_habits(const char *host, struct sv_err *err)
{
    for (const char *c = host; *c; c++) {
        if ((unsigned char)*c >= 0x80) {
            return sv_fail(err, SV_USAGE,
                           "the host \"%s\" is not ASCII: give its xn-- form (\"idn2 NAME\" prints "
                           "it)",
                           SHOWN(host));
        }
    }
    if (strstr(host, "://")) {
        return sv_fail(err, SV_USAGE,
                       "the host \"%s\" is a URL: give the server's name alone, and its port with "
                       "--port",
                       SHOWN(host));
    }
    const char *colon = strchr(host, ':');
    if (colon && strchr(colon + 1, ':'))
        return sv_fail(err, SV_USAGE, "put the IPv6 address into brackets: [%s]", SHOWN(host));
    if (colon) {
        return sv_fail(err, SV_USAGE,
                       "the host \"%s\" has a colon in it: the port is given with --port",
                       SHOWN(host));
    }
    if (strchr(host, '@')) {
        return sv_fail(err, SV_USAGE,
                       "the host \"%s\" looks like an address: give the server's name, such as "
                       "smtp.example.com",
                       SHOWN(host));
    }
    if (strchr(host, '<')) {
        return sv_fail(err, SV_USAGE,
                       "the host \"%s\" is a placeholder: replace <...> by your own server's part",
                       SHOWN(host));
    }
    return SV_OK;
}

static enum sv_status check_labels(const char *host, struct sv_err *err)
{
    const char *label = host;
    for (;;) {
        size_t len = strcspn(label, ".");
        if (len == 0) {
            return sv_fail(err, SV_USAGE,
                           "the host \"%s\" has an empty part: no dot at either end, no two dots "
                           "together",
                           SHOWN(host));
        }
        if (len > LABEL_MAX) {
            return sv_fail(err, SV_USAGE, "a part of the host \"%s\" is longer than %d characters",
                           SHOWN(host), LABEL_MAX);
        }
        if (label[0] == '-' || label[len - 1] == '-') {
            return sv_fail(err, SV_USAGE, "a part of the host \"%s\" begins or ends with a hyphen",
                           SHOWN(host));
        }
        if (label[len] == '\0')
            return SV_OK;
        label += len + 1;
    }
}

enum sv_status rules_host(const char *host, struct sv_err *err)
{
    size_t len = strlen(host);
    if (len == 0)
        return sv_fail(err, SV_USAGE, "the host is empty: give the server's name");
    if (len > HOST_MAX) {
        return sv_fail(err, SV_USAGE, "the host is %zu characters long; %d is the limit", len,
                       HOST_MAX);
    }
    if (host[0] == '[')
        return check_ipv6(host, err);
    enum sv_status status = check_host_habits(host, err);
    if (status != SV_OK)
        return status;
    for (const char *c = host; *c; c++) {
        if (!is_alnum(*c) && *c != '-' && *c != '.') {
            return sv_fail(err, SV_USAGE,
                           "the host \"%s\" has a character that no server name has: letters, "
                           "digits, hyphens and dots are allowed",
                           SHOWN(host));
        }
    }
    status = check_labels(host, err);
    if (status != SV_OK)
        return status;
    /* RFC 1123 section 2.1: a name whose last part is a number can only be an address. */
    const char *last = strrchr(host, '.');
    last = last ? last + 1 : host;
    struct in_addr address;
    if (strspn(last, "0123456789") == strlen(last) && inet_pton(AF_INET, host, &address) != 1) {
        return sv_fail(err, SV_USAGE,
                       "the host \"%s\" is neither a name nor an IPv4 address of four numbers from "
                       "0 to 255",
                       SHOWN(host));
    }
    return SV_OK;
}

enum sv_status rules_address(const char *address, struct sv_err *err)
{
    const char *at = strchr(address, '@');
    if (strpbrk(address, "<>")) {
        return sv_fail(err, SV_USAGE,
                       "\"%s\": give the address alone, without a name and angle brackets",
                       SHOWN(address));
    }
    if (!at || at == address || at[1] == '\0' || strchr(at + 1, '@')) {
        return sv_fail(err, SV_USAGE, "\"%s\" is not an address: it needs the form name@domain",
                       SHOWN(address));
    }
    if (strpbrk(address, " \t,;\"[]()")) {
        return sv_fail(
            err, SV_USAGE,
            "\"%s\" is not one address: it has a blank, a quote, a bracket, a comma or a "
            "semicolon in it",
            SHOWN(address));
    }
    if (at - address > LOCAL_PART_MAX) {
        return sv_fail(err, SV_USAGE,
                       "\"%s\": the part before the @ is longer than %d bytes (RFC 5321 section "
                       "4.5.3.1.1)",
                       SHOWN(address), LOCAL_PART_MAX);
    }
    struct sv_err inner = {{0}};
    if (rules_host(at + 1, &inner) != SV_OK) {
        return sv_fail(err, SV_USAGE, "\"%s\" has no usable domain: %s", SHOWN(address),
                       inner.text);
    }
    return SV_OK;
}

enum sv_status rules_protocol(const char *protocol, struct sv_err *err)
{
    bool fine = is_alnum(protocol[0]) && (protocol[0] < '0' || protocol[0] > '9');
    for (const char *c = protocol; fine && *c; c++)
        fine = is_alnum(*c) || *c == '+' || *c == '-' || *c == '.';
    return fine ? SV_OK
                : sv_fail(err, SV_USAGE, "\"%s\" is no protocol, such as https", SHOWN(protocol));
}

enum sv_status rules_path(const struct field *f, const char *path, struct sv_err *err)
{
    if (path[0] == '/')
        return SV_OK;
    return sv_fail(err, SV_USAGE, "the %s \"%s\" is not an absolute path", f->key, SHOWN(path));
}

enum sv_status profile_check_secret(const struct secret *secret, struct sv_err *err)
{
    size_t len = secret_len(secret);
    if (len == 0)
        return sv_fail(err, SV_DATA, "the secret is empty");
    if (len > PROFILE_SECRET_MAX) {
        return sv_fail(err, SV_DATA,
                       "the secret is %zu bytes long; a login can carry no more than %d "
                       "(RFC 4954 section 4)",
                       len, PROFILE_SECRET_MAX);
    }
    const uint8_t *bytes = secret_peek(secret);
    if (memchr(bytes, '\0', len))
        return sv_fail(err, SV_DATA, "the secret has a NUL byte in it: no login can carry that");
    if (memchr(bytes, '\n', len) || memchr(bytes, '\r', len)) {
        return sv_fail(err, SV_DATA,
                       "the secret has a line break in it: give one line (was more than the secret "
                       "pasted?)");
    }
    return SV_OK;
}

enum sv_status profile_check(const struct profile *p, bool insecure_ok, struct sv_err *err)
{
    const char *name = p->name ? p->name : "";
    if (p->client_ends != 0 && p->kind != KIND_OAUTH2) {
        return sv_fail(err, SV_USAGE,
                       "--client-secret-expires is of the client secret of a login by OAuth2, and "
                       "\"%s\" is none: leave it out, or say --kind oauth2",
                       SHOWN(name));
    }
    if (!profile_is_mail(p))
        return SV_OK;
    if (!p->host) {
        return sv_fail(err, SV_USAGE,
                       "the profile \"%s\" has no server: give --host, or --provider for a known "
                       "one (see \"smtpvault providers\"; its --discover asks a domain itself)",
                       SHOWN(name));
    }
    if (p->port == 0) {
        return sv_fail(err, SV_USAGE,
                       "the profile \"%s\" has no port: give --port (465 for implicit TLS, 587 for "
                       "STARTTLS)",
                       SHOWN(name));
    }
    if (p->tls == TLS_UNSET) {
        return sv_fail(err, SV_USAGE,
                       "the profile \"%s\" does not say how its connection is protected: give "
                       "--tls implicit (usual on port 465) or --tls starttls (587)",
                       SHOWN(name));
    }
    if (p->tls == TLS_NONE && !insecure_ok) {
        return sv_fail(err, SV_USAGE,
                       "--tls none sends the secret readable over the network: use implicit or "
                       "starttls, or say --insecure if it must be");
    }
    char region[SES_REGION_MAX];
    if (p->kind == KIND_IAM_SECRET && !ses_region(p->host, region)) {
        return sv_fail(err, SV_USAGE,
                       "an IAM secret is kept for a server of Amazon SES only, which names its "
                       "region: --host email-smtp.us-east-1.amazonaws.com, for example");
    }
    return SV_OK;
}
