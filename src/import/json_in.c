/* SPDX-License-Identifier: ISC */
#include "import/json_in.h"

#include <string.h>

#include "base/text.h"

void json_in_clear(struct json_in *j)
{
    json_tree_clear(&j->tree);
    secret_free(j->word);
    *j = (struct json_in){.line = 0};
}

enum sv_status json_in_parse(struct json_in *j, const struct import_input *in, struct sv_err *err)
{
    j->counted = in->bytes;
    j->line = 1;
    return json_tree_parse_within(&j->tree, in->bytes, in->len, in->what, &import_json_limits, err);
}

/* A decoded string is never longer than it stands there. */
static enum sv_status room(struct json_in *j, size_t len, struct sv_err *err)
{
    if (j->word && secret_capacity(j->word) > len)
        return SV_OK;
    secret_free(j->word);
    j->word = NULL;
    return secret_new(&j->word, len < 4000 ? 4096 : 2 * len, err);
}

enum sv_status json_in_text(struct json_in *j, uint32_t node, const char **text, size_t *len,
                            struct sv_err *err)
{
    enum json_type type = json_tree_type(&j->tree, node);
    const struct json_node *n = &j->tree.nodes[node];
    enum sv_status s;
    *text = "";
    *len = 0;
    if (type == JSON_TREE_NUMBER) {
        *text = j->tree.bytes + n->start;
        *len = n->len;
    }
    if (type != JSON_TREE_STRING)
        return SV_OK;
    if ((s = room(j, n->len, err)))
        return s;
    char *dst = (char *)secret_poke(j->word);
    if (json_tree_text(&j->tree, node, dst, secret_capacity(j->word))) {
        *text = dst;
        *len = strlen(dst);
    }
    return SV_OK;
}

enum sv_status json_in_set(struct json_in *j, uint32_t node, struct found *f, const char *key,
                           struct sv_err *err)
{
    const char *text;
    size_t len;
    enum sv_status s = json_in_text(j, node, &text, &len, err);
    return s ? s : found_set(f, key, text, len, err);
}

enum sv_status json_in_secret(struct json_in *j, uint32_t node, struct found *f, struct sv_err *err)
{
    const char *text;
    size_t len;
    enum sv_status s = json_in_text(j, node, &text, &len, err);
    return s ? s : found_secret(f, text, len, err);
}

enum sv_status json_in_url(struct json_in *j, uint32_t node, struct found *f, struct sv_err *err)
{
    const char *text;
    size_t len;
    enum sv_status s = json_in_text(j, node, &text, &len, err);
    return s ? s : found_url(f, text, len, err);
}

int64_t json_in_time(struct json_in *j, uint32_t node)
{
    char text[64], *dot;
    int64_t when;
    if (!json_tree_text(&j->tree, node, text, sizeof text))
        return 0;
    /* Fractions of a second are nobody's business here. */
    if ((dot = strchr(text, '.')))
        memmove(dot, dot + 1 + strspn(dot + 1, "0123456789"),
                strlen(dot + 1 + strspn(dot + 1, "0123456789")) + 1);
    return strchr(text, 'T') && text_parse_time(text, 0, &when) ? when : 0;
}

unsigned json_in_line(struct json_in *j, uint32_t node)
{
    const char *at = j->tree.bytes + j->tree.nodes[node].start;
    for (; j->counted < at; j->counted++)
        j->line += *j->counted == '\n';
    return j->line;
}

bool json_in_has(const char *first, size_t len, const char *const *names)
{
    while (len > 0 && strchr(" \t\r\n", *first)) {
        first++;
        len--;
    }
    if (len == 0 || *first != '{')
        return false;
    for (; *names; names++) {
        size_t n = strlen(*names);
        const char *at = memmem(first, len, *names, n);
        if (!at || at[-1] != '"' || at + n >= first + len || at[n] != '"')
            return false;
    }
    return true;
}
