/* SPDX-License-Identifier: ISC */
#include "cli/setup_block.h"

#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/sink.h"
#include "cli/hook.h"
#include "cli/names.h"
#include "domain/vault.h"
#include "tool/format.h"

enum sv_status setup_block_profile(struct cli *cli, const char *name, struct profile *p,
                                   struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {.items = NULL};
    if (name != NULL)
        return vault_find(cli->vault, name, p, err);
    enum sv_status s = vault_list(cli->vault, &list, err);
    if (s != SV_OK)
        return s;
    if (list.count == 0)
        return sv_fail(err, SV_MISSING,
                       "the vault has no login yet: \"smtpvault add\" asks for one");
    if (list.count > 1)
        return sv_fail(err, SV_USAGE,
                       "which login? The vault has %zu of them: put its name behind the tool's "
                       "(\"smtpvault list\" shows them)",
                       list.count);
    return vault_find(cli->vault, list.items[0].name, p, err);
}

static enum sv_status take_text(struct sink *out, struct blob *body, struct sv_err *err)
{
    SECRET_OWNED struct secret *text = NULL;
    enum sv_status s = sink_to_secret(out, &text, err);
    if (s != SV_OK)
        return s;
    return blob_append(body, secret_peek(text), secret_len(text)) ? SV_OK : sv_fail_nomem(err);
}

enum sv_status setup_block_write(const struct cli *cli, const struct setup_tool *tool,
                                 const struct profile *p, const struct blob *text, bool *alone,
                                 struct blob *body, struct sv_err *err)
{
    HOOK_OWNED struct hook hook = {.program = NULL};
    SINK_OWNED struct sink *out = sink_new(true);
    struct format_input input = {.profile = p};
    const char *bytes = text->len > 0 ? (const char *)text->bytes : "";
    if (out == NULL)
        return sv_fail_nomem(err);
    *alone = tool->has_default == NULL || !tool->has_default(bytes, text->len);
    input.among = !*alone;
    enum sv_status s = hook_find(cli, true, &hook, err);
    hook_fill(&hook, &input);
    if (s == SV_OK)
        s = format_write(format_find(tool->format), out, &input, 1, err);
    if (s == SV_OK && tool->more != NULL) {
        SV_AUTOFREE char *more = tool->more(bytes, text->len, p->name);
        if (more == NULL)
            return sv_fail_nomem(err);
        sink_puts(out, more);
    }
    return s == SV_OK ? take_text(out, body, err) : s;
}
