/* SPDX-License-Identifier: ISC */
/*
 * What `export --to json` writes: {"schema":1,"profiles":[{name, host, port,
 * tls, auth, username, from, kind, rotation, password}]}, with --inline; without it the secret is
 * a command, which is told and not run. When a client secret of OAuth2 ends comes with it. Members
 * that have another's name are passed over.
 */
#include <string.h>

#include "domain/profile.h"
#include "import/json_in.h"
#include "import/sources.h"

static enum sv_status take_tags(struct json_in *j, uint32_t tags, struct found *f,
                                struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (uint32_t n = json_tree_next(&j->tree, tags, 0); n && s == SV_OK;
         n = json_tree_next(&j->tree, tags, n)) {
        const char *text;
        size_t len;
        if ((s = json_in_text(j, n, &text, &len, err)) == SV_OK)
            s = found_tag(f, text, len, err);
    }
    return s;
}

static enum sv_status read_profile(struct json_in *j, uint32_t node, struct found_list *out,
                                   struct sv_err *err)
{
    static const char *const keys[][2] = {
        {"name", "name"}, {"provider", "provider"}, {"host", "host"},         {"port", "port"},
        {"tls", "tls"},   {"auth", "auth"},         {"username", "username"}, {"from", "from"},
        {"kind", "kind"}, {"note", "note"},         {"ca_file", "ca-file"},
    };
    struct found *f;
    enum sv_status s = found_add(out, json_in_line(j, node), &f, err);
    for (size_t i = 0; s == SV_OK && i < sizeof keys / sizeof keys[0]; i++)
        s = json_in_set(j, json_tree_find(&j->tree, node, keys[i][0]), f, keys[i][1], err);
    if (s == SV_OK)
        s = json_in_secret(j, json_tree_find(&j->tree, node, "password"), f, err);
    if (s == SV_OK)
        s = take_tags(j, json_tree_find(&j->tree, node, "tags"), f, err);
    if (s == SV_OK && json_tree_find(&j->tree, node, "password_command"))
        s = found_asks(f, "password_command", strlen("password_command"), err);
    uint32_t oauth = json_tree_find(&j->tree, node, "oauth");
    if (s == SV_OK)
        s = json_in_set(j, json_tree_find(&j->tree, oauth, "client_secret_expires"), f,
                        "client-secret-expires", err);
    if (s == SV_OK) {
        uint32_t rotation = json_tree_find(&j->tree, node, "rotation");
        found_changed(f, json_in_time(j, json_tree_find(&j->tree, rotation, "last")));
        s = json_in_set(j, json_tree_find(&j->tree, rotation, "every_days"), f, "rotate-every",
                        err);
        f->mail = true;
    }
    return s;
}

IMPORT_READ(own_read)
{
    JSON_IN_OWNED struct json_in j = {.line = 0};
    int64_t schema;
    enum sv_status s = json_in_parse(&j, in, err);
    if (s)
        return s;
    uint32_t list = json_tree_find(&j.tree, 1, "profiles");
    if (json_tree_type(&j.tree, list) != JSON_TREE_ARRAY ||
        !json_tree_int(&j.tree, json_tree_find(&j.tree, 1, "schema"), 1, 1, &schema))
        return sv_fail(err, SV_DATA, "%s is not what smtpvault export --to json writes", in->what);
    for (uint32_t n = json_tree_next(&j.tree, list, 0); n && s == SV_OK;
         n = json_tree_next(&j.tree, list, n))
        s = read_profile(&j, n, out, err);
    return s;
}

IMPORT_LOOK(own_looks_like)
{
    static const char *const names[] = {"schema", "profiles", NULL};
    (void)source, (void)path;
    return json_in_has(first, len, names) ? LOOK_SURE : LOOK_NO;
}
