/* SPDX-License-Identifier: ISC */
/*
 * Assignments for a POSIX shell to read with `.` or eval. They are not exported: a
 * secret in the environment reaches every child. In single quotes every byte but
 * the single quote is literal (XCU 2.2.2); only a NUL cannot be in a variable.
 */
#include "tool/format.h"
#include "tool/login.h"
#include "tool/vars.h"

#define TARGET "a shell"

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    BLOB_OWNED struct blob command = {0};
    struct vars vars;
    enum sv_status st;

    vars_of(&vars, in);
    for (size_t i = 0; i < vars.count; i++) {
        if ((st = escape_refuse(TARGET, vars.items[i].value, "", err)) != SV_OK) {
            return st;
        }
        sink_printf(out, "%s=", vars.items[i].key);
        escape_single(out, vars.items[i].value);
        sink_puts(out, "\n");
    }
    if (in->secret) {
        return SV_OK;
    }
    if ((st = login_command(&command, in, TARGET, "", err)) != SV_OK) {
        return st;
    }
    sink_puts(out, "SMTP_PASSWORD=\"$(");
    sink_put(out, command.bytes, command.len);
    sink_puts(out, ")\"\n");
    return SV_OK;
}

const struct format format_shell = {
    .name = "shell",
    .title = "shell variables",
    .file = "login.sh",
    .has_hook = true,
    .oauth = true,
    .write = write,
};
