/* SPDX-License-Identifier: ISC */
#include "tool/login.h"

#include <string.h>

static bool append(struct blob *out, const char *text)
{
    return blob_append(out, text, strlen(text));
}

static bool append_word(struct blob *out, struct value v)
{
    if (value_is_plain(v)) {
        return blob_append(out, v.bytes, v.len);
    }
    if (!append(out, "'")) {
        return false;
    }
    for (size_t i = 0; i < v.len; i++) {
        bool done = v.bytes[i] == '\'' ? append(out, "'\"'\"'") : blob_append(out, &v.bytes[i], 1);
        if (!done) {
            return false;
        }
    }
    return append(out, "'");
}

/* smtpvault and the options that open the vault. */
static enum sv_status put_program(struct blob *out, const struct format_input *in,
                                  const char *target, const char *refused, struct sv_err *err)
{
    struct value program = value_text("path of smtpvault", in->program);
    struct value vault = value_text("path of the vault", in->vault);
    struct value keyfile = value_text("path of the key file", in->keyfile);
    struct value token = value_text("source of the token", in->token_from);
    enum sv_status st;

    if ((st = escape_refuse(target, program, refused, err)) != SV_OK ||
        (st = escape_refuse(target, vault, refused, err)) != SV_OK ||
        (st = escape_refuse(target, keyfile, refused, err)) != SV_OK ||
        (st = escape_refuse(target, token, refused, err)) != SV_OK) {
        return st;
    }
    bool done = append_word(out, program);
    if (in->vault) {
        done = done && append(out, " --vault ") && append_word(out, vault);
    }
    if (in->keyfile) {
        done = done && append(out, " --keyfile ") && append_word(out, keyfile);
    }
    if (in->token_from) {
        done = done && append(out, " --token-from ") && append_word(out, token);
    }
    return done ? SV_OK : sv_fail_nomem(err);
}

static enum sv_status put_command(struct blob *out, const struct format_input *in,
                                  const char *words, const char *target, const char *refused,
                                  struct sv_err *err)
{
    struct value name = value_text("profile name", in->profile->name);
    enum sv_status st;

    if ((st = put_program(out, in, target, refused, err)) != SV_OK ||
        (st = escape_refuse(target, name, refused, err)) != SV_OK) {
        return st;
    }
    return append(out, words) && append_word(out, name) ? SV_OK : sv_fail_nomem(err);
}

enum sv_status login_command(struct blob *out, const struct format_input *in, const char *target,
                             const char *refused, struct sv_err *err)
{
    return put_command(out, in, in->profile->name[0] == '-' ? " get -- " : " get ", target, refused,
                       err);
}

enum sv_status login_git_helper(struct blob *out, const struct format_input *in, const char *target,
                                const char *refused, struct sv_err *err)
{
    return put_command(out, in, " git-credential --profile ", target, refused, err);
}

enum sv_status login_netrc_command(struct blob *out, const struct format_input *in,
                                   const char *target, const char *refused, struct sv_err *err)
{
    return put_command(out, in, " export --to curl-netrc --inline -- ", target, refused, err);
}

const char *login_mechanism(enum profile_auth auth)
{
    switch (auth) {
    case AUTH_AUTO:
        return NULL;
    case AUTH_PLAIN:
        return "PLAIN";
    case AUTH_LOGIN:
        return "LOGIN";
    case AUTH_CRAM_MD5:
        return "CRAM-MD5";
    case AUTH_SCRAM_SHA_256:
        return "SCRAM-SHA-256";
    case AUTH_XOAUTH2:
        return "XOAUTH2";
    case AUTH_OAUTHBEARER:
        return "OAUTHBEARER";
    }
    return NULL;
}

enum sv_status login_need_user(const struct profile *p, const char *target, struct sv_err *err)
{
    if (p->username && p->username[0]) {
        return SV_OK;
    }
    return sv_fail(err, SV_DATA,
                   "%s needs a user name, and the profile has none: give it one "
                   "with \"smtpvault edit NAME --username USER\"",
                   target);
}

struct value login_sender(const struct profile *p)
{
    bool given = p->from && p->from[0];
    bool address = p->username && strchr(p->username, '@');

    return value_text("sender address", given || !address ? p->from : p->username);
}

struct value login_ca_file(const struct profile *p)
{
    return value_text("path of the CA file", p->tls == TLS_NONE ? NULL : p->ca_file);
}

struct value login_bare_host(const struct profile *p)
{
    struct value host = value_text("host", p->host);

    if (host.len > 2 && host.bytes[0] == '[' && host.bytes[host.len - 1] == ']') {
        host.bytes++;
        host.len -= 2;
    }
    return host;
}
