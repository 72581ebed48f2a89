/* SPDX-License-Identifier: ISC */
/*
 * xml: a document of XML 1.0 that came from outside, step by step. Texts are decoded in place
 * and stay in guarded memory, which is why no library does it. Nothing that a document declares
 * is expanded: one with a DOCTYPE is refused, and of entities there are the five of XML and
 * characters by number.
 */
#ifndef IMPORT_XML_H
#define IMPORT_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define XML_DEPTH_MAX 64
#define XML_ATTRIBUTES_MAX 16

struct xml_text {
    const char *at;
    size_t len;
};
struct xml_attribute {
    struct xml_text name, value;
};
struct xml {
    char *at, *end;
    const char *what; /* in messages */
    unsigned line;
    struct xml_text open[XML_DEPTH_MAX]; /* the elements that are open */
    int depth;
    bool empty; /* the last one began and ended at once */
    bool rooted;
    /* of the element that began last */
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX];
    size_t attribute_count;
};

enum xml_event { XML_BEGIN, XML_TEXT, XML_END, XML_OVER };

struct xml xml_over(char *bytes, size_t len, const char *what);
/* name: of the element, of XML_BEGIN and XML_END; the text, of XML_TEXT, which may come in
 * pieces. SV_DATA with the line for what is not well-formed or beyond a limit. */
enum sv_status xml_next(struct xml *x, enum xml_event *event, struct xml_text *name,
                        struct sv_err *err) SV_MUST_USE;
/* An attribute of the element that began last; len 0: none. */
struct xml_text xml_attribute(const struct xml *x, const char *name);
bool xml_is(struct xml_text text, const char *word);
/* Behind XML_BEGIN: up to that element's end. Its text in one piece; what elements in it
 * hold is left out. */
enum sv_status xml_content(struct xml *x, struct xml_text *text, struct sv_err *err) SV_MUST_USE;
enum sv_status xml_skip(struct xml *x, struct sv_err *err) SV_MUST_USE;

#endif
