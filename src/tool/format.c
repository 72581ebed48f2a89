/* SPDX-License-Identifier: ISC */
#include "tool/format.h"

#include <string.h>

#include "domain/login.h"
#include "tool/layout.h"
#include "tool/login.h"

const struct format *const formats[] = {
#define FORMAT(id) &format_##id,
#include "tool/formats.def"
#undef FORMAT
};
const size_t format_count = sizeof(formats) / sizeof(formats[0]);

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < format_count; i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            return formats[i];
        }
    }
    return NULL;
}

const char *format_group(const struct format *f)
{
    static const struct {
        const char *group; /* or NULL, in the rows of formats */
        const struct format *format;
    } rows[] = {
#define GROUP(title) {title, NULL},
#define FORMAT(id) {NULL, &format_##id},
#include "tool/formats.def"
#undef FORMAT
    };
    const char *group = "";

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && rows[i].format != f; i++) {
        group = rows[i].group ? rows[i].group : group;
    }
    return group;
}

static unsigned says(enum profile_tls tls)
{
    switch (tls) {
    case TLS_STARTTLS:
        return SAYS_STARTTLS;
    case TLS_IMPLICIT:
        return SAYS_IMPLICIT;
    case TLS_NONE:
        return SAYS_NONE;
    case TLS_UNSET:
        break;
    }
    return 0;
}

static enum sv_status check_input(const struct format *f, const struct format_input *in,
                                  struct sv_err *err)
{
    const struct profile *p = in->profile;

    if (!profile_is_mail(p)) {
        return sv_fail(
            err, SV_USAGE,
            "the profile is no mail login: it is kept for git, which asks for it itself");
    }
    if (!in->secret && !f->has_hook && !f->secretless) {
        return sv_fail(err, SV_USAGE, "%s has no command hook: add --inline", f->name);
    }
    if (in->secret && f->secretless) {
        return sv_fail(err, SV_USAGE, "%s has no place for a secret: leave --inline out", f->name);
    }
    if (!p->name || !p->host || !p->host[0] || !p->port || p->tls == TLS_UNSET) {
        return sv_fail(err, SV_DATA,
                       "the profile lacks a host, a port or a TLS mode: give them with \"smtpvault "
                       "edit NAME --host HOST --port N --tls MODE\"");
    }
    if (f->tls != 0 && !(f->tls & says(p->tls))) {
        return sv_fail(err, SV_DATA,
                       "%s cannot be told to use %s, as this login wants it; where the server has "
                       "another port: \"smtpvault edit NAME --port N --tls MODE\"",
                       f->name, profile_tls_title(p->tls));
    }
    if (login_is_oauth(p) && !f->oauth) {
        return sv_fail(err, SV_DATA,
                       "%s cannot log in with an OAuth2 token: it needs a login with a password",
                       f->name);
    }
    if (f->auth != 0 && p->auth != AUTH_AUTO && !(f->auth & SAYS_AUTH(p->auth))) {
        return sv_fail(err, SV_DATA,
                       "%s does not know %s, as this login wants it; where the server has another "
                       "mechanism: \"smtpvault edit NAME --auth MECHANISM\"",
                       f->name, login_mechanism(p->auth));
    }
    return f->needs_user ? login_need_user(p, f->name, err) : SV_OK;
}

static enum sv_status write_one(const struct format *f, struct sink *out,
                                const struct format_input *in, struct sv_err *err)
{
    return f->layout ? layout_write(out, f, in, err) : f->write(out, in, err);
}

static void put_text(struct sink *out, const char *text)
{
    if (text) {
        sink_puts(out, text);
    }
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
    put_text(out, f->begin);
    for (size_t i = 0; i < count; i++) {
        struct format_input in = inputs[i];

        in.alone = count == 1 && !in.among;
        put_text(out, i > 0 ? f->between : NULL);
        if ((st = write_one(f, out, &in, err)) != SV_OK) {
            return st;
        }
    }
    put_text(out, f->end);
    return sink_status(out, err);
}
