/* SPDX-License-Identifier: ISC */
/*
 * .env files, and what else is lines of NAME=VALUE: docker's --env-file, systemd's
 * EnvironmentFile, a shell's variables. One row a dialect (literal_env.h); the first of them
 * takes what all programs agree on. Lines that are none are passed over.
 */
#include <string.h>

#include "import/literal_env.h"
#include "import/sources.h"

struct env_source {
    enum env_dialect dialect;
};
const struct env_source env_all = {ENV_ALL}, env_docker = {ENV_DOCKER}, env_npm = {ENV_NPM},
                        env_python = {ENV_PYTHON}, env_systemd = {ENV_SYSTEMD},
                        env_laravel = {ENV_LARAVEL}, env_shell = {ENV_SHELL};

#define ADVICE                                                                                 \
    "say which one reads it, with --from docker-env, systemd-env, npm-dotenv, python-dotenv, " \
    "laravel or shell, or put it between single quotes"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

struct env_name {
    char *at;
    size_t len;
};

/* Behind the "=" of a line that sets something; NULL: it sets nothing. */
static char *name_of(char *at, char *end, struct env_name *name)
{
    static const char word[] = "export";
    while (at < end && is_blank(*at))
        at++;
    if ((size_t)(end - at) > sizeof word && memcmp(at, word, sizeof word - 1) == 0 &&
        is_blank(at[sizeof word - 1])) {
        at += sizeof word - 1;
        while (at < end && is_blank(*at))
            at++;
    }
    name->at = at;
    while (at < end && is_name(*at))
        at++;
    name->len = (size_t)(at - name->at);
    while (at < end && is_blank(*at))
        at++;
    return name->len > 0 && at < end && *at == '=' ? at + 1 : NULL;
}

static char *skip_line(char *at, char *end, unsigned *line)
{
    char *feed = memchr(at, '\n', (size_t)(end - at));
    *line += feed != NULL;
    return feed ? feed + 1 : end;
}

IMPORT_READ(dotenv_read)
{
    const struct env_source *source = in->source->detail;
    SETTINGS_OWNED struct settings settings = {.out = out, .in = in, .advice = ADVICE};
    char *at = in->bytes, *end = at + in->len;
    unsigned line = 1;
    enum sv_status s = SV_OK;
    while (at < end && s == SV_OK) {
        struct env_name name;
        struct literal value;
        char *behind = name_of(at, end, &name);
        if (behind) {
            unsigned first = line;
            literal_env(&value, behind, end, source->dialect);
            line += value.lines;
            s = settings_take(&settings, name.at, name.len, first, &value, err);
            at = value.end;
        }
        at = skip_line(at, end, &line);
    }
    return s == SV_OK ? settings_end(&settings, err) : s;
}

static enum sv_status check_place(const struct found *f, struct sv_err *err)
{
    return f->place == NULL ? SV_OK
                            : sv_fail(err, SV_DATA,
                                      "the secret is a part of a URL, which can be no reference: "
                                      "set user name and secret apart from it");
}

IMPORT_HOOK(dotenv_hook)
{
    enum sv_status s = check_place(f, err);
    if (s != SV_OK)
        return s;
    return blob_append(out, ask->reference, strlen(ask->reference)) ? SV_OK : sv_fail_nomem(err);
}

IMPORT_HOOK(shell_hook)
{
    enum sv_status s = check_place(f, err);
    if (s != SV_OK)
        return s;
    bool ok = blob_append(out, "\"$(", 3) && blob_append(out, ask->command, strlen(ask->command)) &&
              blob_append(out, ")\"", 2);
    return ok ? SV_OK : sv_fail_nomem(err);
}

/* ---- which one it is ---- */

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), len = strlen(ending);
    return n >= len && strcmp(name + n - len, ending) == 0;
}

/* ".env", ".env.local", "smtp.env", "mailer.env.production". */
static bool is_env(const char *name)
{
    const char *word = strstr(name, ".env");
    return word && (word[4] == '\0' || word[4] == '.');
}

static bool has(const char *first, size_t len, const char *text)
{
    return memmem(first, len, text, strlen(text)) != NULL;
}

/* Only Laravel's has these. */
static bool is_laravel(const char *first, size_t len)
{
    return has(first, len, "APP_KEY=base64:") || has(first, len, "MAIL_MAILER=") ||
           has(first, len, "MAIL_ENCRYPTION=");
}

/* A variable of mail, and a first line that sets one, as nothing but such files begin. */
static bool begins_so(const char *first, size_t len)
{
    const char *at = first, *end = first + len;
    struct env_name name;
    if (len > 2 && memcmp(at, "#!", 2) == 0)
        return false;
    while (at < end && (*at == '#' || *at == '\n' || *at == '\r')) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        at = feed ? feed + 1 : end;
    }
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    const char *behind = name_of((char *)at, (char *)(stop ? stop : end), &name);
    if (!behind || (behind < end && is_blank(*behind)) || is_blank(behind[-2]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_name(name.at[i]) || (name.at[i] >= 'a' && name.at[i] <= 'z'))
            return false;
    return has(first, len, "SMTP_") || has(first, len, "MAIL_") || has(first, len, "MAILER_");
}

/* Of most dialects nothing tells but --from. */
IMPORT_LOOK(dotenv_looks_like)
{
    const struct env_source *mine = source->detail;
    const char *name = import_basename(path);
    bool all = mine->dialect == ENV_ALL, laravel = mine->dialect == ENV_LARAVEL,
         shell = mine->dialect == ENV_SHELL;
    bool is_script = strcmp(name, ".envrc") == 0 || ends_with(name, ".sh");
    if ((!all && !laravel && !shell) || is_script != shell)
        return LOOK_NO;
    bool sure = is_env(name) || strcmp(name, ".envrc") == 0;
    if ((!sure && !begins_so(first, len)) || (!shell && is_laravel(first, len) != laravel))
        return LOOK_NO;
    return sure ? LOOK_SURE : LOOK_LIKELY;
}
