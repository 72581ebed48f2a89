/* SPDX-License-Identifier: ISC */
#include "import/xml.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct xml xml_over(char *bytes, size_t len, const char *what)
{
    return (struct xml){.at = bytes, .end = bytes + len, .what = what, .line = 1};
}

static enum sv_status broken(const struct xml *x, const char *why, struct sv_err *err)
{
    return sv_fail(err, SV_DATA, "%s is not the XML that it should be: line %u: %s", x->what,
                   x->line, why);
}

bool xml_is(struct xml_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

static bool begins(const struct xml *x, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(x->end - x->at) >= len && memcmp(x->at, word, len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void step(struct xml *x)
{
    x->line += *x->at++ == '\n';
}

static void skip_blanks(struct xml *x)
{
    while (x->at < x->end && is_blank(*x->at))
        step(x);
}

/* Goes behind the next `word`; false: there is none. */
static bool behind(struct xml *x, const char *word)
{
    for (; x->at < x->end; step(x))
        if (begins(x, word)) {
            x->at += strlen(word);
            return true;
        }
    return false;
}

/* ---- references ---- */

static size_t put_utf8(char *dst, uint32_t c)
{
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i > 1; i--, c >>= 6)
        dst[i - 1] = (char)(0x80 | (c & 0x3F));
    dst[0] = (char)(lead[n] | c);
    return n;
}

/* "#65" or "#x41"; 0: none that there is. */
static uint32_t numbered(const char *at, size_t len)
{
    bool hex = len > 1 && at[1] == 'x';
    uint32_t c = 0;
    size_t i = hex ? 2 : 1;
    if (i == len)
        return 0;
    for (; i < len; i++) {
        int digit = text_hex_value(at[i]);
        if (digit < 0 || (!hex && digit > 9) || c > 0x10FFFF)
            return 0;
        c = c * (hex ? 16 : 10) + (uint32_t)digit;
    }
    return c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? 0 : c;
}

static uint32_t reference(const char *at, size_t len)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    if (len > 0 && *at == '#')
        return numbered(at, len);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (len == strlen(known[i].name) && memcmp(at, known[i].name, len) == 0)
            return (uint8_t)known[i].c;
    return 0;
}

/* From `from` up to x->at, decoded in place: what a reference stands for is never longer.
 * False: there is one that is not known. */
static bool decode(const struct xml *x, char *from, struct xml_text *out)
{
    char *to = from;
    *out = (struct xml_text){from, 0};
    for (const char *at = from; at < x->at;) {
        if (*at != '&') {
            *to++ = *at++;
            continue;
        }
        const char *end = memchr(at, ';', (size_t)(x->at - at));
        uint32_t c = end ? reference(at + 1, (size_t)(end - at - 1)) : 0;
        if (c == 0)
            return false;
        to += put_utf8(to, c);
        at = end + 1;
    }
    out->len = (size_t)(to - from);
    return true;
}

/* ---- tags ---- */

static bool ends_name(char c)
{
    return is_blank(c) || strchr("/>=<\"'&", c) != NULL;
}

static struct xml_text name_at(struct xml *x)
{
    struct xml_text name = {x->at, 0};
    while (x->at < x->end && !ends_name(*x->at))
        x->at++;
    name.len = (size_t)(x->at - name.at);
    return name;
}

static enum sv_status read_attribute(struct xml *x, struct sv_err *err)
{
    if (x->attribute_count == XML_ATTRIBUTES_MAX)
        return broken(x, "an element has too many attributes", err);
    struct xml_attribute *a = &x->attributes[x->attribute_count++];
    a->name = name_at(x);
    skip_blanks(x);
    if (a->name.len == 0 || x->at == x->end || *x->at != '=')
        return broken(x, "an attribute has no value", err);
    x->at++;
    skip_blanks(x);
    if (x->at == x->end || (*x->at != '"' && *x->at != '\''))
        return broken(x, "an attribute's value has no quotes", err);
    char quote = *x->at++, *from = x->at;
    while (x->at < x->end && *x->at != quote && *x->at != '<')
        step(x);
    if (x->at == x->end || *x->at != quote)
        return broken(x, "an attribute's quotes have no end", err);
    if (!decode(x, from, &a->value))
        return broken(x, "an entity is not known", err);
    x->at++;
    return SV_OK;
}

static enum sv_status open_tag(struct xml *x, struct xml_text *name, struct sv_err *err)
{
    enum sv_status s = SV_OK;
    *name = name_at(x);
    if (name->len == 0)
        return broken(x, "a tag has no name", err);
    if (x->depth == 0 && x->rooted)
        return broken(x, "something stands behind the end", err);
    if (x->depth == XML_DEPTH_MAX)
        return broken(x, "it nests too deep", err);
    x->open[x->depth++] = *name;
    x->rooted = true;
    x->attribute_count = 0;
    for (;;) {
        skip_blanks(x);
        if (x->at == x->end || *x->at == '/' || *x->at == '>')
            break;
        if ((s = read_attribute(x, err)))
            return s;
    }
    x->empty = begins(x, "/>");
    if (!x->empty && !begins(x, ">"))
        return broken(x, "a tag has no end: is it half written?", err);
    x->at += x->empty ? 2 : 1;
    return SV_OK;
}

static enum sv_status close_tag(struct xml *x, struct xml_text *name, struct sv_err *err)
{
    *name = name_at(x);
    skip_blanks(x);
    if (!begins(x, ">"))
        return broken(x, "a tag has no end", err);
    x->at++;
    if (x->depth == 0 || x->open[x->depth - 1].len != name->len ||
        memcmp(x->open[x->depth - 1].at, name->at, name->len) != 0)
        return broken(x, "an element ends that is not open", err);
    x->depth--;
    return SV_OK;
}

/* ---- steps ---- */

/* Comments and instructions; *passed: it was one. */
static enum sv_status pass_over(struct xml *x, bool *passed, struct sv_err *err)
{
    bool comment = begins(x, "<!--"), instruction = begins(x, "<?");
    *passed = comment || instruction;
    if (*passed && !behind(x, comment ? "-->" : "?>"))
        return broken(x, "a comment has no end", err);
    if (!*passed && begins(x, "<!") && !begins(x, "<![CDATA["))
        return broken(x, "a DOCTYPE is not allowed", err);
    return SV_OK;
}

static enum sv_status cdata(struct xml *x, struct xml_text *text, struct sv_err *err)
{
    x->at += strlen("<![CDATA[");
    text->at = x->at;
    if (!behind(x, "]]>"))
        return broken(x, "a CDATA section has no end", err);
    text->len = (size_t)(x->at - text->at) - strlen("]]>");
    return SV_OK;
}

static enum sv_status plain(struct xml *x, struct xml_text *text, struct sv_err *err)
{
    char *from = x->at;
    while (x->at < x->end && *x->at != '<')
        step(x);
    return decode(x, from, text) ? SV_OK : broken(x, "an entity is not known", err);
}

static enum sv_status at_end(struct xml *x, enum xml_event *event, struct sv_err *err)
{
    *event = XML_OVER;
    if (x->depth > 0)
        return broken(x, "it ends too early: is it half written?", err);
    return x->rooted ? SV_OK : broken(x, "there is no element", err);
}

enum sv_status xml_next(struct xml *x, enum xml_event *event, struct xml_text *name,
                        struct sv_err *err)
{
    enum sv_status s = SV_OK;
    bool passed = true;
    if (x->empty) {
        x->empty = false;
        *event = XML_END;
        *name = x->open[--x->depth];
        return SV_OK;
    }
    while (passed) {
        if (x->depth == 0)
            skip_blanks(x);
        if ((s = pass_over(x, &passed, err)))
            return s;
    }
    if (x->at == x->end)
        return at_end(x, event, err);
    *event = XML_TEXT;
    if (x->depth > 0 && begins(x, "<![CDATA["))
        return cdata(x, name, err);
    if (*x->at != '<')
        return x->depth > 0 ? plain(x, name, err) : broken(x, "text outside of any element", err);
    x->at++;
    *event = begins(x, "/") ? XML_END : XML_BEGIN;
    if (*event == XML_BEGIN)
        return open_tag(x, name, err);
    x->at++;
    return close_tag(x, name, err);
}

struct xml_text xml_attribute(const struct xml *x, const char *name)
{
    for (size_t i = 0; i < x->attribute_count; i++)
        if (xml_is(x->attributes[i].name, name))
            return x->attributes[i].value;
    return (struct xml_text){"", 0};
}

/* Pieces are moved together: they lie in the same bytes, the next behind the last. */
enum sv_status xml_content(struct xml *x, struct xml_text *text, struct sv_err *err)
{
    int inside = x->depth;
    enum xml_event event;
    struct xml_text piece;
    char *to = NULL;
    *text = (struct xml_text){"", 0};
    while (x->depth >= inside) {
        enum sv_status s = xml_next(x, &event, &piece, err);
        if (s)
            return s;
        if (event != XML_TEXT || x->depth != inside || piece.len == 0)
            continue;
        if (!to) {
            *text = piece;
            to = (char *)piece.at + piece.len;
        } else {
            memmove(to, piece.at, piece.len);
            to += piece.len;
            text->len += piece.len;
        }
    }
    return SV_OK;
}

enum sv_status xml_skip(struct xml *x, struct sv_err *err)
{
    struct xml_text ignored;
    return xml_content(x, &ignored, err);
}
