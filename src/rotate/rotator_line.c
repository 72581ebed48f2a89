/* SPDX-License-Identifier: ISC */
#include "rotate/rotator_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/self.h"
#include "cli/session.h"
#include "domain/profile.h"
#include "rotator/place.h"
#include "rotator/run.h"

#define LIMIT_MAX 3600 /* seconds */

void rotator_line_clear(struct rotator_line *line)
{
    words_clear(&line->words);
    memset(line, 0, sizeof *line);
}

static enum sv_status set_param(struct rotator_line *line, const char *param, struct sv_err *err)
{
    size_t key = strcspn(param, "=") + 1;
    enum sv_status s = rotator_check_param(param, err);
    if (s != SV_OK)
        return s;
    for (size_t i = 0; i < line->param_count; i++) {
        if (strncmp(line->params[i], param, key) == 0) {
            line->params[i] = param;
            return SV_OK;
        }
    }
    if (line->param_count == ROTATOR_PARAMS_MAX)
        return sv_fail(err, SV_USAGE, "a rotator takes at most %d settings", ROTATOR_PARAMS_MAX);
    line->params[line->param_count++] = param;
    return SV_OK;
}

static enum sv_status set_limit(struct rotator_line *line, const char *text, struct sv_err *err)
{
    int64_t seconds = 0;
    if (!text_parse_span(text, &seconds) || seconds > LIMIT_MAX)
        return sv_fail(err, SV_USAGE, "--limit takes the time for a step, from 1s to 60m");
    line->limit_ms = seconds * 1000;
    return SV_OK;
}

enum sv_status rotator_line_parse(struct rotator_line *out, const char *text, struct sv_err *err)
{
    ROTATOR_LINE_OWNED struct rotator_line line = {.limit_ms = ROTATOR_LIMIT_MS};
    enum sv_status s = words_split(&line.words, text, err);
    if (s != SV_OK)
        return s;
    if (line.words.count == 0 || line.words.items[0][0] == '\0' || line.words.items[0][0] == '-')
        return sv_fail(err, SV_USAGE, "a rotator is the name of a program, its settings behind it");
    line.program = line.words.items[0];
    for (size_t i = 1; s == SV_OK && i < line.words.count; i++) {
        const char *word = line.words.items[i], *next = line.words.items[i + 1];
        bool with = strcmp(word, "--with") == 0, limit = strcmp(word, "--limit") == 0;
        if ((with || limit) && next == NULL)
            return sv_fail(err, SV_USAGE, "%s of a rotator needs a value", word);
        i += with || limit;
        if (with && (s = profile_check_name(next, err)) == SV_OK)
            line.with = next;
        else if (limit)
            s = set_limit(&line, next, err);
        else if (!with)
            s = set_param(&line, word, err);
    }
    if (s != SV_OK)
        return s;
    *out = line;
    memset(&line, 0, sizeof line);
    return SV_OK;
}

enum sv_status rotator_line_check_fixed(const struct rotator_line *line, struct sv_err *err)
{
    if (line->program[0] == '/' || strchr(line->program, '/') == NULL)
        return SV_OK;
    return sv_fail(err, SV_USAGE,
                   "a vault names a rotator by its name or its whole path, from / on: who runs it "
                   "may be in any folder");
}

/* ---- written ---- */

static enum sv_status put(char dst[ROTATION_HOOK_MAX + 1], const char *word, struct sv_err *err)
{
    SV_AUTOFREE char *quoted = words_quote(word, '\0');
    size_t len = strlen(dst);
    if (quoted == NULL)
        return sv_fail_nomem(err);
    if (len + 1 + strlen(quoted) > ROTATION_HOOK_MAX)
        return sv_fail(err, SV_USAGE,
                       "a rotator and its settings are at most %d bytes: keep what is long in a "
                       "file of its own",
                       ROTATION_HOOK_MAX);
    snprintf(dst + len, ROTATION_HOOK_MAX + 1 - len, "%s%s", len > 0 ? " " : "", quoted);
    return SV_OK;
}

static enum sv_status put_two(char dst[ROTATION_HOOK_MAX + 1], const char *option, const char *word,
                              struct sv_err *err)
{
    enum sv_status s = put(dst, option, err);
    return s == SV_OK ? put(dst, word, err) : s;
}

static enum sv_status put_program(char dst[ROTATION_HOOK_MAX + 1], const char *program,
                                  struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    if (strchr(program, '/') == NULL)
        return put(dst, program, err);
    enum sv_status s = session_absolute(program, &path, err);
    return s == SV_OK ? put(dst, path, err) : s;
}

enum sv_status rotator_line_make(char dst[ROTATION_HOOK_MAX + 1], const char *base,
                                 const struct args *args, struct sv_err *err)
{
    ROTATOR_LINE_OWNED struct rotator_line line = {.program = NULL};
    const char *with = args_value(args, "with"), *param;
    char text[ROTATION_HOOK_MAX + 1] = "", span[24];
    enum sv_status s = rotator_line_parse(&line, base, err);
    for (size_t i = 0; s == SV_OK && (param = args_nth(args, "set", i)) != NULL; i++)
        s = set_param(&line, param, err);
    if (s == SV_OK && with != NULL && (s = profile_check_name(with, err)) == SV_OK)
        line.with = with;
    if (s == SV_OK)
        s = put_program(text, line.program, err);
    for (size_t i = 0; s == SV_OK && i < line.param_count; i++)
        s = put(text, line.params[i], err);
    if (s == SV_OK && line.with != NULL)
        s = put_two(text, "--with", line.with, err);
    snprintf(span, sizeof span, "%" PRId64 "s", line.limit_ms / 1000);
    if (s == SV_OK && line.limit_ms != ROTATOR_LIMIT_MS)
        s = put_two(text, "--limit", span, err);
    if (s == SV_OK)
        memcpy(dst, text, sizeof text);
    return s;
}

/* ---- found ---- */

const char *rotator_line_title(const struct rotator_line *line)
{
    const char *slash = strrchr(line->program, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : line->program;
}

enum sv_status rotator_line_find(const struct rotator_line *line, char **path, struct sv_err *err)
{
    SV_AUTOFREE char *config = NULL;
    SV_AUTOFREE char *own = NULL;
    SV_AUTOFREE char *shipped = NULL;
    enum sv_status s = env_config_dir(&config, err);
    if (s == SV_OK && (own = path_join(config, "rotators.d")) == NULL)
        return sv_fail_nomem(err);
    if (s == SV_OK)
        s = self_rotators(&shipped, err);
    const char *const folders[] = {own, "/etc/smtpvault/rotators.d", shipped};
    return s == SV_OK ? rotator_find(line->program, folders, 3, path, err) : s;
}
