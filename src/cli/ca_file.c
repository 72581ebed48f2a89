/* SPDX-License-Identifier: ISC */
#include "cli/ca_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "cli/session.h"

#define SHOWN_MAX 300

enum sv_status ca_file_apply(struct profile *p, const struct args *args, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    const struct field *f = profile_field("ca-file");
    const char *given = args_value(args, f->key);
    if (given == NULL)
        return SV_OK;
    if (given[0] == '\0')
        return profile_set(p, f, given, err);
    enum sv_status s = session_absolute(given, &path, err);
    return s == SV_OK ? profile_set(p, f, path, err) : s;
}

enum sv_status ca_file_check(const struct args *args, struct sv_err *err)
{
    PROFILE_OWNED struct profile scratch = {.name = NULL};
    return ca_file_apply(&scratch, args, err);
}

/* A shell would have made "~" the home. */
static enum sv_status put_typed(struct profile *p, const char *typed, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    const char *home = env_get("HOME");
    enum sv_status s = SV_OK;
    if (text_starts_with(typed, "~/") && home != NULL)
        s = (path = path_join(home, typed + 2)) != NULL ? SV_OK : sv_fail_nomem(err);
    else
        s = session_absolute(typed, &path, err);
    return s == SV_OK ? profile_set(p, profile_field("ca-file"), path, err) : s;
}

enum sv_status ca_file_ask(struct cli *cli, struct profile *p, bool *named, struct sv_err *err)
{
    for (*named = false; !*named;) {
        SV_AUTOFREE char *typed = NULL;
        struct sv_err wrong = {""};
        if (prompt_text(cli, "File of its authority (PEM), Enter to leave it: ", &typed, NULL) !=
                SV_OK ||
            typed[0] == '\0')
            return SV_OK;
        enum sv_status s = put_typed(p, typed, &wrong);
        const char *why = s == SV_OK ? ca_file_fault(p) : wrong.text;
        if (s != SV_OK && s != SV_USAGE && s != SV_DATA)
            return sv_fail(err, s, "%s", wrong.text);
        *named = why == NULL;
        if (!*named)
            prompt_tell(cli, "%s cannot be taken: %s.",
                        text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, typed, strlen(typed)), why);
    }
    return SV_OK;
}

const char *ca_file_fault(const struct profile *p)
{
    struct stat st;
    if (p->ca_file == NULL)
        return NULL;
    if (stat(p->ca_file, &st) != 0 || access(p->ca_file, R_OK) != 0)
        return strerror(errno);
    return S_ISREG(st.st_mode) ? NULL : "it is no file";
}

enum sv_status ca_file_choose(const struct profile *p, const char *given, const char **path,
                              struct sv_err *err)
{
    *path = given != NULL ? given : p->ca_file;
    const char *why = given == NULL ? ca_file_fault(p) : NULL;
    if (why == NULL)
        return SV_OK;
    return sv_fail(err, SV_MISSING,
                   "the authorities that %s is held to, in %s, cannot be read: %s; put the file "
                   "there, or name another with \"smtpvault edit %s --ca-file FILE\" (an empty "
                   "one for the system's)",
                   NAME_SHOWN(p->name),
                   text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, p->ca_file, strlen(p->ca_file)),
                   why, NAME_TYPED(p->name));
}

void ca_file_warn(const struct cli *cli, const struct profile *p)
{
    const char *why = ca_file_fault(p);
    char shown[SHOWN_MAX];
    if (why != NULL)
        print_warning(cli, "the CA file of %s cannot be read here: %s: %s", NAME_SHOWN(p->name),
                      text_printable(shown, sizeof shown, p->ca_file, strlen(p->ca_file)), why);
}
