/* SPDX-License-Identifier: ISC */
/*
 * Bitwarden's and Vaultwarden's export as JSON: {"encrypted":false, "folders":[{id,name}],
 * "items":[{type:1, name, notes, folderId, fields:[{name,value}], login:{uris:[{uri}],
 * username, password, passwordRevisionDate}}]}. An organisation's has collections for
 * folders. What was thrown away (deletedDate) is passed over.
 */
#include <string.h>

#include "import/json_in.h"
#include "import/sources.h"

static uint32_t member(const struct json_in *j, uint32_t node, const char *name)
{
    return json_tree_find(&j->tree, node, name);
}

static enum sv_status take_fields(struct json_in *j, uint32_t fields, struct found *f,
                                  struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (uint32_t n = json_tree_next(&j->tree, fields, 0); n && s == SV_OK;
         n = json_tree_next(&j->tree, fields, n)) {
        char label[128];
        const char *text;
        size_t len;
        if (json_tree_text(&j->tree, member(j, n, "name"), label, sizeof label) &&
            (s = json_in_text(j, member(j, n, "value"), &text, &len, err)) == SV_OK)
            s = found_label(f, label, strlen(label), text, len, NULL, err);
    }
    return s;
}

/* The first that is a mail server's, else the first. */
static enum sv_status take_uris(struct json_in *j, uint32_t uris, struct found *f,
                                struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (uint32_t n = json_tree_next(&j->tree, uris, 0); n && s == SV_OK && !f->mail;
         n = json_tree_next(&j->tree, uris, n)) {
        const char *text;
        size_t len;
        s = json_in_text(j, member(j, n, "uri"), &text, &len, err);
        bool mail = len > 4 && memcmp(text, "smtp", 4) == 0;
        if (s == SV_OK && (mail || !f->site))
            s = found_url(f, text, len, err);
    }
    return s;
}

static enum sv_status take_folder(struct json_in *j, uint32_t item, struct found *f,
                                  struct sv_err *err)
{
    uint32_t folders = member(j, 1, "folders"), id = member(j, item, "folderId");
    char wanted[64], name[128];
    if (!json_tree_text(&j->tree, id, wanted, sizeof wanted))
        return SV_OK;
    for (uint32_t n = json_tree_next(&j->tree, folders, 0); n;
         n = json_tree_next(&j->tree, folders, n))
        if (json_tree_is(&j->tree, member(j, n, "id"), wanted) &&
            json_tree_text(&j->tree, member(j, n, "name"), name, sizeof name))
            return found_tag(f, name, strlen(name), err);
    return SV_OK;
}

/* A password that was never changed is as old as its entry. */
static void take_date(struct json_in *j, uint32_t item, uint32_t login, struct found *f)
{
    int64_t when = json_in_time(j, member(j, login, "passwordRevisionDate"));
    found_changed(f, when ? when : json_in_time(j, member(j, item, "creationDate")));
}

static enum sv_status read_item(struct json_in *j, uint32_t item, struct found_list *out,
                                struct sv_err *err)
{
    uint32_t login = member(j, item, "login");
    struct found *f;
    enum sv_status s;
    if (json_tree_type(&j->tree, login) != JSON_TREE_OBJECT ||
        json_tree_type(&j->tree, member(j, item, "deletedDate")) == JSON_TREE_STRING) {
        out->passed++;
        return SV_OK;
    }
    if ((s = found_add(out, json_in_line(j, item), &f, err)) ||
        (s = json_in_set(j, member(j, item, "name"), f, "name", err)) ||
        (s = json_in_set(j, member(j, login, "username"), f, "username", err)) ||
        (s = json_in_secret(j, member(j, login, "password"), f, err)) ||
        (s = take_uris(j, member(j, login, "uris"), f, err)) ||
        (s = take_fields(j, member(j, item, "fields"), f, err)) ||
        (s = json_in_set(j, member(j, item, "notes"), f, "note", err)) ||
        (s = take_folder(j, item, f, err)))
        return s;
    take_date(j, item, login, f);
    return SV_OK;
}

IMPORT_READ(bitwarden_read)
{
    JSON_IN_OWNED struct json_in j = {.line = 0};
    enum sv_status s = json_in_parse(&j, in, err);
    if (s)
        return s;
    if (json_tree_type(&j.tree, member(&j, 1, "encrypted")) == JSON_TREE_TRUE)
        return sv_fail(err, SV_DATA,
                       "%s is an encrypted export: let Bitwarden export it once more, as \".json\" "
                       "and not as \".json (Encrypted)\"",
                       in->what);
    uint32_t items = member(&j, 1, "items");
    if (json_tree_type(&j.tree, items) != JSON_TREE_ARRAY)
        return sv_fail(err, SV_DATA, "%s is no export of Bitwarden: it has no \"items\"", in->what);
    for (uint32_t n = json_tree_next(&j.tree, items, 0); n && s == SV_OK;
         n = json_tree_next(&j.tree, items, n))
        s = read_item(&j, n, out, err);
    return s;
}

IMPORT_LOOK(bitwarden_looks_like)
{
    static const char *const plain[] = {"encrypted", "items", NULL};
    static const char *const folders[] = {"encrypted", "folders", NULL};
    static const char *const collections[] = {"encrypted", "collections", NULL};
    static const char *const sealed[] = {"encrypted", "encKeyValidation_DO_NOT_EDIT", NULL};
    (void)source, (void)path;
    return json_in_has(first, len, plain) || json_in_has(first, len, folders) ||
                   json_in_has(first, len, collections) || json_in_has(first, len, sealed)
               ? LOOK_SURE
               : LOOK_NO;
}
