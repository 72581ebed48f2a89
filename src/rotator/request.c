/* SPDX-License-Identifier: ISC */
/* What a rotator is told: JSON for those who read it, variables for a shell. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/json.h"
#include "rotator/rotator.h"

static const char *const step_words[] = {"create", "set", "test", "finish"};

const char *rotator_step_word(enum rotator_step step)
{
    return step_words[step];
}

static bool is_key(const char *text, size_t len)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz";
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return len > 0 && len <= 32 && strchr(first, text[0]) != NULL && strspn(text, all) >= len;
}

enum sv_status rotator_check_param(const char *param, struct sv_err *err)
{
    const char *equals = strchr(param, '=');
    size_t len = strlen(param);
    if (equals == NULL || !is_key(param, (size_t)(equals - param)))
        return sv_fail(err, SV_USAGE,
                       "a setting of a rotator is KEY=VALUE, the key of lower-case letters, "
                       "digits and '-'");
    if (len > ROTATOR_PARAM_MAX || !text_is_utf8(param, len) || text_has_control(param, len))
        return sv_fail(err, SV_USAGE,
                       "a setting of a rotator has at most %d bytes and no control characters",
                       ROTATOR_PARAM_MAX);
    return SV_OK;
}

/* ---- JSON ---- */

static void put_fd(struct json *j, const char *key, int fd, bool there)
{
    json_key(j, key);
    if (there)
        json_int(j, fd);
    else
        json_null(j);
}

static void put_server(struct json *j, const struct profile *p)
{
    json_text(j, "profile", p->name);
    json_text(j, "provider", p->provider);
    json_text(j, "kind", profile_kind_word(p->kind));
    json_text(j, "host", p->host);
    json_key(j, "port");
    json_int(j, p->port);
    json_text(j, "tls", profile_tls_word(p->tls));
    json_text(j, "from", p->from);
}

static void put_own(struct json *j, const struct profile *p)
{
    json_key(j, "own");
    if (p == NULL) {
        json_null(j);
        return;
    }
    json_object(j);
    put_server(j, p);
    json_text(j, "username", p->username);
    json_object_end(j);
}

static void put_params(struct json *j, const struct rotator_ask *ask)
{
    char key[ROTATOR_PARAM_MAX + 1];
    json_key(j, "settings");
    json_object(j);
    for (size_t i = 0; i < ask->param_count; i++) {
        size_t len = strcspn(ask->params[i], "=");
        snprintf(key, sizeof key, "%.*s", (int)len, ask->params[i]);
        json_text(j, key, ask->params[i] + len + 1);
    }
    json_object_end(j);
}

enum sv_status rotator_request(const struct rotator_ask *ask, struct secret **out,
                               struct sv_err *err)
{
    SINK_OWNED struct sink *sink = sink_new(false);
    struct json j;
    if (sink == NULL)
        return sv_fail_nomem(err);
    json_begin(&j, sink);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_text(&j, "step", rotator_step_word(ask->step));
    put_server(&j, ask->profile);
    json_text(&j, "username", ask->new_user);
    json_text(&j, "old_username", ask->old_user);
    json_key(&j, "version");
    json_version(&j, ask->profile->version);
    json_key(&j, "emergency");
    json_bool(&j, ask->emergency);
    put_params(&j, ask);
    put_own(&j, ask->own);
    json_key(&j, "secrets");
    json_object(&j);
    put_fd(&j, "new", ROTATOR_FD_NEW, ask->new_secret != NULL);
    put_fd(&j, "made", ROTATOR_FD_MADE, ask->step == ROTATOR_CREATE);
    put_fd(&j, "old", ROTATOR_FD_OLD, ask->old_secret != NULL);
    put_fd(&j, "own", ROTATOR_FD_OWN, ask->own_secret != NULL);
    json_object_end(&j);
    json_object_end(&j);
    enum sv_status s = json_end(&j, err);
    if (s != SV_OK)
        return s;
    sink_puts(sink, "\n");
    return sink_to_secret(sink, out, err);
}

/* ---- environment ---- */

void rotator_env_clear(struct rotator_env *env)
{
    for (size_t i = 0; i < env->count; i++)
        sv_free(env->list[i]);
    sv_free(env->list);
    *env = (struct rotator_env){.list = NULL};
}

static enum sv_status put(struct rotator_env *env, const char *name, size_t name_len,
                          const char *value, struct sv_err *err)
{
    if (value == NULL || value[0] == '\0')
        return SV_OK;
    size_t len = name_len + strlen(value) + 2;
    if (env->count + 1 >= env->capacity) {
        char **list = sv_resize(env->list, (env->capacity + 32) * sizeof *list);
        if (list == NULL)
            return sv_fail_nomem(err);
        env->list = list;
        env->capacity += 32;
    }
    char *text = sv_alloc(len);
    if (text == NULL)
        return sv_fail_nomem(err);
    snprintf(text, len, "%.*s=%s", (int)name_len, name, value);
    env->list[env->count++] = text;
    env->list[env->count] = NULL;
    return SV_OK;
}

static enum sv_status put_named(struct rotator_env *env, const char *name, const char *value,
                                struct sv_err *err)
{
    return put(env, name, strlen(name), value, err);
}

static enum sv_status put_ours(struct rotator_env *env, struct sv_err *err)
{
    static const char *const names[] = {"HOME",   "USER", "LOGNAME", "LANG",
                                        "LC_ALL", "TZ",   "TMPDIR",  "SSH_AUTH_SOCK"};
    const char *path = env_get("PATH");
    enum sv_status s =
        put_named(env, "PATH",
                  path != NULL ? path
                               : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
                                 "/bin",
                  err);
    for (size_t i = 0; s == SV_OK && i < sizeof names / sizeof names[0]; i++)
        s = put_named(env, names[i], env_get(names[i]), err);
    return s;
}

/* "file=/etc/x": SMTPVAULT_SET_FILE=/etc/x. */
static enum sv_status put_param(struct rotator_env *env, const char *param, struct sv_err *err)
{
    char name[ROTATOR_PARAM_MAX + 16];
    size_t len = strcspn(param, "=");
    snprintf(name, sizeof name, "SMTPVAULT_SET_%.*s", (int)len, param);
    for (char *at = name + strlen("SMTPVAULT_SET_"); *at != '\0'; at++)
        *at = (char)(*at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    return put_named(env, name, param + len + 1, err);
}

enum sv_status rotator_env_make(struct rotator_env *env, const struct rotator_ask *ask,
                                struct sv_err *err)
{
    const struct profile *p = ask->profile;
    char port[8], version[24];
    snprintf(port, sizeof port, "%u", (unsigned)p->port);
    snprintf(version, sizeof version, "%" PRIu64, p->version);
    const char *const rows[][2] = {{"SMTPVAULT_STEP", rotator_step_word(ask->step)},
                                   {"SMTPVAULT_PROFILE", p->name},
                                   {"SMTPVAULT_PROVIDER", p->provider},
                                   {"SMTPVAULT_HOST", p->host},
                                   {"SMTPVAULT_PORT", port},
                                   {"SMTPVAULT_TLS", profile_tls_word(p->tls)},
                                   {"SMTPVAULT_VERSION", version},
                                   {"SMTPVAULT_EMERGENCY", ask->emergency ? "yes" : NULL},
                                   {"SMTPVAULT_USERNAME", ask->new_user},
                                   {"SMTPVAULT_OLD_USERNAME", ask->old_user},
                                   {"SMTPVAULT_OWN_USERNAME", ask->own ? ask->own->username : NULL},
                                   {"SMTPVAULT_OWN_HOST", ask->own ? ask->own->host : NULL}};
    enum sv_status s = put_ours(env, err);
    for (size_t i = 0; s == SV_OK && i < sizeof rows / sizeof rows[0]; i++)
        s = put_named(env, rows[i][0], rows[i][1], err);
    for (size_t i = 0; s == SV_OK && i < ask->param_count; i++)
        s = put_param(env, ask->params[i], err);
    return s;
}
