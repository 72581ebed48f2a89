/* SPDX-License-Identifier: ISC */
/* hook: how a program that is started elsewhere, with nobody's options, asks this vault. */
#ifndef CLI_HOOK_H
#define CLI_HOOK_H

#include "base/err.h"
#include "cli/cli.h"
#include "tool/format.h"

struct hook {
    char *program, *path, *state_root, *keyfile, *token;
};
#define HOOK_OWNED __attribute__((cleanup(hook_clear)))
void hook_clear(struct hook *hook);

/* with_token: name the token's source too, for what will be asked by a command. */
enum sv_status hook_find(const struct cli *cli, bool with_token, struct hook *hook,
                         struct sv_err *err) SV_MUST_USE;
/* The fields of a format's input; borrowed from the hook. */
void hook_fill(const struct hook *hook, struct format_input *input);

#endif
