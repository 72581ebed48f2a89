/* SPDX-License-Identifier: ISC */
#include "format/format.h"

#include <string.h>

#include "format/fmt.h"

const struct format formats[] = {
#define FORMAT(id, heading, place, hook, several, whole, gap, first, last) \
    {.name = #id,                                                          \
     .title = heading,                                                     \
     .file = place,                                                        \
     .has_hook = hook,                                                     \
     .many = several,                                                      \
     .document = whole,                                                    \
     .between = gap,                                                       \
     .write = fmt_##id##_write,                                            \
     .begin = first,                                                       \
     .end = last},
#include "format/formats.def"
#undef FORMAT
};
const size_t format_count = sizeof(formats) / sizeof(formats[0]);

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < format_count; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

static enum sv_status check_input(const struct format *f, const struct format_input *in,
                                  struct sv_err *err)
{
    const struct profile *p = in->profile;

    if (!in->secret && !f->has_hook) {
        return sv_fail(err, SV_USAGE, "%s has no command hook: add --inline", f->name);
    }
    if (!p->name || !p->host || !p->host[0] || !p->port || p->tls == TLS_UNSET) {
        return sv_fail(err, SV_DATA,
                       "the profile lacks a host, a port or a TLS mode: give them with \"smtpvault "
                       "edit NAME --host HOST --port N --tls MODE\"");
    }
    return SV_OK;
}

enum sv_status format_write(const struct format *f, struct sink *out,
                            const struct format_input *inputs, size_t count, struct sv_err *err)
{
    enum sv_status st = SV_OK;

    if (count > 1 && !f->many) {
        return sv_fail(err, SV_USAGE, "%s holds one login: export one profile at a time", f->name);
    }
    for (size_t i = 0; i < count; i++) {
        if ((st = check_input(f, &inputs[i], err)) != SV_OK) {
            return st;
        }
    }
    if (f->begin && (st = f->begin(out, err)) != SV_OK) {
        return st;
    }
    for (size_t i = 0; i < count; i++) {
        struct format_input in = inputs[i];

        in.alone = count == 1;
        if (i > 0) {
            sink_puts(out, f->between);
        }
        if ((st = f->write(out, &in, err)) != SV_OK) {
            return st;
        }
    }
    if (f->end && (st = f->end(out, err)) != SV_OK) {
        return st;
    }
    return sink_status(out, err);
}
