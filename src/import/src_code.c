/* SPDX-License-Identifier: ISC */
/*
 * Settings in a program's own language: PHP (WordPress, Nextcloud, Roundcube, phpList, Mautic,
 * PHPMailer), Python (Django, Flask-Mail), Ruby (Rails, GitLab). One row a language.
 */
#include <string.h>

#include "import/code.h"
#include "import/sources.h"

struct code_source {
    struct code_rules rules;
    const char *const *names;  /* of files that are of this one, whole or their ends */
    const char *const *likely; /* what the others have in their names, NULL-terminated */
    const char *ending;
};

/* ---- what programs make of their values ---- */

/* Symfony's container, in which Mautic keeps its settings: %% is %, %name% another one. */
static void undouble(struct literal *v)
{
    char *out = v->text;
    unsigned single = 0;
    for (size_t i = 0; i < v->len; i++) {
        bool twice = v->text[i] == '%' && i + 1 < v->len && v->text[i + 1] == '%';
        single += v->text[i] == '%' && !twice;
        i += twice;
        *out++ = v->text[i];
    }
    v->len = (size_t)(out - v->text);
    if (single > 1)
        v->state = SETTING_COMPUTED;
}

static void mend_php(const char *path, struct literal *v)
{
    const char *dot = strrchr(path, '.'), *name = dot ? dot + 1 : path;
    if (strncmp(name, "mailer_", 7) == 0)
        undouble(v);
    /* Roundcube puts in who uses it. */
    if (strncmp(name, "smtp_", 5) == 0 &&
        (memmem(v->text, v->len, "%u", 2) || memmem(v->text, v->len, "%p", 2)))
        v->state = SETTING_ELSEWHERE;
}

static const char *const php_names[] = {"wp-config.php", "config.inc.php", "smtp.config.php", NULL};
static const char *const php_likely[] = {"config", "settings", "local", "parameters", "mail", NULL};
static const char *const python_names[] = {"settings.py", NULL};
static const char *const python_likely[] = {"config", "settings", "production", "mail", NULL};
static const char *const ruby_names[] = {"gitlab.rb", "smtp_settings.rb", NULL};
static const char *const ruby_likely[] = {"config", "production",  "development", "staging",
                                          "mail",   "environment", NULL};
const struct code_source code_php = {{CODE_PHP, mend_php}, php_names, php_likely, ".php"},
                         code_python = {{CODE_PYTHON, NULL}, python_names, python_likely, ".py"},
                         code_ruby = {{CODE_RUBY, NULL}, ruby_names, ruby_likely, ".rb"};

IMPORT_READ(code_settings_read)
{
    const struct code_source *source = in->source->detail;
    SETTINGS_OWNED struct settings settings = {.out = out, .in = in, .advice = ""};
    enum sv_status s = code_read(&settings, in->bytes, in->bytes + in->len, &source->rules, err);
    return s == SV_OK ? settings_end(&settings, err) : s;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), len = strlen(ending);
    return n >= len && strcmp(name + n - len, ending) == 0;
}

IMPORT_LOOK(code_looks_like)
{
    const struct code_source *mine = source->detail;
    const char *name = import_basename(path);
    (void)first, (void)len;
    for (size_t i = 0; mine->names[i]; i++)
        if (ends_with(name, mine->names[i]))
            return LOOK_SURE;
    if (!ends_with(name, mine->ending))
        return LOOK_NO;
    for (size_t i = 0; mine->likely[i]; i++)
        if (strstr(name, mine->likely[i]))
            return LOOK_LIKELY;
    return LOOK_NO;
}
