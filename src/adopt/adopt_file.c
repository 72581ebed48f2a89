/* SPDX-License-Identifier: ISC */
#include "adopt/adopt_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt/setup_fence.h"
#include "adopt/shred_file.h"
#include "base/alloc.h"
#include "base/file.h"
#include "cli/hook.h"
#include "cli/session.h"
#include "format/reference.h"
#include "import/charset.h"
#include "setup/tool.h"
#include "tool/login.h"

/* What msmtp's shell may start where it may not start smtpvault: setup_fence.h. */
#define FENCED_COMMAND "cat <&3"

void adopt_file_clear(struct adopt_file *a)
{
    setup_file_clear(&a->file);
    adopted_clear(&a->change);
    *a = (struct adopt_file){.fenced = false};
}

/* ---- the file ---- */

static enum sv_status check_source(const struct import_file *in, struct sv_err *err)
{
    if (in->source->hook == NULL)
        return sv_fail(err, SV_USAGE,
                       "%s (%s) has no way to ask the vault, so there is nothing to adopt%s",
                       in->what, in->source->title,
                       in->source->exported ? "; --shred overwrites and removes it"
                                            : ": \"smtpvault setup\" tells what the tool can do");
    return SV_OK;
}

static enum sv_status check_text(const struct adopt_file *a, const struct import_file *in,
                                 struct sv_err *err)
{
    size_t len, mark;
    struct stat st;
    const char *text = setup_file_text(&a->file, &len);
    if (!charset_keeps(text, len, &mark))
        return sv_fail(err, SV_DATA, "%s is UTF-16: save it as UTF-8, and it can be changed",
                       in->what);
    if (lstat(a->file.path, &st) == 0 && st.st_nlink > 1)
        return sv_fail(err, SV_DENIED,
                       "%s has %u names (hard links), and would keep its secrets under the others: "
                       "remove them first",
                       in->what, (unsigned)st.st_nlink);
    return SV_OK;
}

enum sv_status adopt_file_open(struct adopt_file *a, struct import_file *in, struct sv_err *err)
{
    SECRET_OWNED struct secret *copy = NULL;
    size_t len;
    enum sv_status s = check_source(in, err);
    if (s == SV_OK)
        s = setup_file_open(&a->file, NULL, in->path, err);
    if (s == SV_OK && !a->file.exists)
        s = sv_fail(err, SV_MISSING, "%s is not there any more", in->what);
    if (s == SV_OK)
        s = check_text(a, in, err);
    if (s != SV_OK)
        return s;
    const char *text = setup_file_text(&a->file, &len);
    if ((s = secret_new(&copy, len + 1, err)) != SV_OK ||
        (s = secret_append(copy, text, len, err)) != SV_OK)
        return s;
    secret_free(in->bytes);
    in->bytes = copy;
    copy = NULL;
    return SV_OK;
}

/* ---- what asks ---- */

struct asks {
    struct import_ask *items;
    struct blob *commands, *references; /* with a NUL at the end */
    size_t count;
};

static void asks_clear(struct asks *asks)
{
    for (size_t i = 0; i < asks->count; i++) {
        blob_clear(&asks->commands[i]);
        blob_clear(&asks->references[i]);
    }
    sv_free(asks->items);
    sv_free(asks->commands);
    sv_free(asks->references);
}

static enum sv_status put_reference(struct blob *out, const char *name, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    SINK_OWNED struct sink *uri = sink_new(false);
    if (uri == NULL)
        return sv_fail_nomem(err);
    sink_puts(uri, REFERENCE_SCHEME);
    escape_percent(uri, value_text("profile name", name));
    sink_put(uri, "/password", sizeof "/password");
    enum sv_status s = sink_to_secret(uri, &text, err);
    if (s == SV_OK && !blob_append(out, secret_peek(text), secret_len(text)))
        s = sv_fail_nomem(err);
    return s;
}

static enum sv_status put_command(struct blob *out, const struct hook *hook, const char *target,
                                  const char *name, bool fenced, struct sv_err *err)
{
    struct profile p = {.name = (char *)name};
    struct format_input in = {.profile = &p};
    hook_fill(hook, &in);
    enum sv_status s = SV_OK;
    if (!fenced)
        s = login_command(out, &in, target, LINE_ENDS, err);
    else if (!blob_append(out, FENCED_COMMAND, strlen(FENCED_COMMAND)))
        s = sv_fail_nomem(err);
    return s == SV_OK && !blob_append(out, "", 1) ? sv_fail_nomem(err) : s;
}

static enum sv_status make_asks(struct cli *cli, struct asks *asks, const char *target,
                                const char *const *names, size_t count, bool fenced,
                                struct sv_err *err)
{
    HOOK_OWNED struct hook hook = {.program = NULL};
    enum sv_status s = hook_find(cli, true, &hook, err);
    asks->items = sv_alloc_array(count, sizeof *asks->items);
    asks->commands = sv_alloc_array(count, sizeof *asks->commands);
    asks->references = sv_alloc_array(count, sizeof *asks->references);
    if (asks->items == NULL || asks->commands == NULL || asks->references == NULL)
        return sv_fail_nomem(err);
    asks->count = count;
    for (size_t i = 0; i < count && s == SV_OK; i++) {
        if (names[i] == NULL)
            continue;
        s = put_command(&asks->commands[i], &hook, target, names[i], fenced, err);
        if (s == SV_OK)
            s = put_reference(&asks->references[i], names[i], err);
        asks->items[i] = (struct import_ask){names[i], (const char *)asks->commands[i].bytes,
                                             (const char *)asks->references[i].bytes};
    }
    return s;
}

static bool is_fenced(const struct import_source *source)
{
    const struct setup_tool *tool = setup_tool_find("msmtp");
    return strncmp(source->name, "msmtp", strlen("msmtp")) == 0 && tool != NULL &&
           setup_fence_holds(tool);
}

enum sv_status adopt_file_make(struct cli *cli, struct adopt_file *a,
                               const struct import_source *source, const char *const *names,
                               size_t count, struct sv_err *err)
{
    __attribute__((cleanup(asks_clear))) struct asks asks = {.count = 0};
    char shown[SETUP_SHOWN];
    a->fenced = is_fenced(source);
    enum sv_status s = make_asks(cli, &asks, source->title, names, count, a->fenced, err);
    if (s != SV_OK)
        return s;
    return adopt_make(&a->change, source, session_show_path(shown, sizeof shown, a->file.path),
                      a->file.bytes, asks.items, count, err);
}

/* ---- writing ---- */

/* What has no name any more is nobody's, and its blocks are free soon: better empty ones. */
static void wipe_old(int fd)
{
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0)
        (void)shred_bytes(fd, st.st_size);
}

enum sv_status adopt_file_write(struct adopt_file *a, struct sv_err *err)
{
    FD_OWNED int old = open(a->file.path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum sv_status s =
        setup_file_swap(&a->file, secret_peek(a->change.text), secret_len(a->change.text), err);
    if (s == SV_OK)
        wipe_old(old);
    return s;
}
