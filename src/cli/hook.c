/* SPDX-License-Identifier: ISC */
#include "cli/hook.h"

#include "base/alloc.h"
#include "base/env.h"
#include "cli/self.h"
#include "cli/session.h"
#include "cli/session_token.h"

void hook_clear(struct hook *hook)
{
    sv_free(hook->program);
    sv_free(hook->path);
    sv_free(hook->state_root);
    sv_free(hook->keyfile);
    sv_free(hook->token);
    *hook = (struct hook){.program = NULL};
}

enum sv_status hook_find(const struct cli *cli, bool with_token, struct hook *hook,
                         struct sv_err *err)
{
    enum sv_status s = self_command(&hook->program, err);
    if (s == SV_OK && with_token)
        s = session_token_again(cli, &hook->token, err);
    if (s == SV_OK)
        s = session_place(cli, &hook->path, &hook->state_root, err);
    /* A key file named in the environment will be there for the tool as well. */
    if (s == SV_OK && cli->keyfile != NULL && env_get("SMTPVAULT_KEYFILE") == NULL)
        s = session_absolute(cli->keyfile, &hook->keyfile, err);
    return s;
}

void hook_fill(const struct hook *hook, struct format_input *input)
{
    input->program = hook->program;
    input->vault = session_is_default(hook->path) ? NULL : hook->path;
    input->keyfile = hook->keyfile;
    input->token_from = hook->token;
}
