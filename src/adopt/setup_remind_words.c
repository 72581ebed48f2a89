/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt/setup_remind.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/self.h"
#include "cli/session.h"
#include "rotate/remind_words.h"

enum sv_status setup_remind_check(const struct args *args, struct sv_err *err)
{
    const char *every = args_value(args, "every"), *word;
    int64_t seconds;
    if (every != NULL && !text_parse_duration(every, &seconds))
        return sv_fail(err, SV_USAGE, "--every takes a span of time, as 7d, 2w or 12h");
    for (size_t i = 0; (word = args_nth(args, "by", i)) != NULL; i++)
        if (text_has_control(word, strlen(word)))
            return sv_fail(err, SV_USAGE, "a path with a control character is in no unit");
    return remind_words_check(args, err);
}

/* How one word is written. */
typedef bool quoting(struct blob *out, const char *word);

/* systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers". */
static bool as_unit(struct blob *out, const char *word)
{
    bool good = blob_append(out, "\"", 1);
    for (; *word != '\0' && good; word++) {
        const char *before = *word == '"' || *word == '\\' ? "\\"
                             : *word == '%'                ? "%"
                             : *word == '$'                ? "$"
                                                           : "";
        good = blob_append(out, before, strlen(before)) && blob_append(out, word, 1);
    }
    return good && blob_append(out, "\"", 1);
}

/* crontab(5): a shell's command, in which a bare % is the end. */
static bool as_cron(struct blob *out, const char *word)
{
    bool good = blob_append(out, "'", 1);
    for (; *word != '\0' && good; word++)
        good = *word == '\''  ? blob_append(out, "'\\''", 4)
               : *word == '%' ? blob_append(out, "\\%", 2)
                              : blob_append(out, word, 1);
    return good && blob_append(out, "'", 1);
}

static bool put(struct blob *out, quoting *quote, const char *word)
{
    return blob_append(out, " ", 1) && quote(out, word);
}

static bool put_option(struct blob *out, quoting *quote, const char *option, const char *value)
{
    return value == NULL || (put(out, quote, option) && put(out, quote, value));
}

static bool is_in_path(const char *program)
{
    const char *path = env_get("PATH");
    for (const char *at = path; at != NULL && *at != '\0';) {
        size_t span = strcspn(at, ":");
        SV_AUTOFREE char *dir = sv_strndup(at, span);
        SV_AUTOFREE char *file = dir != NULL && dir[0] == '/' ? path_join(dir, program) : NULL;
        if (file != NULL && access(file, X_OK) == 0)
            return true;
        at += span + (at[span] == ':');
    }
    return false;
}

/* A path as the job finds it, which starts in another folder. */
static enum sv_status put_way(struct blob *out, quoting *quote, const char *word,
                              struct sv_err *err)
{
    static const char file[] = "file:";
    SV_AUTOFREE char *path = NULL, *whole = NULL;
    if (text_starts_with(word, file)) {
        enum sv_status s = session_absolute(word + strlen(file), &path, err);
        if (s != SV_OK)
            return s;
        size_t room = sizeof file + strlen(path);
        if ((whole = sv_alloc(room)) == NULL)
            return sv_fail_nomem(err);
        (void)snprintf(whole, room, "%s%s", file, path);
        word = whole;
    }
    return put_option(out, quote, "--by", word) ? SV_OK : sv_fail_nomem(err);
}

/* Behind the end of a line another line begins, which could be any command. */
static enum sv_status check_line(const struct blob *out, size_t from, struct sv_err *err)
{
    if (!text_has_control((const char *)out->bytes + from, out->len - from - 1))
        return SV_OK;
    return sv_fail(err, SV_USAGE,
                   "a path with a control character is in no unit and in no crontab: rename the "
                   "folder or file");
}

static enum sv_status put_command(const struct cli *cli, const struct args *args, const char *usual,
                                  quoting *quote, struct blob *out, struct sv_err *err)
{
    SV_AUTOFREE char *self = NULL, *vault = NULL;
    const char *word = args_nth(args, "by", 0);
    const size_t from = out->len;
    enum sv_status s = self_program(&self, err);
    if (s == SV_OK && cli->vault_file != NULL)
        s = session_absolute(cli->vault_file, &vault, err);
    if (s != SV_OK)
        return s;
    if (!quote(out, self) || !put_option(out, quote, "--vault", vault) ||
        !put(out, quote, "--no-input") || !put(out, quote, "remind"))
        return sv_fail_nomem(err);
    if (word == NULL)
        s = put_way(out, quote, usual, err);
    for (size_t i = 0; s == SV_OK && (word = args_nth(args, "by", i)) != NULL; i++)
        s = put_way(out, quote, word, err);
    if (s == SV_OK &&
        (!put_option(out, quote, "--to", args_value(args, "to")) ||
         !put_option(out, quote, "--every", args_value(args, "every")) ||
         !put_option(out, quote, "--profile", args_word(args, 1)) || !blob_append(out, "\n", 1)))
        s = sv_fail_nomem(err);
    return s == SV_OK ? check_line(out, from, err) : s;
}

enum sv_status setup_remind_unit(const struct cli *cli, const struct args *args, struct blob *out,
                                 struct sv_err *err)
{
    static const char head[] = "[Service]\nExecStart=\nExecStart=";
    if (!blob_append(out, head, strlen(head)))
        return sv_fail_nomem(err);
    return put_command(cli, args, is_in_path("notify-send") ? "notify" : "mail", as_unit, out, err);
}

enum sv_status setup_remind_line(const struct cli *cli, const struct args *args, struct blob *out,
                                 struct sv_err *err)
{
    char when[32];
    /* Not all users of a machine in one minute. */
    int len = snprintf(when, sizeof when, "%u 9 * * * ", (unsigned)(geteuid() * 7 + 13) % 60);
    if (!blob_append(out, when, (size_t)len))
        return sv_fail_nomem(err);
    return put_command(cli, args, "stdout", as_cron, out, err);
}
