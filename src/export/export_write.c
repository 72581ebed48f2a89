/* SPDX-License-Identifier: ISC */
/* Logins as another tool's configuration wants them. */
#include "base/alloc.h"
#include "cli/profile_args.h"
#include "export/export.h"

void export_clear(struct export *e)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->profiles != NULL)
            profile_clear(&e->profiles[i]);
        if (e->secrets != NULL)
            secret_free(e->secrets[i]);
    }
    sv_free(e->profiles);
    sv_free(e->secrets);
    sv_free(e->inputs);
    hook_clear(&e->hook);
    *e = (struct export){0};
}

static enum sv_status fetch(struct cli *cli, const struct export_wish *wish, struct export *e,
                            size_t i, struct sv_err *err)
{
    struct reveal why = {.op = AUDIT_EXPORT, .note = e->format->name};
    const char *name = wish->names[i];
    enum sv_status s =
        wish->secrets ? vault_reveal(cli->vault, name, &why, &e->profiles[i], &e->secrets[i], err)
                      : vault_find(cli->vault, name, &e->profiles[i], err);
    if (s != SV_OK)
        return s;
    profile_args_warn(cli, &e->profiles[i]);
    hook_fill(&e->hook, &e->inputs[i]);
    e->inputs[i].profile = &e->profiles[i];
    e->inputs[i].secret = e->secrets[i];
    e->inputs[i].appended = wish->appended;
    return SV_OK;
}

enum sv_status export_write(struct cli *cli, const struct export_wish *wish, struct export *e,
                            struct sink *out, struct sv_err *err)
{
    enum sv_status s = hook_find(cli, !wish->secrets, &e->hook, err);
    if (s != SV_OK)
        return s;
    e->format = wish->format;
    e->profiles = sv_alloc_array(wish->count, sizeof *e->profiles);
    e->secrets = sv_alloc_array(wish->count, sizeof *e->secrets);
    e->inputs = sv_alloc_array(wish->count, sizeof *e->inputs);
    if (e->profiles == NULL || e->secrets == NULL || e->inputs == NULL)
        return sv_fail_nomem(err);
    e->count = wish->count;
    for (size_t i = 0; s == SV_OK && i < e->count; i++)
        s = fetch(cli, wish, e, i, err);
    return s == SV_OK ? format_write(e->format, out, e->inputs, e->count, err) : s;
}

enum sv_status export_text(struct cli *cli, const struct export_wish *wish, struct export *e,
                           struct secret **text, struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(true);
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = export_write(cli, wish, e, out, err);
    return s == SV_OK ? sink_to_secret(out, text, err) : s;
}
