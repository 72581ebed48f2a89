/* SPDX-License-Identifier: ISC */
/*
 * Servers as a mail domain tells them to Thunderbird (config-v1.1.xml): the outgoing ones, each
 * a login without a secret, so that they can be seen and taken over by hand. What stands for the
 * user's address is left to the user.
 */
#include <string.h>

#include "import/sources.h"
#include "import/xml.h"

static enum sv_status take(struct found *f, struct xml_text name, struct xml_text text,
                           struct sv_err *err)
{
    if (xml_is(name, "hostname"))
        return found_set(f, "host", text.at, text.len, err);
    if (xml_is(name, "port"))
        return found_set(f, "port", text.at, text.len, err);
    if (xml_is(name, "socketType"))
        found_tls(f, text.at, text.len);
    else if (xml_is(name, "authentication") && f->card.auth == AUTH_AUTO)
        found_auth(f, text.at, text.len);
    else if (xml_is(name, "username") && !memchr(text.at, '%', text.len))
        return found_set(f, "username", text.at, text.len, err);
    return SV_OK;
}

static enum sv_status read_server(struct xml *x, struct found_list *out, struct sv_err *err)
{
    int inside = x->depth;
    struct found *f;
    enum sv_status s = found_add(out, x->line, &f, err);
    while (s == SV_OK && x->depth >= inside) {
        enum xml_event event;
        struct xml_text name, text;
        s = xml_next(x, &event, &name, err);
        if (s == SV_OK && event == XML_BEGIN && (s = xml_content(x, &text, err)) == SV_OK)
            s = take(f, name, text, err);
    }
    return s;
}

IMPORT_READ(autoconfig_read)
{
    struct xml x = xml_over(in->bytes, in->len, in->what);
    enum xml_event event;
    struct xml_text name;
    enum sv_status s = xml_next(&x, &event, &name, err);
    if (s == SV_OK && (event != XML_BEGIN || !xml_is(name, "clientConfig")))
        return sv_fail(err, SV_DATA, "%s does not begin with clientConfig, as Thunderbird's do",
                       in->what);
    while (s == SV_OK && event != XML_OVER) {
        s = xml_next(&x, &event, &name, err);
        if (s == SV_OK && event == XML_BEGIN && xml_is(name, "outgoingServer"))
            s = read_server(&x, out, err);
    }
    return s;
}

IMPORT_LOOK(autoconfig_looks_like)
{
    (void)source, (void)path;
    return memmem(first, len, "<clientConfig", 13) ? LOOK_SURE : LOOK_NO;
}
