/* SPDX-License-Identifier: ISC */
/*
 * 1Password's own export, 1PUX: a zip archive in which export.data is JSON: accounts, vaults,
 * items. A login has its user name and password in details.loginFields; an "Email Account"
 * (category 111) has its server for sending in fields whose id begins with "smtp_", and that
 * for receiving ("pop_") is left out. Written after 1Password's description of the format
 * (support.1password.com/1pux-format), not held against its program.
 */
#include <string.h>

#include "import/json_in.h"
#include "import/sources.h"
#include "import/zip.h"

#define DATA "export.data"

static uint32_t member(const struct json_in *j, uint32_t node, const char *name)
{
    return json_tree_find(&j->tree, node, name);
}

static uint32_t next(const struct json_in *j, uint32_t list, uint32_t last)
{
    return json_tree_next(&j->tree, list, last);
}

static enum sv_status take_login(struct json_in *j, uint32_t fields, struct found *f,
                                 struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (uint32_t n = next(j, fields, 0); n && s == SV_OK; n = next(j, fields, n)) {
        uint32_t what = member(j, n, "designation"), value = member(j, n, "value");
        if (json_tree_is(&j->tree, what, "username"))
            s = json_in_set(j, value, f, "username", err);
        else if (json_tree_is(&j->tree, what, "password"))
            s = json_in_secret(j, value, f, err);
    }
    return s;
}

/* {"string": "x"}, {"concealed": "x"}, {"email": {"email_address": "x"}} ...: whichever it is. */
static uint32_t value_of(const struct json_in *j, uint32_t field)
{
    uint32_t value = member(j, field, "value"), name = next(j, value, 0);
    if (!name)
        return 0;
    uint32_t inner = json_tree_value(name), address = member(j, inner, "email_address");
    return address ? address : inner;
}

static enum sv_status take_field(struct json_in *j, uint32_t field, struct found *f,
                                 struct sv_err *err)
{
    char id[64] = "", title[128] = "";
    const char *text;
    size_t len;
    enum sv_status s = json_in_text(j, value_of(j, field), &text, &len, err);
    (void)json_tree_text(&j->tree, member(j, field, "id"), id, sizeof id);
    (void)json_tree_text(&j->tree, member(j, field, "title"), title, sizeof title);
    if (s || strncmp(id, "pop_", 4) == 0)
        return s;
    const char *label = strncmp(id, "smtp_", 5) == 0 ? id : title;
    return found_label(f, label, strlen(label), text, len, NULL, err);
}

static enum sv_status take_sections(struct json_in *j, uint32_t sections, struct found *f,
                                    struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (uint32_t n = next(j, sections, 0); n && s == SV_OK; n = next(j, sections, n)) {
        uint32_t fields = member(j, n, "fields");
        for (uint32_t k = next(j, fields, 0); k && s == SV_OK; k = next(j, fields, k))
            s = take_field(j, k, f, err);
    }
    return s;
}

static enum sv_status take_overview(struct json_in *j, uint32_t overview, struct found *f,
                                    struct sv_err *err)
{
    uint32_t tags = member(j, overview, "tags");
    enum sv_status s = json_in_set(j, member(j, overview, "title"), f, "name", err);
    if (s == SV_OK)
        s = json_in_url(j, member(j, overview, "url"), f, err);
    for (uint32_t n = next(j, tags, 0); n && s == SV_OK; n = next(j, tags, n)) {
        const char *text;
        size_t len;
        if ((s = json_in_text(j, n, &text, &len, err)) == SV_OK)
            s = found_tag(f, text, len, err);
    }
    return s;
}

/* The last password was replaced when this one came; without any it is as old as its item. */
static void take_date(struct json_in *j, uint32_t item, uint32_t details, struct found *f)
{
    uint32_t history = member(j, details, "passwordHistory");
    int64_t when = 0, at;
    (void)json_tree_int(&j->tree, member(j, item, "createdAt"), 0, INT64_MAX, &when);
    for (uint32_t n = next(j, history, 0); n; n = next(j, history, n))
        if (json_tree_int(&j->tree, member(j, n, "time"), 0, INT64_MAX, &at) && at > when)
            when = at;
    found_changed(f, when);
}

static enum sv_status read_item(struct json_in *j, uint32_t node, struct found_list *out,
                                struct sv_err *err)
{
    uint32_t item = member(j, node, "item") ? member(j, node, "item") : node;
    uint32_t details = member(j, item, "details");
    struct found *f;
    enum sv_status s = found_add(out, json_in_line(j, node), &f, err);
    if (s || (s = take_overview(j, member(j, item, "overview"), f, err)) ||
        (s = take_login(j, member(j, details, "loginFields"), f, err)) ||
        (s = take_sections(j, member(j, details, "sections"), f, err)) ||
        (s = json_in_secret(j, f->secret ? 0 : member(j, details, "password"), f, err)) ||
        (s = json_in_set(j, member(j, details, "notesPlain"), f, "note", err)))
        return s;
    take_date(j, item, details, f);
    if (!f->secret && !f->card.username) {
        found_drop(out);
        out->passed++;
    }
    return SV_OK;
}

static enum sv_status read_vaults(struct json_in *j, uint32_t vaults, struct found_list *out,
                                  struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (uint32_t v = next(j, vaults, 0); v && s == SV_OK; v = next(j, vaults, v)) {
        uint32_t items = member(j, v, "items");
        for (uint32_t n = next(j, items, 0); n && s == SV_OK; n = next(j, items, n))
            s = read_item(j, n, out, err);
    }
    return s;
}

IMPORT_READ(onepux_read)
{
    JSON_IN_OWNED struct json_in j = {.line = 0};
    SECRET_OWNED struct secret *data = NULL;
    struct import_input inside = *in;
    enum sv_status s;
    if ((s = zip_extract(&data, in->bytes, in->len, DATA, IMPORT_BYTES_MAX, in->what, err)))
        return s;
    inside.bytes = (char *)secret_poke(data);
    inside.len = secret_len(data);
    if ((s = json_in_parse(&j, &inside, err)))
        return s;
    uint32_t accounts = member(&j, 1, "accounts");
    if (json_tree_type(&j.tree, accounts) != JSON_TREE_ARRAY)
        return sv_fail(err, SV_DATA, "%s is no export of 1Password: it has no \"accounts\"",
                       in->what);
    for (uint32_t n = next(&j, accounts, 0); n && s == SV_OK; n = next(&j, accounts, n))
        s = read_vaults(&j, member(&j, n, "vaults"), out, err);
    return s;
}

IMPORT_LOOK(onepux_looks_like)
{
    const char *name = import_basename(path);
    size_t end = strlen(name);
    (void)source;
    if (len < 4 || memcmp(first, "PK\3\4", 4) != 0)
        return LOOK_NO;
    if (end > 5 && strcmp(name + end - 5, ".1pux") == 0)
        return LOOK_SURE;
    return memmem(first, len, "export.attributes", 17) || memmem(first, len, DATA, strlen(DATA))
               ? LOOK_LIKELY
               : LOOK_NO;
}
