/* SPDX-License-Identifier: ISC */
#include "cli/terms.h"

#include <string.h>

#include "base/sink.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/copies.h"
#include "domain/generate.h"
#include "domain/provider.h"
#include "domain/shape_pattern.h"
#include "domain/vault_policy.h"
#include "domain/vault_remote.h"
#include "tool/format.h"

/* *known: it could be asked for. */
static enum sv_status read_policy(struct vault *v, struct policy *policy, bool *known,
                                  struct sv_err *err)
{
    enum sv_status s = vault_policy(v, policy, err);
    *known = s == SV_OK;
    if (s != SV_DENIED && (s != SV_UNREACHABLE || !vault_is_far(v)))
        return s;
    err->text[0] = '\0';
    return SV_OK;
}

enum sv_status terms_apply(struct vault *v, struct profile *items, size_t count, struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    bool known = false;
    enum sv_status s = count > 0 ? read_policy(v, &policy, &known, err) : SV_OK;
    for (size_t i = 0; s == SV_OK && known && i < count; i++)
        policy_apply(&policy, &items[i]);
    return s;
}

/* ---- making ---- */

/* The next one with fewer characters in it; false: there is none. */
static bool narrower(enum generate_alphabet *alphabet)
{
    if (*alphabet == GENERATE_ALNUM)
        return false;
    *alphabet = *alphabet == GENERATE_SYMBOLS ? GENERATE_PORTABLE : GENERATE_ALNUM;
    return true;
}

/* Can the format say a secret of all these characters? */
static enum sv_status can_say(const struct format *f, const struct profile *p,
                              enum generate_alphabet alphabet, bool *can, struct sv_err *err)
{
    SINK_OWNED struct sink *out = sink_new(true);
    SECRET_OWNED struct secret *all = NULL;
    const char *characters = generate_characters(alphabet);
    if (out == NULL)
        return sv_fail_nomem(err);
    enum sv_status s = secret_copy(&all, characters, strlen(characters), err);
    if (s != SV_OK)
        return s;
    const struct format_input in = {.profile = p, .secret = all, .program = "smtpvault"};
    s = format_write(f, out, &in, 1, err);
    *can = s != SV_DATA;
    return s == SV_DATA || s == SV_USAGE ? SV_OK : s;
}

/* Every file that an export wrote takes the secrets that are made. */
static enum sv_status fit(struct cli *cli, const struct profile *p,
                          enum generate_alphabet *alphabet, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    enum sv_status s = copies_of(&list, p, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        const struct format *f = format_find(list.items[i].format);
        enum generate_alphabet wanted = *alphabet;
        bool can = true;
        while (f != NULL && (s = can_say(f, p, *alphabet, &can, err)) == SV_OK && !can &&
               narrower(alphabet))
            ;
        if (s == SV_OK && wanted != *alphabet)
            print_note(cli, "made of fewer characters: %s holds the secret, and %s cannot say all",
                       NAME_SHOWN(list.items[i].path), f->name);
    }
    err->text[0] = '\0';
    return s;
}

/* What a provider makes itself cannot be made here. */
static void warn_shape(struct cli *cli, const struct profile *p, const struct secret *secret)
{
    const struct provider *provider = provider_named(p);
    const struct provider_shape *shape = provider != NULL ? provider->shape : NULL;
    if (shape == NULL || shape->secret == NULL ||
        shape_matches(shape->secret, secret_peek(secret), secret_len(secret), SHAPE_EXACT))
        return;
    print_warning(cli, "%s gives out its secrets itself, and takes no other%s%s", provider->name,
                  provider->secret_url != NULL ? ": " : "",
                  provider->secret_url != NULL ? provider->secret_url : "");
}

enum sv_status terms_generate(struct cli *cli, const struct profile *p, struct secret **out,
                              struct sv_err *err)
{
    POLICY_OWNED struct policy policy = {0};
    SECRET_OWNED struct secret *made = NULL;
    bool known = false;
    enum sv_status s = cli->vault != NULL ? read_policy(cli->vault, &policy, &known, err) : SV_OK;
    struct policy_terms terms = policy_of(&policy, p);
    if (s == SV_OK)
        s = fit(cli, p, &terms.alphabet, err);
    if (s == SV_OK)
        s = generate_secret(&made, terms.length, terms.alphabet, err);
    if (s != SV_OK)
        return s;
    warn_shape(cli, p, made);
    *out = made;
    made = NULL;
    return SV_OK;
}
