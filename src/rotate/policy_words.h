/* SPDX-License-Identifier: ISC */
/* policy_words: which rule of the policy the words of a command mean, and what goes into it. */
#ifndef ROTATE_POLICY_WORDS_H
#define ROTATE_POLICY_WORDS_H

#include "base/err.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/policy.h"

/* The options that name a rule; the command's own are behind them. */
#define POLICY_SELECTORS                                                                  \
    {"tag", 0, "TAG", COMPLETES_NOTHING, "for the profiles with this tag", false},        \
        {"provider", 0, "ID", COMPLETES_PROVIDER, "for those of this provider", false},   \
        {"kind", 0, "KIND", COMPLETES_KIND, "for those with this kind of secret", false}, \
    {                                                                                     \
        "all", 0, NULL, COMPLETES_NOTHING, "for the whole vault", false                   \
    }
#define POLICY_SELECTOR_WORDS " tag provider kind all "

/* SV_USAGE unless there is one NAME (the second word) or one of the options above. The rule of a
 * profile gets no uid here. */
enum sv_status policy_selector(const struct args *args, struct policy_rule *out,
                               struct sv_err *err) SV_MUST_USE;

/* The fields that options set, into out; *drop: those that they give up ("inherit"). */
enum sv_status policy_fields(const struct args *args, struct policy_rule *out, unsigned *drop,
                             struct sv_err *err) SV_MUST_USE;

/* policy show, policy list. */
enum sv_status policy_show(struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;
enum sv_status policy_list(struct cli *cli, const struct args *args,
                           struct sv_err *err) SV_MUST_USE;

#endif
