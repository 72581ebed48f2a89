/* SPDX-License-Identifier: ISC */
/* A block out of another user's vault: that user's smtpvault exports it. */
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "adopt/setup_block.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/names.h"
#include "cli/self.h"

#define BLOCK_MAX (64 * 1024)
#define WORDS_MAX 32

struct words {
    const char *word[WORDS_MAX + 1];
    size_t count;
};

static void add(struct words *w, const char *word)
{
    if (w->count < WORDS_MAX)
        w->word[w->count++] = word;
}

static void add_option(struct words *w, const char *option, const char *value)
{
    if (value == NULL)
        return;
    add(w, option);
    add(w, value);
}

/* What root's environment says of root's own files is not that user's. */
static void add_environment(struct words *w, const char *home)
{
    static const char *const roots[] = {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
                                        "XDG_RUNTIME_DIR"};
    add(w, "env");
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        add_option(w, "-u", roots[i]);
    add(w, home);
}

static void add_export(struct words *w, const struct cli *cli, const char *self, const char *name,
                       const struct setup_tool *tool)
{
    add(w, self);
    add_option(w, "--vault", cli->vault_file);
    add_option(w, "--passphrase-from", cli->passphrase_from);
    add_option(w, "--keyfile", cli->keyfile);
    add_option(w, "--identity", cli->identity);
    if (cli->no_agent)
        add(w, "--no-agent");
    if (cli->no_input)
        add(w, "--no-input");
    add(w, "export");
    add_option(w, "--to", tool->format);
    add(w, "--");
    add(w, name);
}

static enum sv_status ended(int status, const char *user, struct sv_err *err)
{
    if (status == 0)
        return SV_OK;
    enum sv_status s =
        status == SV_MISSING || status == SV_LOCKED || status == SV_DENIED || status == SV_DATA
            ? (enum sv_status)status
            : SV_CONFIG;
    return sv_fail(err, s, "the vault of %s did not give the lines (status %d, see above)", user,
                   status);
}

enum sv_status setup_block_of_user(const struct cli *cli, const char *user,
                                   const struct setup_tool *tool, const char *name,
                                   struct blob *body, struct sv_err *err)
{
    CHILD_OWNED struct child c = CHILD_NONE;
    SECRET_OWNED struct secret *text = NULL;
    SV_AUTOFREE char *self = NULL;
    char home[PATH_MAX];
    struct words w = {.count = 0};
    const struct passwd *who = getpwnam(user);
    if (who == NULL)
        return sv_fail(err, SV_USAGE, "there is no user \"%s\" on this machine", NAME_SHOWN(user));
    (void)snprintf(home, sizeof home, "HOME=%s", who->pw_dir);
    enum sv_status s = self_program(&self, err);
    if (s != SV_OK)
        return s;
    add(&w, "runuser");
    add_option(&w, "-u", user);
    add(&w, "--");
    add_environment(&w, home);
    add_export(&w, cli, self, name, tool);
    s = child_start(&c, w.word, false, err);
    if (s == SV_OK)
        s = file_drain_secret(c.from, BLOCK_MAX, "what export prints", &text, err);
    if (s == SV_OK)
        s = ended(child_wait(&c), user, err);
    if (s != SV_OK)
        return s;
    return blob_append(body, secret_peek(text), secret_len(text)) ? SV_OK : sv_fail_nomem(err);
}
