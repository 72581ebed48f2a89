/* SPDX-License-Identifier: ISC */
#include "cmd/audit_filter.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/text.h"
#include "cli/command.h"

#define ALL_MAX 400

static enum sv_status parse_when(const struct args *args, const char *option, int64_t *out,
                                 struct sv_err *err)
{
    const char *text = args_value(args, option);
    if (text != NULL && !text_parse_time(text, env_now(), out))
        return sv_fail(err, SV_USAGE,
                       "--%s wants a date (2026-11-23), a time (2026-11-23T10:00:00Z) or an age "
                       "(7d)",
                       option);
    return SV_OK;
}

static const char *all_of(enum completes kind, char all[ALL_MAX])
{
    const char *const *words = completes_words(kind);
    size_t len = 0;
    for (size_t i = 0; words[i] != NULL && len < ALL_MAX; i++)
        len += (size_t)snprintf(all + len, ALL_MAX - len, "%s%s", i > 0 ? ", " : "", words[i]);
    return all;
}

static enum sv_status fail_operation(const char *word, struct sv_err *err)
{
    char all[ALL_MAX], shown[64];
    return sv_fail(err, SV_USAGE, "unknown operation \"%s\"; there are %s",
                   text_printable(shown, sizeof shown, word, strlen(word)),
                   all_of(COMPLETES_OPERATION, all));
}

enum sv_status audit_filter_parse(struct audit_filter *f, const struct args *args,
                                  struct sv_err *err)
{
    const char *last = args_value(args, "last"), *op = args_value(args, "op");
    const char *result = args_value(args, "result"), *via = args_value(args, "via");
    *f = (struct audit_filter){.profile = args_value(args, "profile"),
                               .exe = args_value(args, "exe")};
    if (f->profile != NULL && profile_check_name(f->profile, err) != SV_OK)
        return SV_USAGE;
    if (last != NULL && !text_parse_u64(last, 1, UINT32_MAX, &f->last))
        return sv_fail(err, SV_USAGE, "--last wants a number");
    if (op != NULL && !audit_op_parse(op, &f->op))
        return fail_operation(op, err);
    if (result != NULL && !audit_result_parse(result, &f->result))
        return sv_fail(err, SV_USAGE, "a result is ok, denied or failed");
    if (via != NULL && !audit_via_parse(via, &f->via))
        return sv_fail(err, SV_USAGE, "a way is %s", all_of(COMPLETES_VIA, (char[ALL_MAX]){0}));
    enum sv_status s = parse_when(args, "since", &f->since, err);
    return s == SV_OK ? parse_when(args, "until", &f->until, err) : s;
}

enum sv_status audit_filter_member(struct audit_filter *f, const struct args *args,
                                   const struct member_list *members, struct sv_err *err)
{
    const char *who = args_value(args, "member");
    const struct member *m = NULL;
    uint64_t number;
    if (who == NULL)
        return SV_OK;
    if (!text_parse_u64(who, 0, SLOT_COUNT_MAX - 1, &number)) {
        enum sv_status s = member_find(members, who, &m, err);
        if (s != SV_OK)
            return s;
        number = m->number;
    }
    f->member = (uint16_t)(1 + number);
    return SV_OK;
}
