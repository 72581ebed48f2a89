/* SPDX-License-Identifier: ISC */
/*
 * Configuration files with a syntax of their own: INI as Go reads it (Gitea, Grafana), Java's
 * properties (Spring), YAML line by line (Alertmanager, Authelia, Redmine, Discourse, Synapse),
 * JSON (Ghost). A name is the path to it: "mailer.PASSWD", "mail.options.auth.pass".
 */
#include <stdio.h>
#include <string.h>

#include "import/json_in.h"
#include "import/literal_config.h"
#include "import/sources.h"

#define ADVICE_INI "write it between backticks"
#define ADVICE_YAML "write it between double quotes, on one line"
#define ADVICE_PROPERTIES "write it in plain letters"

struct text {
    char *at, *end;
    unsigned line;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static char *line_end(const struct text *t)
{
    char *feed = t->at < t->end ? memchr(t->at, '\n', (size_t)(t->end - t->at)) : NULL;
    return feed ? feed : t->end;
}

static void skip_blanks(struct text *t)
{
    while (t->at < t->end && is_blank(*t->at))
        t->at++;
}

/* Behind the end of the line that `to` is in. */
static void go_behind(struct text *t, char *to)
{
    t->at = to;
    char *stop = line_end(t);
    t->line += stop < t->end;
    t->at = stop < t->end ? stop + 1 : stop;
}

/* path.name into dst; "" where it is longer than any that is known. */
static void join(char dst[SETTING_NAME_MAX], const char *path, const char *name, size_t len)
{
    int n = snprintf(dst, SETTING_NAME_MAX, "%s%s%.*s", path, *path ? "." : "",
                     (int)(len < SETTING_NAME_MAX ? len : SETTING_NAME_MAX), name);
    if (n < 0 || n >= SETTING_NAME_MAX)
        dst[0] = '\0';
}

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static bool value_begins(const struct literal *v, const char *word)
{
    return v->len >= strlen(word) && memcmp(v->text, word, strlen(word)) == 0;
}

/* What programs put in for ${NAME}: alone it is another place, else it is computed. */
static void judge_dollar(struct literal *v)
{
    if (!memmem(v->text, v->len, "${", 2) || v->state != SETTING_TOLD)
        return;
    const char *close = memchr(v->text, '}', v->len);
    bool alone =
        value_begins(v, "${") && close == v->text + v->len - 1 && !memchr(v->text, ':', v->len);
    v->state = alone ? SETTING_ELSEWHERE : SETTING_COMPUTED;
}

/* ---- INI ---- */

/* Grafana's own: ${NAME}, $__env{NAME}, $__file{PATH}. */
static void judge_ini(const char *section, struct literal *v)
{
    if (v->state != SETTING_TOLD)
        return;
    if (strcmp(section, "smtp") == 0) {
        judge_dollar(v);
        if (value_begins(v, "$__"))
            v->state = SETTING_ELSEWHERE;
    }
    const char *open = memmem(v->text, v->len, "%(", 2);
    if (open && memmem(open, (size_t)(v->text + v->len - open), ")s", 2))
        v->state = SETTING_COMPUTED;
}

IMPORT_READ(ini_read)
{
    SETTINGS_OWNED struct settings settings = {.out = out, .in = in, .advice = ADVICE_INI};
    struct text t = {in->bytes, in->bytes + in->len, 1};
    char section[SETTING_NAME_MAX] = "", path[SETTING_NAME_MAX];
    enum sv_status s = SV_OK;
    while (t.at < t.end && s == SV_OK) {
        skip_blanks(&t);
        char *stop = line_end(&t);
        char *equals = t.at < stop ? memchr(t.at, '=', (size_t)(stop - t.at)) : NULL;
        if (t.at < stop && *t.at == '[') {
            char *close = memchr(t.at, ']', (size_t)(stop - t.at));
            join(section, "", t.at + 1, close ? (size_t)(close - t.at - 1) : 0);
        } else if (equals && *t.at != '#' && *t.at != ';') {
            struct literal v;
            char *from = equals + 1;
            join(path, section, t.at, (size_t)(equals - t.at));
            while (from < stop && is_blank(*from))
                from++;
            literal_ini(&v, from, t.end);
            judge_ini(section, &v);
            s = settings_take(&settings, path, strlen(path), t.line, &v, err);
        }
        go_behind(&t, stop);
    }
    return s == SV_OK ? settings_end(&settings, err) : s;
}

/* ---- Java's properties ---- */

IMPORT_READ(properties_read)
{
    SETTINGS_OWNED struct settings settings = {.out = out, .in = in, .advice = ADVICE_PROPERTIES};
    struct text t = {in->bytes, in->bytes + in->len, 1};
    enum sv_status s = SV_OK;
    while (t.at < t.end && s == SV_OK) {
        skip_blanks(&t);
        char *stop = line_end(&t), *key = t.at, *at = key;
        bool comment = at < stop && (*at == '#' || *at == '!');
        while (at < stop && !is_blank(*at) && *at != '=' && *at != ':')
            at++;
        size_t len = (size_t)(at - key);
        while (at < stop && is_blank(*at))
            at++;
        at += at < stop && (*at == '=' || *at == ':');
        while (at < stop && is_blank(*at))
            at++;
        struct literal v = {.end = stop};
        if (!comment && len > 0) {
            literal_properties(&v, at, t.end);
            judge_dollar(&v);
            s = settings_take(&settings, key, len, t.line, &v, err);
        }
        t.line += v.lines;
        go_behind(&t, v.end);
    }
    return s == SV_OK ? settings_end(&settings, err) : s;
}

/* ---- YAML ---- */

#define YAML_DEPTH 32
struct yaml {
    struct settings *settings;
    struct text t;
    char path[YAML_DEPTH][SETTING_NAME_MAX]; /* of what is in each level */
    size_t indent[YAML_DEPTH], depth;
};

/* A key and its colon at the beginning; false: there is none. */
static bool yaml_key(char *at, const char *stop, struct literal *key)
{
    if (at < stop && (*at == '"' || *at == '\'')) {
        char *close = memchr(at + 1, *at, (size_t)(stop - at - 1));
        *key = (struct literal){.text = at + 1, .end = close ? close + 1 : at};
        key->len = close ? (size_t)(close - at - 1) : 0;
    } else {
        char *to = at;
        while (to < stop && !is_blank(*to) && *to != ':' && *to != '#')
            to++;
        *key = (struct literal){.text = at, .len = (size_t)(to - at), .end = to};
    }
    while (key->end < stop && is_blank(*key->end))
        key->end++;
    bool colon =
        key->end < stop && *key->end == ':' && (key->end + 1 == stop || is_blank(key->end[1]));
    key->end += colon;
    return colon && key->len > 0;
}

/* The indent of the next line that has something; 0: none. */
static size_t next_indent(const struct text *t, const char *from)
{
    const char *at = from, *end = t->end;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *line = at = feed ? feed + 1 : end;
        while (at < end && *at == ' ')
            at++;
        if (at < end && *at != '\n' && *at != '\r' && *at != '#')
            return (size_t)(at - line);
    }
    return 0;
}

/* Lines that belong to a value of the one before. */
static void skip_deeper(struct yaml *y, char *from, size_t indent)
{
    go_behind(&y->t, from);
    while (y->t.at < y->t.end) {
        char *stop = line_end(&y->t), *at = y->t.at;
        while (at < stop && *at == ' ')
            at++;
        bool empty = at == stop || *at == '\r';
        if (!empty && (size_t)(at - y->t.at) <= indent)
            return;
        go_behind(&y->t, stop);
    }
}

/* docker compose and Spring put variables in. */
static void judge_yaml(const char *path, struct literal *v)
{
    if (begins(path, "services.") || begins(path, "spring.")) {
        judge_dollar(v);
        if (v->state == SETTING_TOLD && memchr(v->text, '$', v->len) && begins(path, "services."))
            v->state = SETTING_DOUBTFUL;
    }
}

static enum sv_status yaml_value(struct yaml *y, const char *path, size_t indent, char *at,
                                 struct sv_err *err)
{
    struct literal v;
    unsigned line = y->t.line;
    char *stop = line_end(&y->t);
    /* As it stands there, ERB would run it before it is YAML. */
    bool erb = strstr(path, "email_delivery") && memmem(at, (size_t)(stop - at), "<%", 2);
    literal_yaml(&v, at, y->t.end);
    bool more = next_indent(&y->t, stop) > indent;
    if (more && v.state == SETTING_TOLD)
        v.state = SETTING_DOUBTFUL;
    judge_yaml(path, &v);
    v.state = erb ? SETTING_COMPUTED : v.state;
    if (more)
        skip_deeper(y, stop, indent);
    else
        go_behind(&y->t, stop);
    return settings_take(y->settings, path, strlen(path), line, &v, err);
}

static void yaml_open(struct yaml *y, const char *path, size_t indent)
{
    if (y->depth == YAML_DEPTH)
        return;
    y->indent[y->depth] = indent;
    memcpy(y->path[y->depth++], path, strlen(path) + 1);
}

static enum sv_status yaml_line(struct yaml *y, struct sv_err *err)
{
    char *begin = y->t.at, *stop = line_end(&y->t), *at = begin, path[SETTING_NAME_MAX];
    struct literal key;
    while (at < stop && *at == ' ')
        at++;
    size_t indent = (size_t)(at - begin);
    while (y->depth > 0 && at < stop && *at != '#' && *at != '\r' &&
           y->indent[y->depth - 1] >= indent)
        y->depth--;
    while (stop - at > 1 && *at == '-' && at[1] == ' ') { /* an item is one level more */
        yaml_open(y, y->depth > 0 ? y->path[y->depth - 1] : "", indent);
        for (at++; at < stop && *at == ' ';)
            at++;
        indent = (size_t)(at - begin);
    }
    if (at == stop || *at == '#' || !yaml_key(at, stop, &key)) {
        go_behind(&y->t, stop);
        return SV_OK;
    }
    join(path, y->depth > 0 ? y->path[y->depth - 1] : "", key.text, key.len);
    char *value = key.end;
    while (value < stop && is_blank(*value))
        value++;
    if (value < stop && *value != '#')
        return yaml_value(y, path, indent, value, err);
    yaml_open(y, path, indent);
    go_behind(&y->t, stop);
    return SV_OK;
}

IMPORT_READ(yaml_read)
{
    SETTINGS_OWNED struct settings settings = {.out = out, .in = in, .advice = ADVICE_YAML};
    struct yaml y = {.settings = &settings, .t = {in->bytes, in->bytes + in->len, 1}};
    enum sv_status s = SV_OK;
    while (y.t.at < y.t.end && s == SV_OK)
        s = yaml_line(&y, err);
    return s == SV_OK ? settings_end(&settings, err) : s;
}

/* ---- JSON ---- */

static enum sv_status json_walk(struct json_in *j, struct settings *settings, uint32_t node,
                                const char *path, struct sv_err *err)
{
    enum json_type type = json_tree_type(&j->tree, node);
    enum sv_status s = SV_OK;
    char *bytes = settings->in->bytes, inner[SETTING_NAME_MAX];
    const struct json_node *n = &j->tree.nodes[node];
    if (type == JSON_TREE_OBJECT) {
        for (uint32_t m = json_tree_next(&j->tree, node, 0); m && s == SV_OK;
             m = json_tree_next(&j->tree, node, m)) {
            const struct json_node *name = &j->tree.nodes[m];
            join(inner, path, bytes + name->start, name->len);
            s = json_walk(j, settings, json_tree_value(m), inner, err);
        }
        return s;
    }
    if (type == JSON_TREE_ARRAY || type == JSON_TREE_NULL || !setting_is_known(path, strlen(path)))
        return SV_OK;
    unsigned line = json_in_line(j, node);
    struct literal v = {.text = bytes + n->start, .len = n->len, .word = true};
    v.begin = v.text;
    v.end = v.text + v.len;
    if (type == JSON_TREE_STRING)
        literal_double(&v, bytes + n->start - 1, bytes + settings->in->len);
    return settings_take(settings, path, strlen(path), line, &v, err);
}

IMPORT_READ(json_config_read)
{
    JSON_IN_OWNED struct json_in j = {.line = 0};
    SETTINGS_OWNED struct settings settings = {.out = out, .in = in, .advice = ""};
    enum sv_status s = json_in_parse(&j, in, err);
    if (s == SV_OK)
        s = json_walk(&j, &settings, 1, "", err);
    return s == SV_OK ? settings_end(&settings, err) : s;
}

/* ---- which one it is ---- */

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), len = strlen(ending);
    return n >= len && strcmp(name + n - len, ending) == 0;
}

/* detail: the ends of names that are of this one, NULL-terminated. */
IMPORT_LOOK(config_looks_like)
{
    const char *const *names = source->detail;
    const char *name = import_basename(path);
    (void)first, (void)len;
    for (; *names; names++)
        if (ends_with(name, *names))
            return LOOK_SURE;
    return LOOK_NO;
}

const char *const config_ini[] = {"grafana.ini", "app.ini", NULL};
const char *const config_properties[] = {"application.properties", NULL};
const char *const config_yaml[] = {"alertmanager.yml", "alertmanager.yaml", "homeserver.yaml",
                                   NULL};
const char *const config_json[] = {"config.production.json", NULL};
