/* SPDX-License-Identifier: ISC */
/*
 * The XML of KeePass 2 and of KeePassXC: KeePassFile/Root/Group/Entry/String[Key, Value]. What
 * lies in the recycle bin is passed over. Of an entry's history only that counts since when its
 * password is what it is; with the day on which it expires that says how often it rotates.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/sources.h"
#include "import/xml.h"

#define GROUP_MAX 64 /* bytes of a tag */

struct reading {
    struct xml x;
    struct found_list *out;
    char bin[40]; /* the recycle bin's UUID in base64 */
    struct sv_err *err;
};
struct group {
    char path[GROUP_MAX + 1]; /* below the outermost; "" where it is too long for a tag */
    bool thrown_away;
    int level;
};
/* One version of an entry, as it stands there. */
struct version {
    struct xml_text password;
    int64_t modified, expires; /* 0: not known, never */
};

static bool is_at(const struct xml *x, int depth)
{
    return x->depth >= depth;
}

/* ---- times ---- */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Since KDBX 4: eight bytes, little-endian, seconds since the year 1, in base64. */
static int64_t binary_time(struct xml_text text)
{
    uint64_t seconds = 0, bits = 0;
    int have = 0, bytes = 0;
    for (size_t i = 0; i < text.len && bytes < 8; i++) {
        int digit = base64_digit(text.at[i]);
        if (digit < 0)
            return 0;
        bits = bits << 6 | (uint64_t)digit;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        seconds |= (bits >> have & 0xFF) << (8 * bytes++);
    }
    const uint64_t until_1970 = UINT64_C(62135596800);
    return bytes == 8 && seconds > until_1970 && seconds - until_1970 < (UINT64_C(1) << 40)
               ? (int64_t)(seconds - until_1970)
               : 0;
}

static int64_t time_of(struct xml_text text)
{
    char word[TEXT_TIME_MAX] = "";
    int64_t when;
    if (text.len >= sizeof word)
        return 0;
    memcpy(word, text.at, text.len);
    if (strchr(word, '-') && strchr(word, 'T'))
        return text_parse_time(word, 0, &when) ? when : 0;
    return text.len == 12 ? binary_time(text) : 0;
}

static enum sv_status read_times(struct reading *r, struct version *v)
{
    int inside = r->x.depth;
    bool expires = false;
    int64_t expiry = 0;
    while (is_at(&r->x, inside)) {
        enum xml_event event;
        struct xml_text name, text;
        enum sv_status s = xml_next(&r->x, &event, &name, r->err);
        if (s == SV_OK && event == XML_BEGIN)
            s = xml_content(&r->x, &text, r->err);
        if (s)
            return s;
        if (event != XML_BEGIN)
            continue;
        if (xml_is(name, "LastModificationTime"))
            v->modified = time_of(text);
        else if (xml_is(name, "ExpiryTime"))
            expiry = time_of(text);
        else if (xml_is(name, "Expires"))
            expires = xml_is(text, "True");
    }
    v->expires = expires ? expiry : 0;
    return SV_OK;
}

/* ---- strings ---- */

static enum sv_status read_string(struct reading *r, struct xml_text *key, struct xml_text *value)
{
    int inside = r->x.depth;
    *key = *value = (struct xml_text){"", 0};
    while (is_at(&r->x, inside)) {
        enum xml_event event;
        struct xml_text name;
        enum sv_status s = xml_next(&r->x, &event, &name, r->err);
        if (s)
            return s;
        if (event != XML_BEGIN)
            continue;
        if (xml_is(xml_attribute(&r->x, "Protected"), "True"))
            return sv_fail(r->err, SV_DATA,
                           "%s, line %u: its passwords are encrypted; export it with "
                           "\"keepassxc-cli export --format xml\"",
                           r->x.what, r->x.line);
        if ((s = xml_content(&r->x, xml_is(name, "Key") ? key : value, r->err)))
            return s;
    }
    return SV_OK;
}

static enum sv_status take_string(struct reading *r, struct found *f, struct version *v)
{
    struct xml_text key, value;
    enum sv_status s = read_string(r, &key, &value);
    if (s)
        return s;
    if (xml_is(key, "Password"))
        v->password = value;
    if (!f)
        return SV_OK;
    if (xml_is(key, "Title"))
        return found_set(f, "name", value.at, value.len, r->err);
    if (xml_is(key, "UserName"))
        return found_set(f, "username", value.at, value.len, r->err);
    if (xml_is(key, "Password"))
        return found_secret(f, value.at, value.len, r->err);
    if (xml_is(key, "URL"))
        return found_url(f, value.at, value.len, r->err);
    if (xml_is(key, "Notes"))
        return found_set(f, "note", value.at, value.len, r->err);
    return found_label(f, key.at, key.len, value.at, value.len, NULL, r->err);
}

/* ---- entries ---- */

static enum sv_status read_entry(struct reading *r, struct found *f, struct version *v);

/* *since: the password of the version that came last is so old. */
static void age(struct version *last, int64_t *since, const struct version *next)
{
    if (*since == 0 || last->password.len != next->password.len ||
        memcmp(last->password.at, next->password.at, next->password.len) != 0)
        *since = next->modified;
    *last = *next;
}

static enum sv_status read_history(struct reading *r, struct version *last, int64_t *since)
{
    int inside = r->x.depth;
    while (is_at(&r->x, inside)) {
        enum xml_event event;
        struct xml_text name;
        struct version v = {.password = {"", 0}};
        enum sv_status s = xml_next(&r->x, &event, &name, r->err);
        if (s == SV_OK && event == XML_BEGIN && (s = read_entry(r, NULL, &v)) == SV_OK)
            age(last, since, &v);
        if (s)
            return s;
    }
    return SV_OK;
}

/* What rotates on the day on which it expires. */
static void settle_dates(struct found *f, const struct version *v, int64_t since)
{
    const int64_t day = 86400;
    found_changed(f, since);
    if (v->expires > since && since > 0 && (v->expires - since) / day < 36500)
        f->card.rotate_days = (uint32_t)((v->expires - since + day - 1) / day);
}

/* Behind its beginning, which may be one of the history: f NULL. */
static enum sv_status read_entry(struct reading *r, struct found *f, struct version *v)
{
    int inside = r->x.depth;
    struct version last = {.password = {"", 0}};
    int64_t since = 0;
    while (is_at(&r->x, inside)) {
        enum xml_event event;
        struct xml_text name, text;
        enum sv_status s = xml_next(&r->x, &event, &name, r->err);
        if (s == SV_OK && event == XML_BEGIN) {
            if (xml_is(name, "String"))
                s = take_string(r, f, v);
            else if (xml_is(name, "Times"))
                s = read_times(r, v);
            else if (xml_is(name, "History") && f)
                s = read_history(r, &last, &since);
            else if ((s = xml_content(&r->x, &text, r->err)) == SV_OK && f && xml_is(name, "Tags"))
                s = found_tag(f, text.at, text.len, r->err);
        }
        if (s)
            return s;
    }
    age(&last, &since, v);
    if (f)
        settle_dates(f, v, since);
    return SV_OK;
}

static enum sv_status new_entry(struct reading *r, const struct group *g)
{
    struct version v = {.password = {"", 0}};
    struct found *f;
    if (g->thrown_away) {
        r->out->passed++;
        return xml_skip(&r->x, r->err);
    }
    enum sv_status s = found_add(r->out, r->x.line, &f, r->err);
    if (s == SV_OK)
        s = found_tag(f, g->path, strlen(g->path), r->err);
    return s ? s : read_entry(r, f, &v);
}

/* ---- groups ---- */

static void enter(const struct reading *r, struct group *g, struct xml_text name,
                  struct xml_text text)
{
    size_t used = strlen(g->path);
    if (xml_is(name, "UUID") && text.len > 0 && xml_is(text, r->bin))
        g->thrown_away = true;
    if (!xml_is(name, "Name") || g->level == 0)
        return;
    int n = snprintf(g->path + used, sizeof g->path - used, "%s%.*s", used ? "/" : "",
                     (int)(text.len < GROUP_MAX ? text.len : GROUP_MAX + 1), text.at);
    if (n < 0 || (size_t)n >= sizeof g->path - used)
        g->path[0] = '\0';
}

static enum sv_status read_group(struct reading *r, struct group g)
{
    int inside = r->x.depth;
    while (is_at(&r->x, inside)) {
        enum xml_event event;
        struct xml_text name, text;
        enum sv_status s = xml_next(&r->x, &event, &name, r->err);
        if (s == SV_OK && event == XML_BEGIN) {
            struct group below = g;
            below.level++;
            if (xml_is(name, "Entry"))
                s = new_entry(r, &g);
            else if (xml_is(name, "Group"))
                s = read_group(r, below);
            else if ((s = xml_content(&r->x, &text, r->err)) == SV_OK)
                enter(r, &g, name, text);
        }
        if (s)
            return s;
    }
    return SV_OK;
}

/* The bin stands in Meta, before Root. */
static enum sv_status read_outside(struct reading *r, struct xml_text name)
{
    struct xml_text text;
    enum sv_status s;
    if (xml_is(name, "Group"))
        return read_group(r, (struct group){.level = 0});
    if (!xml_is(name, "RecycleBinUUID"))
        return SV_OK;
    if ((s = xml_content(&r->x, &text, r->err)) == SV_OK && text.len < sizeof r->bin) {
        memcpy(r->bin, text.at, text.len);
        r->bin[text.len] = '\0';
    }
    return s;
}

IMPORT_READ(keepass_read)
{
    struct reading r = {.x = xml_over(in->bytes, in->len, in->what), .out = out, .err = err};
    enum xml_event event;
    struct xml_text name;
    enum sv_status s = xml_next(&r.x, &event, &name, err);
    if (s == SV_OK && (event != XML_BEGIN || !xml_is(name, "KeePassFile")))
        return sv_fail(err, SV_DATA,
                       "%s is no export of KeePass: it does not begin with "
                       "KeePassFile",
                       in->what);
    while (s == SV_OK && event != XML_OVER) {
        s = xml_next(&r.x, &event, &name, err);
        if (s == SV_OK && event == XML_BEGIN)
            s = read_outside(&r, name);
    }
    return s;
}

IMPORT_LOOK(keepass_looks_like)
{
    (void)source, (void)path;
    return memmem(first, len, "<KeePassFile", 12) ? LOOK_SURE : LOOK_NO;
}
