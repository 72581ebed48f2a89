/* SPDX-License-Identifier: ISC */
#include "base/json_tree.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

struct parser {
    struct json_tree *tree;
    const struct json_tree_limits *limits;
    const char *at, *end;
    int depth;
    const char *fault; /* what is wrong at `at`; NULL: nothing */
    bool no_memory;
};

static bool fault(struct parser *p, const char *what)
{
    if (!p->fault)
        p->fault = what;
    return false;
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (p->at >= p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

/* The new node's number, or 0. */
static uint32_t node_new(struct parser *p, enum json_type type)
{
    struct json_tree *t = p->tree;
    if (t->count >= p->limits->nodes) {
        (void)fault(p, "there are too many values");
        return 0;
    }
    if (t->count == t->capacity) {
        uint32_t capacity = t->capacity ? 2 * t->capacity : 64;
        struct json_node *grown = sv_resize(t->nodes, capacity * sizeof(*grown));
        if (!grown) {
            p->no_memory = true;
            (void)fault(p, "");
            return 0;
        }
        t->nodes = grown;
        t->capacity = capacity;
        if (t->count == 0)
            t->nodes[t->count++] = (struct json_node){.type = JSON_TREE_NONE};
    }
    t->nodes[t->count] =
        (struct json_node){.type = type, .start = (uint32_t)(p->at - t->bytes), .len = 0};
    return t->count++;
}

static void node_end(struct parser *p, uint32_t node)
{
    struct json_node *n = &p->tree->nodes[node];
    n->len = (uint32_t)(p->at - p->tree->bytes) - n->start;
    n->next = p->tree->count;
}

/* ---- strings ---- */

/* Four hexadecimal digits at `at`, or -1. */
static int32_t unit_at(const char *at, const char *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = text_hex_value(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* A \u escape, or two that make a pair, behind the backslash; how many bytes it
 * takes ("u0041": 5), 0 when it is none or an unpaired half, or NUL. */
static size_t escape_unicode(const char *at, const char *end, uint32_t *point)
{
    int32_t first = unit_at(at + 1, end), second;
    if (first <= 0 || (first >= 0xDC00 && first <= 0xDFFF))
        return 0;
    *point = (uint32_t)first;
    if (first < 0xD800 || first > 0xDBFF)
        return 5;
    if (end - at < 11 || at[5] != '\\' || at[6] != 'u')
        return 0;
    second = unit_at(at + 7, end);
    if (second < 0xDC00 || second > 0xDFFF)
        return 0;
    *point = 0x10000 + (((uint32_t)first - 0xD800) << 10) + ((uint32_t)second - 0xDC00);
    return 11;
}

/* The same for any escape. */
static size_t escape_length(const char *at, const char *end, uint32_t *point)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (at >= end || *at == '\0')
        return 0;
    if (*at == 'u')
        return escape_unicode(at, end, point);
    const char *found = strchr(letters, *at);
    if (!found)
        return 0;
    *point = (uint8_t)meant[found - letters];
    return 1;
}

/* A character that stands for itself in a string, if it is no quote: most do. */
static bool is_plain(char c)
{
    return (uint8_t)c >= 0x20 && (uint8_t)c < 0x80 && c != '\\';
}

static bool parse_string(struct parser *p, uint32_t *node)
{
    uint32_t point;
    *node = node_new(p, JSON_TREE_STRING);
    while (*node && p->at < p->end && *p->at != '"') {
        size_t len = 1;
        if (is_plain(*p->at)) {
            p->at++;
            continue;
        }
        if ((uint8_t)*p->at < 0x20)
            return fault(p, "a control character stands in a string");
        if (*p->at == '\\') {
            p->at++;
            len = escape_length(p->at, p->end, &point);
        } else {
            len = text_decode(p->at, (size_t)(p->end - p->at), &point);
        }
        if (len == 0)
            return fault(p, "a string has an escape or a byte that it cannot have");
        p->at += len;
    }
    if (!*node)
        return false;
    if (p->at >= p->end)
        return fault(p, "a string has no end");
    node_end(p, *node);
    p->at++;
    return true;
}

/* Writes one character as UTF-8; how many bytes, 0 when it does not fit. */
static size_t put_point(char *dst, size_t room, uint32_t c)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (n > room)
        return 0;
    for (size_t i = n; i > 1; i--, c >>= 6)
        dst[i - 1] = (char)(0x80 | (c & 0x3F));
    dst[0] = (char)(lead[n] | c);
    return n;
}

bool json_tree_text(const struct json_tree *tree, uint32_t node, char *dst, size_t capacity)
{
    if (json_tree_type(tree, node) != JSON_TREE_STRING || capacity == 0)
        return false;
    const char *at = tree->bytes + tree->nodes[node].start, *end = at + tree->nodes[node].len;
    size_t used = 0;
    while (at < end) {
        uint32_t point = 0;
        if (is_plain(*at) && used + 1 < capacity) {
            dst[used++] = *at++;
            continue;
        }
        if (*at == '\\') {
            at++;
            at += escape_length(at, end, &point);
        } else {
            at += text_decode(at, (size_t)(end - at), &point);
        }
        size_t n = put_point(dst + used, capacity - 1 - used, point);
        if (n == 0)
            return false;
        used += n;
    }
    dst[used] = '\0';
    return true;
}

/* ---- values ---- */

static bool parse_value(struct parser *p);

static size_t digits(struct parser *p)
{
    size_t n = 0;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        n++;
    return n;
}

static bool parse_number(struct parser *p)
{
    uint32_t node = node_new(p, JSON_TREE_NUMBER);
    if (!node)
        return false;
    if (*p->at == '-')
        p->at++;
    const char *first = p->at;
    size_t whole = digits(p);
    bool good = whole > 0 && (whole == 1 || *first != '0');
    if (good && p->at < p->end && *p->at == '.') {
        p->at++;
        good = digits(p) > 0;
    }
    if (good && p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
            p->at++;
        good = digits(p) > 0;
    }
    node_end(p, node);
    return good ? true : fault(p, "a number is malformed");
}

static bool parse_word(struct parser *p)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = {{"null", JSON_TREE_NULL}, {"false", JSON_TREE_FALSE}, {"true", JSON_TREE_TRUE}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i].word);
        if ((size_t)(p->end - p->at) < len || memcmp(p->at, words[i].word, len) != 0)
            continue;
        uint32_t node = node_new(p, words[i].type);
        if (!node)
            return false;
        p->at += len;
        node_end(p, node);
        return true;
    }
    return fault(p, "a value is missing");
}

static bool parse_array(struct parser *p)
{
    uint32_t node = node_new(p, JSON_TREE_ARRAY);
    if (!node)
        return false;
    p->at++;
    if (!take(p, ']')) {
        do {
            if (!parse_value(p))
                return false;
        } while (take(p, ','));
        if (!take(p, ']'))
            return fault(p, "a comma or ] is missing");
    }
    node_end(p, node);
    return true;
}

/* A name longer than any that is looked for cannot deceive anybody. */
static bool is_new_name(const struct json_tree *t, uint32_t object, uint32_t name)
{
    char text[256];
    bool short_enough = json_tree_text(t, name, text, sizeof(text));
    for (uint32_t n = object + 1; short_enough && n < name; n = t->nodes[n + 1].next)
        if (json_tree_is(t, n, text))
            return false;
    return true;
}

static bool parse_member(struct parser *p, uint32_t object)
{
    uint32_t name;
    if (!take(p, '"'))
        return fault(p, "a name in quotes is missing");
    if (!parse_string(p, &name))
        return false;
    if (!is_new_name(p->tree, object, name))
        return fault(p, "a name stands twice in one object");
    if (!take(p, ':'))
        return fault(p, "a colon is missing");
    return parse_value(p);
}

static bool parse_object(struct parser *p)
{
    uint32_t node = node_new(p, JSON_TREE_OBJECT);
    size_t members = 0;
    if (!node)
        return false;
    p->at++;
    if (!take(p, '}')) {
        do {
            if (++members > JSON_TREE_NAMES_MAX)
                return fault(p, "an object has too many members");
            if (!parse_member(p, node))
                return false;
        } while (take(p, ','));
        if (!take(p, '}'))
            return fault(p, "a comma or } is missing");
    }
    node_end(p, node);
    return true;
}

static bool parse_value(struct parser *p)
{
    uint32_t node;
    bool good = false;
    skip_blanks(p);
    if (p->at >= p->end)
        return fault(p, "it ends too early");
    if (++p->depth > p->limits->depth)
        return fault(p, "it nests too deep");
    if (*p->at == '{') {
        good = parse_object(p);
    } else if (*p->at == '[') {
        good = parse_array(p);
    } else if (*p->at == '"') {
        p->at++;
        good = parse_string(p, &node);
    } else if (*p->at == '-' || (*p->at >= '0' && *p->at <= '9')) {
        good = parse_number(p);
    } else {
        good = parse_word(p);
    }
    p->depth--;
    return good;
}

/* ---- the outside ---- */

static unsigned line_of(const char *bytes, const char *at)
{
    unsigned line = 1;
    for (; bytes < at; bytes++)
        line += *bytes == '\n';
    return line;
}

enum sv_status json_tree_parse(struct json_tree *tree, const void *bytes, size_t len,
                               const char *what, struct sv_err *err)
{
    static const struct json_tree_limits small = {JSON_TREE_BYTES_MAX, JSON_TREE_DEPTH_MAX,
                                                  JSON_TREE_NODES_MAX};
    return json_tree_parse_within(tree, bytes, len, what, &small, err);
}

enum sv_status json_tree_parse_within(struct json_tree *tree, const void *bytes, size_t len,
                                      const char *what, const struct json_tree_limits *limits,
                                      struct sv_err *err)
{
    JSON_TREE_OWNED struct json_tree fresh = {.bytes = bytes};
    struct parser p = {
        .tree = &fresh, .limits = limits, .at = bytes, .end = (const char *)bytes + len};
    if (len > limits->bytes)
        return sv_fail(err, SV_DATA, "%s is too large: more than %zu bytes", what, limits->bytes);
    if (len == 0)
        return sv_fail(err, SV_DATA, "%s is empty", what);
    bool good = parse_value(&p);
    skip_blanks(&p);
    if (good && p.at < p.end)
        (void)fault(&p, "something stands behind the end");
    if (p.no_memory)
        return sv_fail_nomem(err);
    if (p.fault)
        return sv_fail(err, SV_DATA, "%s is not the JSON that it should be: line %u: %s", what,
                       line_of(bytes, p.at), p.fault);
    *tree = fresh;
    fresh = (struct json_tree){0};
    return SV_OK;
}

void json_tree_clear(struct json_tree *tree)
{
    sv_free(tree->nodes);
    *tree = (struct json_tree){0};
}

enum json_type json_tree_type(const struct json_tree *tree, uint32_t node)
{
    return node < tree->count ? tree->nodes[node].type : JSON_TREE_NONE;
}

uint32_t json_tree_value(uint32_t name)
{
    return name + 1;
}

uint32_t json_tree_next(const struct json_tree *tree, uint32_t node, uint32_t last)
{
    enum json_type type = json_tree_type(tree, node);
    if (type != JSON_TREE_ARRAY && type != JSON_TREE_OBJECT)
        return 0;
    uint32_t at = node + 1;
    if (last)
        at = tree->nodes[type == JSON_TREE_OBJECT ? json_tree_value(last) : last].next;
    return at < tree->nodes[node].next ? at : 0;
}

size_t json_tree_size(const struct json_tree *tree, uint32_t node)
{
    size_t size = 0;
    for (uint32_t n = json_tree_next(tree, node, 0); n; n = json_tree_next(tree, node, n))
        size++;
    return size;
}

uint32_t json_tree_find(const struct json_tree *tree, uint32_t node, const char *name)
{
    if (json_tree_type(tree, node) != JSON_TREE_OBJECT)
        return 0;
    for (uint32_t n = json_tree_next(tree, node, 0); n; n = json_tree_next(tree, node, n))
        if (json_tree_is(tree, n, name))
            return json_tree_value(n);
    return 0;
}

bool json_tree_is(const struct json_tree *tree, uint32_t node, const char *text)
{
    char have[256];
    size_t len = strlen(text);
    if (json_tree_type(tree, node) != JSON_TREE_STRING)
        return false;
    /* An escape only makes it shorter than it stands there. */
    const char *there = tree->bytes + tree->nodes[node].start;
    size_t longest = tree->nodes[node].len;
    if (longest < len || (longest > 0 && *there != '\\' && *there != *text))
        return false;
    if (!memchr(there, '\\', longest))
        return longest == len && memcmp(there, text, len) == 0;
    return json_tree_text(tree, node, have, sizeof(have)) && strcmp(have, text) == 0;
}

bool json_tree_int(const struct json_tree *tree, uint32_t node, int64_t min, int64_t max,
                   int64_t *out)
{
    if (json_tree_type(tree, node) != JSON_TREE_NUMBER)
        return false;
    const char *at = tree->bytes + tree->nodes[node].start, *end = at + tree->nodes[node].len;
    bool negative = *at == '-';
    uint64_t value = 0;
    for (at += negative; at < end; at++) {
        if (*at < '0' || *at > '9' || value > (uint64_t)INT64_MAX / 10 - 1)
            return false;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    int64_t whole = negative ? -(int64_t)value : (int64_t)value;
    if (whole < min || whole > max)
        return false;
    *out = whole;
    return true;
}

unsigned json_tree_line(const struct json_tree *tree, uint32_t node)
{
    return node < tree->count ? line_of(tree->bytes, tree->bytes + tree->nodes[node].start) : 1;
}
