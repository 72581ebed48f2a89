/* SPDX-License-Identifier: ISC */
/*
 * {"schema":1,"profiles":[...]}: the words of `list --json`, with "password", or
 * with "password_command", an argument vector to run without a shell; and all but tags and the
 * note of what an import elsewhere would have to know, when the secret was set and the end of
 * an OAuth2 client's secret included. JSON is
 * UTF-8 (RFC 8259 section 8.1), so other bytes cannot be said.
 */
#include "format/json.h"
#include "format/escape.h"
#include "tool/format.h"

#define TARGET "JSON"

static void put_command(struct json *j, const struct format_input *in)
{
    json_key(j, "password_command");
    json_array(j);
    json_string(j, in->program);
    if (in->vault) {
        json_string(j, "--vault");
        json_string(j, in->vault);
    }
    if (in->keyfile) {
        json_string(j, "--keyfile");
        json_string(j, in->keyfile);
    }
    if (in->token_from) {
        json_string(j, "--token-from");
        json_string(j, in->token_from);
    }
    json_string(j, "get");
    json_string(j, "--");
    json_string(j, in->profile->name);
    json_array_end(j);
}

/* Of an IAM secret a login gets what is derived from it, and that stands here. */
static enum profile_kind kind_of(const struct profile *p)
{
    return p->kind == KIND_IAM_SECRET ? KIND_API_KEY : p->kind;
}

/* The login's own period, and not what a policy of this vault has it be. */
static void put_rotation(struct json *j, const struct profile *p)
{
    json_key(j, "rotation");
    json_object(j);
    json_key(j, "every_days");
    if (p->rotate_days)
        json_int(j, p->rotate_days);
    else
        json_null(j);
    json_key(j, "last");
    json_time(j, p->rotated);
    json_object_end(j);
}

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    struct json j;
    enum sv_status st;

    if ((st = escape_refuse_not_utf8(TARGET, value_secret(in->secret), err)) != SV_OK ||
        (st = escape_refuse_not_utf8(TARGET, value_text("path of the vault", in->vault), err)) !=
            SV_OK ||
        (st = escape_refuse_not_utf8(TARGET, value_text("path of the key file", in->keyfile),
                                     err)) != SV_OK ||
        (st = escape_refuse_not_utf8(TARGET, value_text("source of the token", in->token_from),
                                     err)) != SV_OK) {
        return st;
    }
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "name");
    json_string(&j, p->name);
    json_text(&j, "provider", p->provider);
    json_key(&j, "host");
    json_string(&j, p->host);
    json_key(&j, "port");
    json_int(&j, p->port);
    json_key(&j, "tls");
    json_string(&j, profile_tls_word(p->tls));
    json_key(&j, "auth");
    json_string(&j, profile_auth_word(p->auth));
    json_key(&j, "username");
    json_string(&j, p->username);
    json_key(&j, "from");
    json_string(&j, p->from);
    json_text(&j, "kind", profile_kind_word(kind_of(p)));
    json_text(&j, "ca_file", p->ca_file);
    put_rotation(&j, p);
    if (p->client_ends)
        json_oauth_ends(&j, p);
    if (in->secret) {
        json_key(&j, "password");
        json_secret(&j, in->secret);
    } else {
        put_command(&j, in);
    }
    json_object_end(&j);
    return json_end(&j, err);
}

const struct format format_json = {
    .name = "json",
    .title = "JSON",
    .file = "login.json",
    .has_hook = true,
    .oauth = true,
    .many = true,
    .between = ",",
    .write = write,
    .begin = "{\"schema\":1,\"profiles\":[",
    .end = "]}\n",
};
