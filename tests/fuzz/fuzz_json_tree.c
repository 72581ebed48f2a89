/* SPDX-License-Identifier: ISC */
/*
 * JSON from outside. Every value of a text that is taken lies within it, is visited
 * once by a walk from the root, and a string's decoded form is UTF-8 without a NUL.
 */
#include "base/json_tree.h"
#include "base/text.h"
#include "fuzz.h"

static uint32_t walk(const struct json_tree *t, uint32_t node)
{
    static char text[JSON_TREE_BYTES_MAX + 1];
    enum json_type type = json_tree_type(t, node);
    const struct json_node *n = &t->nodes[node];
    uint32_t seen = 1;
    CHECK(type != JSON_TREE_NONE && n->next > node && n->next <= t->count);
    if (type == JSON_TREE_STRING) {
        CHECK(json_tree_text(t, node, text, n->len + 1));
        CHECK(text_is_utf8(text, strlen(text)) && strlen(text) <= n->len);
    }
    for (uint32_t at = json_tree_next(t, node, 0); at; at = json_tree_next(t, node, at)) {
        if (type == JSON_TREE_OBJECT) {
            CHECK(json_tree_type(t, at) == JSON_TREE_STRING);
            seen += 1 + walk(t, json_tree_value(at));
        } else {
            seen += walk(t, at);
        }
    }
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JSON_TREE_OWNED struct json_tree t = {0};
    struct sv_err err = {""};
    fuzz_begin();
    FUZZ_OWNED uint8_t *exact = fuzz_copy(data, size);
    if (fuzz_told(json_tree_parse(&t, exact, size, "the text", &err), &err) != SV_OK) {
        CHECK(t.nodes == NULL && t.count == 0);
        return fuzz_end();
    }
    CHECK(walk(&t, 1) == t.count - 1);
    for (uint32_t i = 0; i < t.count; i++)
        CHECK(t.nodes[i].start + t.nodes[i].len <= size && json_tree_line(&t, i) >= 1);
    return fuzz_end();
}
