/* SPDX-License-Identifier: ISC */
/*
 * json_tree: reads a JSON text (RFC 8259) that came from outside. The whole text
 * is checked first; what is kept then is where each value stands, not a copy of
 * it, so that a text in guarded memory stays there. Stricter than the standard
 * where leniency lies: no name twice in an object, no unpaired surrogate, no NUL
 * in a string, UTF-8 only, limits on depth and size.
 */
#ifndef BASE_JSON_TREE_H
#define BASE_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The limits of json_tree_parse, for texts that are small. */
#define JSON_TREE_BYTES_MAX (256U * 1024)
#define JSON_TREE_DEPTH_MAX 16
#define JSON_TREE_NODES_MAX 16384 /* values and names */
#define JSON_TREE_NAMES_MAX 256   /* members of one object */

enum json_type {
    JSON_TREE_NONE, /* the type of node 0, "there is none" */
    JSON_TREE_NULL,
    JSON_TREE_FALSE,
    JSON_TREE_TRUE,
    JSON_TREE_NUMBER,
    JSON_TREE_STRING,
    JSON_TREE_ARRAY,
    JSON_TREE_OBJECT
};

/* Where a value stands: strings without their quotes. `next` is the node behind it
 * and all that is in it. */
struct json_node {
    enum json_type type;
    uint32_t start, len, next;
};

/* Node 0 is no value, node 1 is the text's. Zeroed: empty; owner: json_tree_clear.
 * The bytes are borrowed. */
struct json_tree {
    const char *bytes;
    struct json_node *nodes;
    uint32_t count, capacity;
};

/* `what` names the text in the message ("the file x.json"), which tells the line
 * and repeats nothing of the text. SV_DATA for what is not JSON or beyond a limit. */
enum sv_status json_tree_parse(struct json_tree *tree, const void *bytes, size_t len,
                               const char *what, struct sv_err *err) SV_MUST_USE;
/* The same for larger ones: bytes below 4 GiB, a depth that the stack can bear (a level takes
 * some 200 bytes of it). */
struct json_tree_limits {
    size_t bytes;
    int depth;
    uint32_t nodes;
};
enum sv_status json_tree_parse_within(struct json_tree *tree, const void *bytes, size_t len,
                                      const char *what, const struct json_tree_limits *limits,
                                      struct sv_err *err) SV_MUST_USE;
void json_tree_clear(struct json_tree *tree);
#define JSON_TREE_OWNED __attribute__((cleanup(json_tree_clear)))

enum json_type json_tree_type(const struct json_tree *tree, uint32_t node);
/* The value of a member; 0 when there is none, or node is no object. */
uint32_t json_tree_find(const struct json_tree *tree, uint32_t node, const char *name);
/* Walks the values of an array, or the names of an object, each followed by its
 * value (json_tree_value). `last` 0: the first. 0: no more. */
uint32_t json_tree_next(const struct json_tree *tree, uint32_t node, uint32_t last);
uint32_t json_tree_value(uint32_t name);
/* How many values an array has, or members an object. */
size_t json_tree_size(const struct json_tree *tree, uint32_t node);

/* A string, decoded, with a NUL behind; false when it is none or does not fit. */
bool json_tree_text(const struct json_tree *tree, uint32_t node, char *dst, size_t capacity);
bool json_tree_is(const struct json_tree *tree, uint32_t node, const char *text);
/* A whole number without fraction or exponent within [min, max]. */
bool json_tree_int(const struct json_tree *tree, uint32_t node, int64_t min, int64_t max,
                   int64_t *out);
/* The line (from 1) on which a node begins, for messages. */
unsigned json_tree_line(const struct json_tree *tree, uint32_t node);

#endif
