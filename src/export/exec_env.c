/* SPDX-License-Identifier: ISC */
#include "export/exec_env.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

#define OURS 4
static const char *const names[OURS] = {
    "SMTP_HOST=", "SMTP_PORT=", "SMTP_USERNAME=", "SMTP_PASSWORD="};

static bool is_ours(const char *entry)
{
    for (size_t i = 0; i < OURS; i++) {
        if (text_starts_with(entry, names[i]))
            return true;
    }
    return false;
}

static char *entry(const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 1;
    char *text = sv_alloc(size);
    if (text != NULL)
        snprintf(text, size, "%s%s", name, value);
    return text;
}

static enum sv_status password_entry(struct secret **out, const struct secret *password,
                                     struct sv_err *err)
{
    SECRET_OWNED struct secret *s = NULL;
    enum sv_status status = secret_new(&s, strlen(names[3]) + secret_len(password) + 1, err);
    if (status == SV_OK)
        status = secret_append(s, names[3], strlen(names[3]), err);
    if (status == SV_OK)
        status = secret_append(s, secret_peek(password), secret_len(password), err);
    if (status == SV_OK)
        status = secret_append(s, "", 1, err);
    if (status != SV_OK)
        return status;
    *out = s;
    s = NULL;
    return SV_OK;
}

static bool is_same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, "=");
    return strncmp(a, b, len + 1) == 0;
}

/* Puts it in front of what comes after, unless one of its name is there already. */
static void add(struct exec_env *env, size_t *n, char *entry)
{
    for (size_t i = 0; i < *n; i++) {
        if (is_same_name(env->list[i], entry))
            return;
    }
    env->list[(*n)++] = entry;
}

static enum sv_status add_login(struct exec_env *env, size_t *n, const struct profile *p,
                                const struct secret *password, struct sv_err *err)
{
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)p->port);
    env->host = entry(names[0], p->host != NULL ? p->host : "");
    env->port = entry(names[1], port);
    env->username = entry(names[2], p->username != NULL ? p->username : "");
    if (env->host == NULL || env->port == NULL || env->username == NULL)
        return sv_fail_nomem(err);
    if (password != NULL) {
        enum sv_status s = password_entry(&env->password, password, err);
        if (s != SV_OK)
            return s;
        add(env, n, (char *)secret_poke(env->password));
    }
    add(env, n, env->host);
    add(env, n, env->port);
    add(env, n, env->username);
    return SV_OK;
}

enum sv_status exec_env_make(struct exec_env *env, const struct profile *p,
                             const struct secret *password, const struct env_file *file,
                             struct sv_err *err)
{
    size_t count = 0, n = 0;
    enum sv_status s = SV_OK;
    while (environ != NULL && environ[count] != NULL)
        count++;
    env->list = sv_alloc_array(count + OURS + file->count + 1, sizeof *env->list);
    if (env->list == NULL)
        return sv_fail_nomem(err);
    /* Of a key that comes twice the last one counts. */
    for (size_t i = file->count; i > 0; i--)
        add(env, &n, (char *)(uintptr_t)env_file_entry(file, i - 1));
    if (p != NULL)
        s = add_login(env, &n, p, password, err);
    if (s != SV_OK)
        return s;
    for (size_t i = 0; i < count; i++) {
        if (p == NULL || !is_ours(environ[i]))
            add(env, &n, environ[i]);
    }
    env->list[n] = NULL;
    return SV_OK;
}

void exec_env_clear(struct exec_env *env)
{
    sv_free(env->list);
    sv_free(env->host);
    sv_free(env->port);
    sv_free(env->username);
    secret_free(env->password);
    *env = (struct exec_env){0};
}
