/* SPDX-License-Identifier: ISC */
/*
 * rotate_hand: a new secret by a person's hand: typed, after they are told where it is changed;
 * generated here, for them to set there; or given by a SOURCE, when the server has it already.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/names.h"
#include "cli/profile_args.h"
#include "cli/prompt.h"
#include "cli/provider_words.h"
#include "cli/terms.h"
#include "domain/provider.h"
#include "rotate/rotate_run.h"

#define IS_OLD "That is the secret that it has already: make a new one, and type that."
#define NOT_MADE "the new secret is to be made yet"
#define WAITS_MAX (NAME_TYPED_MAX + 160)

static char *waits(char dst[WAITS_MAX], const struct rotation_job *job)
{
    snprintf(dst, WAITS_MAX,
             "the new secret waits to be set at the server: \"smtpvault get %s --version pending\" "
             "prints it",
             NAME_TYPED(job->p.name));
    return dst;
}

void rotate_hand_head(const struct rotation_job *job, size_t nth, size_t of)
{
    char server[PROFILE_SERVER_MAX], count[64] = "";
    if (of > 0)
        snprintf(count, sizeof count, "%s%zu of %zu: ", nth > 1 ? "\n" : "", nth, of);
    prompt_tell(job->cli, "%s%s, %s%s%s", count, NAME_SHOWN(job->p.name),
                job->p.username != NULL ? NAME_SHOWN(job->p.username) : "",
                job->p.username != NULL ? " at " : "", profile_server(server, &job->p));
    if (nth <= 1)
        prompt_tell(job->cli, "The present secret stays in use until the new one has logged in; "
                              "what is left for later goes on then.");
}

/* ---- where ---- */

/* The server of a company or a family: whoever runs it may be who sits here. */
static void tell_own(const struct rotation_job *job)
{
    char server[PROFILE_SERVER_MAX];
    prompt_tell(job->cli,
                "Change the secret of %s at %s: where its accounts are kept, or by whoever runs "
                "it.",
                job->p.username != NULL ? NAME_SHOWN(job->p.username) : "this login",
                profile_server(server, &job->p));
    prompt_tell(job->cli,
                "A Dovecot of your own may keep a hash in a passwd-file: \"doveadm pw -s "
                "SHA512-CRYPT\" makes one, or "
                "\"smtpvault rotate --resume %s --hook dovecot-passwd-file --set file=FILE\" does "
                "all of it (smtpvault-rotators(7) has others).",
                NAME_TYPED(job->p.name));
}

static void tell_where(const struct rotation_job *job)
{
    const struct provider *provider = provider_of_profile(&job->p);
    char words[PROVIDER_HOW_MAX];
    if (provider == NULL || strcmp(provider->secret_kind, "none") == 0) {
        tell_own(job);
        return;
    }
    prompt_tell(job->cli, "%s", provider_wants_words(words, provider));
    if (provider_made_words(words, provider)[0] != '\0')
        prompt_tell(job->cli, "%s", words);
    if (provider->rotation != NULL)
        prompt_tell(job->cli, "Changing it: %s", provider->rotation);
    else if (provider->secret_url == NULL)
        prompt_tell(job->cli, "It is changed where you sign in to %s, in the account's settings.",
                    provider->name);
}

/* Enter goes on, anything else is for later; so is the end of the input. *show: it is to be shown
 * first, where that is offered. */
static bool goes_on(struct rotation_job *job, const char *question, bool *show)
{
    SV_AUTOFREE char *answer = NULL;
    prompt_forget(job->cli);
    if (prompt_text(job->cli, question, &answer, NULL) != SV_OK)
        return false;
    if (show != NULL)
        *show = text_equal_nocase(answer, "s") || text_equal_nocase(answer, "show");
    return answer[0] == '\0' || (show != NULL && *show);
}

/* ---- made here ---- */

static enum sv_status generate(struct rotation_job *job, struct secret **secret, bool *is_set,
                               struct sv_err *err)
{
    *is_set = false;
    if (job->p.kind == KIND_IAM_SECRET)
        return sv_fail(err, SV_USAGE, "an IAM secret is made by AWS: give --password-from SOURCE");
    return terms_generate(job->cli, &job->p, secret, err);
}

/* To be copied from the terminal, and nowhere else. */
static enum sv_status show(struct rotation_job *job, struct sv_err *err)
{
    const struct reveal why = {.op = AUDIT_SHOW,
                               .note = "rotate: to be set at the server",
                               .version = PROFILE_VERSION_PENDING};
    SECRET_OWNED struct secret *secret = NULL;
    FD_OWNED int fd = -1;
    enum sv_status s = prompt_open(job->cli, &fd, err);
    if (s == SV_OK)
        s = vault_reveal(job->cli->vault, job->p.name, &why, NULL, &secret, err);
    if (s != SV_OK)
        return s;
    if (file_write_all(fd, "\n    ", 5) != 0 ||
        file_write_all(fd, secret_peek(secret), secret_len(secret)) != 0 ||
        file_write_all(fd, "\n\n", 2) != 0)
        return sv_fail(err, SV_IO, "the new secret cannot be shown on the terminal");
    return SV_OK;
}

static enum sv_status set_generated(struct rotation_job *job, struct sv_err *err)
{
    char words[WAITS_MAX];
    bool yes = false;
    if (!job->talk)
        return sv_fail(err, SV_LOCKED, "%s", waits(words, job));
    tell_where(job);
    prompt_tell(job->cli,
                "The new secret is in the vault: \"smtpvault get %s --version pending\" prints it.",
                NAME_TYPED(job->p.name));
    enum sv_status s = SV_OK;
    if (job->emergency)
        yes = true;
    else
        s = prompt_yes(job->cli, "Show it here? [y/N] ", &yes, err);
    if (s == SV_OK && yes)
        s = show(job, err);
    if (s != SV_OK)
        return s;
    return goes_on(job, "Set it at the server now, then press Enter (l: later) ", NULL)
               ? SV_OK
               : sv_fail(err, SV_LOCKED, "%s", waits(words, job));
}

/* ---- typed ---- */

/* Does the person set what they like there? A provider that hands out its secrets makes them. */
static bool is_ours_to_make(const struct rotation_job *job)
{
    const struct provider *provider = provider_named(&job->p);
    return job->p.kind == KIND_PASSWORD && (provider == NULL || provider->kind == KIND_PASSWORD);
}

/* As it will be: an access key comes with the name that it belongs to. */
static enum sv_status judge(struct rotation_job *job, struct secret **secret, struct sv_err *err)
{
    struct profile as = job->p; /* borrowed */
    if (job->r.username[0] != '\0')
        as.username = job->r.username;
    return profile_args_judge(job->cli, job->args, &as, secret, err);
}

/* Nothing typed is for later: *secret stays NULL. */
static enum sv_status type(struct rotation_job *job, struct secret **out, struct sv_err *err)
{
    char question[NAME_SHOWN_MAX + 64];
    snprintf(question, sizeof question,
             "New secret for %s (not shown; Enter: later): ", NAME_SHOWN(job->p.name));
    for (int tries = ASK_TRIES;; tries--) {
        SECRET_OWNED struct secret *secret = NULL;
        enum sv_status s = prompt_secret(job->cli, question, PROFILE_SECRET_MAX, &secret, err);
        if (s == SV_OK && secret_len(secret) == 0)
            return SV_OK;
        if (s == SV_OK)
            s = judge(job, &secret, err);
        if (s == SV_OK) {
            *out = secret;
            secret = NULL;
            return SV_OK;
        }
        if (s != SV_DATA || tries == 1)
            return s;
        prompt_tell(job->cli, "%s.", err->text);
    }
}

static enum sv_status read_other_way(struct rotation_job *job, const char *source,
                                     struct secret **out, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    enum sv_status s = profile_args_read(job->cli, source, &job->p, false, &secret, err);
    if (s == SV_OK)
        s = judge(job, &secret, err);
    if (s == SV_OK) {
        *out = secret;
        secret = NULL;
    }
    return s;
}

static enum sv_status create_by_hand(struct rotation_job *job, struct secret **secret, bool *is_set,
                                     struct sv_err *err)
{
    bool yes = false;
    *is_set = true;
    if (ask_way(job->cli, NULL) == ASK_NOBODY)
        return sv_fail(err, SV_LOCKED,
                       "the new secret is to come from a terminal, --password-from or --generate");
    if (!job->talk)
        return read_other_way(job, NULL, secret, err);
    if (is_ours_to_make(job) && job->emergency)
        yes = true;
    else if (is_ours_to_make(job)) {
        enum sv_status s = prompt_go(
            job->cli, "Make a random one here, for you to set at the server? [Y/n] ", &yes, err);
        if (s != SV_OK)
            return s;
    }
    if (yes) {
        job->way = &rotate_generated;
        return generate(job, secret, is_set, err);
    }
    tell_where(job);
    enum sv_status s = type(job, secret, err);
    return s == SV_OK && *secret == NULL ? sv_fail(err, SV_LOCKED, NOT_MADE) : s;
}

static enum sv_status create_given(struct rotation_job *job, struct secret **secret, bool *is_set,
                                   struct sv_err *err)
{
    const char *source = args_value(job->args, "password-from");
    *is_set = true;
    if (source == NULL)
        return create_by_hand(job, secret, is_set, err);
    return read_other_way(job, source, secret, err);
}

/* ---- what went otherwise ---- */

/* Nothing typed is for later. */
static enum sv_status type_again(struct rotation_job *job, const char *why, bool *again,
                                 struct sv_err *err)
{
    for (int tries = ASK_TRIES;; tries--) {
        SECRET_OWNED struct secret *secret = NULL;
        prompt_tell(job->cli, "%s", why);
        enum sv_status s = type(job, &secret, err);
        if (s != SV_OK || secret == NULL)
            return s;
        s = rotation_job_step(job, ROTATE_PENDING, STAGE_SET, secret, err);
        *again = s == SV_OK;
        if (s != SV_DATA || tries == 1)
            return s;
        sv_err_clear(err);
        why = IS_OLD;
    }
}

static enum sv_status mend_half(struct rotation_job *job, bool *again)
{
    prompt_tell(job->cli, "One port of the server takes the new secret, another refuses it: it is "
                          "perhaps not set everywhere yet.");
    *again = goes_on(job, "Press Enter to try it again (l: later) ", NULL);
    return SV_OK;
}

static enum sv_status mend_alive(struct rotation_job *job, bool *again)
{
    const struct provider *provider = provider_of_profile(&job->p);
    const char *page = provider != NULL ? provider->secret_url : NULL;
    prompt_tell(job->cli, "The server still takes the old secret: revoke or delete it there%s%s.",
                page != NULL ? ", at " : "", page != NULL ? page : "");
    *again = goes_on(job, "Press Enter to try the old one again (l: later) ", NULL);
    return SV_OK;
}

static enum sv_status mend_by_hand(struct rotation_job *job, enum rotation_hitch hitch, bool *again,
                                   struct sv_err *err)
{
    char why[ROTATION_WORDS_MAX + 80];
    if (!job->talk)
        return SV_OK;
    if (hitch == HITCH_ALIVE || hitch == HITCH_HALF)
        return hitch == HITCH_HALF ? mend_half(job, again) : mend_alive(job, again);
    snprintf(why, sizeof why,
             "The server refuses the new secret (%s). Type it again, or another:", job->said);
    return type_again(job, hitch == HITCH_SAME ? IS_OLD : why, again, err);
}

/* Whoever comes back to it may not have it before their eyes any more. */
static enum sv_status mend_generated(struct rotation_job *job, enum rotation_hitch hitch,
                                     bool *again, struct sv_err *err)
{
    bool wanted = false;
    if (!job->talk || hitch == HITCH_SAME)
        return SV_OK;
    if (hitch == HITCH_ALIVE || hitch == HITCH_HALF)
        return hitch == HITCH_HALF ? mend_half(job, again) : mend_alive(job, again);
    prompt_tell(job->cli,
                "The server refuses the new secret (%s): perhaps it is not set there yet.",
                job->said);
    do {
        *again = goes_on(job, "Press Enter to try it again (s: show it, l: later) ", &wanted);
        enum sv_status s = *again && wanted ? show(job, err) : SV_OK;
        if (s != SV_OK)
            return s;
    } while (*again && wanted);
    return SV_OK;
}

const struct rotation_way rotate_by_hand = {
    .method = METHOD_HAND, .create = create_by_hand, .mend = mend_by_hand};
const struct rotation_way rotate_generated = {
    .method = METHOD_GENERATED, .create = generate, .set = set_generated, .mend = mend_generated};
const struct rotation_way rotate_given = {
    .method = METHOD_GIVEN, .create = create_given, .mend = mend_by_hand};
