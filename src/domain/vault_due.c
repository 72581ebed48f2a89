/* SPDX-License-Identifier: ISC */
#include "domain/vault_due.h"

#include "domain/vault_policy.h"
#include "domain/vault_remote.h"
#include "domain/vault_token.h"

static enum sv_status of_tokens(struct vault *v, const struct due_wish *wish, struct due_list *list,
                                struct sv_err *err)
{
    TOKEN_LIST_OWNED struct token_list tokens = {0};
    struct sv_err not_ours = {""};
    enum sv_status st = vault_token_ends(v, &tokens, &not_ours);

    if (st == SV_DENIED)
        return SV_OK;
    if (st)
        return sv_fail(err, st, "%s", not_ours.text);
    for (size_t i = 0; st == SV_OK && i < tokens.count; i++)
        st = due_of_token(list, wish, tokens.items[i].label, tokens.items[i].number,
                          tokens.items[i].until, err);
    return st;
}

enum sv_status vault_due(struct vault *v, const struct due_wish *wish,
                         struct profile_list *profiles, struct due_list *list, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    PROFILE_LIST_OWNED struct profile_list all = {0};
    DUE_LIST_OWNED struct due_list found = {0};
    enum sv_status st;

    if ((st = vault_list_outcomes(v, &all, err)) || (st = vault_policy(v, &policy, err)))
        return st;
    for (size_t i = 0; i < all.count; i++)
        if ((st = due_of_profile(&found, wish, &policy, &all.items[i], err)))
            return st;
    if ((st = of_tokens(v, wish, &found, err)))
        return st;
    due_sort(&found);
    *profiles = all;
    *list = found;
    all = (struct profile_list){0};
    found = (struct due_list){0};
    return SV_OK;
}
