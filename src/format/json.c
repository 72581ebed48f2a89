/* SPDX-License-Identifier: ISC */
#include "format/json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/deadline.h"
#include "domain/profile.h"
#include "domain/rotation.h"

void json_begin(struct json *j, struct sink *out)
{
    memset(j, 0, sizeof *j);
    j->out = out;
    j->first[0] = true;
}

/* Every value is announced here: the comma before it, unless it is the first of its
 * container or stands behind its key. */
static void value_begin(struct json *j)
{
    if (j->after_key)
        j->after_key = false;
    else if (j->first[j->depth])
        j->first[j->depth] = false;
    else
        sink_puts(j->out, ",");
}

static void open_container(struct json *j, const char *bracket)
{
    value_begin(j);
    sink_puts(j->out, bracket);
    if (j->depth + 1 < JSON_DEPTH_MAX)
        j->depth++;
    else
        j->bad = true;
    j->first[j->depth] = true;
}

static void close_container(struct json *j, const char *bracket)
{
    sink_puts(j->out, bracket);
    if (j->depth > 0)
        j->depth--;
}

void json_object(struct json *j)
{
    open_container(j, "{");
}

void json_object_end(struct json *j)
{
    close_container(j, "}");
}

void json_array(struct json *j)
{
    open_container(j, "[");
}

void json_array_end(struct json *j)
{
    close_container(j, "]");
}

/* What RFC 8259 section 7 demands, and DEL besides, which no terminal should see.
 * 0 when the byte stands for itself. */
static char short_escape(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void put_escaped(struct sink *out, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    char letter = short_escape(c);

    if (letter) {
        text[1] = letter;
        sink_put(out, text, 2);
    } else {
        sink_put(out, text, sizeof text);
    }
}

/* What a terminal would obey, or a reader of lines would stop at, is escaped as well where JSON
 * lets it stand. */
void json_string_n(struct json *j, const char *text, size_t len)
{
    size_t plain = 0, n;

    value_begin(j);
    if (!text_is_utf8(text, len)) {
        j->bad = true;
        sink_puts(j->out, "null");
        return;
    }
    sink_puts(j->out, "\"");
    for (size_t i = 0; i < len; i += n) {
        uint32_t c = 0;
        n = text_decode(text + i, len - i, &c);
        if (c != '"' && c != '\\' && !text_has_control(text + i, n))
            continue;
        sink_put(j->out, text + plain, i - plain);
        if (c < 0x80)
            put_escaped(j->out, (uint8_t)c);
        else
            sink_printf(j->out, "\\u%04x", (unsigned)c);
        plain = i + n;
    }
    sink_put(j->out, text + plain, len - plain);
    sink_puts(j->out, "\"");
}

void json_string(struct json *j, const char *text)
{
    if (text)
        json_string_n(j, text, strlen(text));
    else
        json_null(j);
}

void json_secret(struct json *j, const struct secret *secret)
{
    json_string_n(j, (const char *)secret_peek(secret), secret_len(secret));
}

void json_key(struct json *j, const char *key)
{
    json_string(j, key);
    sink_puts(j->out, ":");
    j->after_key = true;
}

void json_int(struct json *j, int64_t value)
{
    value_begin(j);
    sink_printf(j->out, "%lld", (long long)value);
}

void json_version(struct json *j, uint64_t version)
{
    if (version == PROFILE_VERSION_PENDING)
        json_string(j, "pending");
    else
        json_int(j, (int64_t)version);
}

void json_bool(struct json *j, bool value)
{
    value_begin(j);
    sink_puts(j->out, value ? "true" : "false");
}

void json_null(struct json *j)
{
    value_begin(j);
    sink_puts(j->out, "null");
}

void json_time(struct json *j, int64_t when)
{
    char text[TEXT_TIME_MAX];

    if (when == 0)
        json_null(j);
    else
        json_string(j, text_time_utc(text, when));
}

void json_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_string(j, text && *text ? text : NULL);
}

void json_seen(struct json *j, const char *key, const char *text)
{
    char shown[JSON_SEEN_MAX];

    if (text && !text_is_utf8(text, strlen(text)))
        text = text_printable(shown, sizeof shown, text, strlen(text));
    json_text(j, key, text);
}

enum sv_status json_end(const struct json *j, struct sv_err *err)
{
    if (!j->bad)
        return sink_status(j->out, err);
    return sv_fail(
        err, SV_DATA,
        "a value is not UTF-8 text, which JSON cannot express: ask for it without --json");
}

static void put_rotation(struct json *j, const struct profile *p, int64_t now)
{
    json_object(j);
    json_key(j, "every_days");
    if (rotation_every(p))
        json_int(j, rotation_every(p));
    else
        json_null(j);
    json_key(j, "last");
    json_time(j, p->rotated);
    json_key(j, "due");
    json_time(j, rotation_due(p));
    json_key(j, "state");
    json_string(j, rotation_word(rotation_now(p, now)));
    json_key(j, "exposed");
    json_time(j, p->exposed);
    json_object_end(j);
}

static void put_tags(struct json *j, const struct profile *p)
{
    json_array(j);
    for (size_t i = 0; i < p->tag_count; i++)
        json_string(j, p->tags[i]);
    json_array_end(j);
}

void json_oauth_ends(struct json *j, const struct profile *p)
{
    if (p->authorized == 0 && p->client_ends == 0)
        return;
    json_key(j, "oauth");
    json_object(j);
    json_key(j, "authorized");
    json_time(j, p->authorized);
    json_key(j, "login_ends");
    json_time(j, p->login_ends);
    json_key(j, "client_secret_expires");
    json_time(j, p->client_ends);
    json_object_end(j);
}

/* The members of a mail login are promised, and so it has no more. */
static void put_git(struct json *j, const struct profile *p)
{
    if (profile_is_mail(p) && p->retired == 0)
        return;
    json_text(j, "protocol", p->protocol);
    json_text(j, "path", p->path);
    json_key(j, "retired");
    json_time(j, p->retired);
}

void json_profile_members(struct json *j, const struct profile *p, int64_t now)
{
    json_text(j, "name", p->name);
    json_text(j, "provider", p->provider);
    json_text(j, "host", p->host);
    json_key(j, "port");
    json_int(j, p->port);
    json_text(j, "tls", profile_tls_word(p->tls));
    json_text(j, "auth", profile_auth_word(p->auth));
    json_text(j, "username", p->username);
    json_text(j, "from", p->from);
    json_text(j, "kind", profile_kind_word(p->kind));
    json_key(j, "tags");
    put_tags(j, p);
    json_text(j, "note", p->note);
    json_text(j, "ca_file", p->ca_file);
    json_key(j, "created");
    json_time(j, p->created);
    json_key(j, "updated");
    json_time(j, p->updated);
    json_key(j, "version");
    json_version(j, p->version);
    json_key(j, "rotation");
    put_rotation(j, p, now);
    json_key(j, "last_used");
    json_time(j, p->last_used);
    json_key(j, "last_worked");
    json_time(j, p->last_worked);
    json_key(j, "last_rejected");
    json_time(j, p->last_rejected);
    json_oauth_ends(j, p);
    put_git(j, p);
}

void json_deadline(struct json *j, const struct profile *p, int64_t now)
{
    struct deadline d = deadline_of(p, now, 0);
    json_key(j, "deadline");
    if (d.state == DEADLINE_NONE) {
        json_null(j);
        return;
    }
    json_object(j);
    json_text(j, "date", d.day->date);
    json_key(j, "past");
    json_bool(j, d.state == DEADLINE_PAST);
    json_text(j, "provider", d.provider->id);
    json_text(j, "what", d.day->what);
    json_text(j, "advice", d.day->advice);
    json_object_end(j);
}
