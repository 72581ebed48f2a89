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
#include "cli/rotate_run.h"
#include "cli/terms.h"
#include "domain/provider.h"

static enum sv_status later(const struct rotation_job *job, const char *what, struct sv_err *err)
{
    return sv_fail(err, SV_LOCKED, "%s; \"smtpvault rotate --resume %s\" goes on", what,
                   NAME_SHOWN(job->p.name));
}

/* ---- where ---- */

static void tell_where(const struct rotation_job *job)
{
    const struct provider *provider = provider_of_profile(&job->p);
    char words[PROVIDER_HOW_MAX], server[PROFILE_SERVER_MAX];
    if (provider == NULL) {
        prompt_tell(job->cli,
                    "Change the secret of %s at %s: where its accounts are kept, or by whoever "
                    "runs it.",
                    job->p.username != NULL ? NAME_SHOWN(job->p.username) : "this login",
                    profile_server(server, &job->p));
        return;
    }
    prompt_tell(job->cli, "%s", provider_wants_words(words, provider));
    if (provider_made_words(words, provider)[0] != '\0')
        prompt_tell(job->cli, "%s", words);
    if (provider->rotation != NULL)
        prompt_tell(job->cli, "Changing it: %s", provider->rotation);
}

/* Enter goes on, anything else is for later; so is the end of the input. */
static bool goes_on(struct rotation_job *job, const char *question)
{
    SV_AUTOFREE char *answer = NULL;
    prompt_forget(job->cli);
    return prompt_text(job->cli, question, &answer, NULL) == SV_OK && answer[0] == '\0';
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
    char what[2 * NAME_SHOWN_MAX + 160];
    bool yes = false;
    snprintf(what, sizeof what,
             "the new secret waits to be set at the server: \"smtpvault get %s --version pending\" "
             "prints it",
             NAME_SHOWN(job->p.name));
    if (!job->talk)
        return later(job, what, err);
    tell_where(job);
    prompt_tell(job->cli, "The new secret is in the vault (smtpvault get %s --version pending).",
                NAME_SHOWN(job->p.name));
    enum sv_status s = SV_OK;
    if (job->emergency)
        yes = true;
    else
        s = prompt_yes(job->cli, "Show it here? [y/N] ", &yes, err);
    if (s == SV_OK && yes)
        s = show(job, err);
    if (s != SV_OK)
        return s;
    return goes_on(job, "Set it at the server now, then press Enter (l: later) ")
               ? SV_OK
               : later(job, what, err);
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
        return later(
            job, "the new secret is to come from a terminal, --password-from or --generate", err);
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
    return s == SV_OK && *secret == NULL ? later(job, "the new secret is to be made yet", err) : s;
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

static enum sv_status type_again(struct rotation_job *job, bool *again, struct sv_err *err)
{
    SECRET_OWNED struct secret *secret = NULL;
    prompt_tell(job->cli, "The server refuses the new secret.");
    enum sv_status s = type(job, &secret, err);
    if (s != SV_OK || secret == NULL)
        return s;
    s = rotation_job_step(job, ROTATE_PENDING, STAGE_SET, secret, err);
    *again = s == SV_OK;
    return s;
}

static enum sv_status mend_half(struct rotation_job *job, bool *again)
{
    prompt_tell(job->cli, "One port of the server takes the new secret, another refuses it: it is "
                          "perhaps not set everywhere yet.");
    *again = goes_on(job, "Press Enter to try it again (l: later) ");
    return SV_OK;
}

static enum sv_status mend_alive(struct rotation_job *job, bool *again)
{
    prompt_tell(job->cli,
                "The server still takes the old secret: take it back or delete it there.");
    *again = goes_on(job, "Press Enter to try the old one again (l: later) ");
    return SV_OK;
}

static enum sv_status mend_by_hand(struct rotation_job *job, enum rotation_hitch hitch, bool *again,
                                   struct sv_err *err)
{
    if (!job->talk)
        return SV_OK;
    if (hitch == HITCH_REFUSED)
        return type_again(job, again, err);
    return hitch == HITCH_HALF ? mend_half(job, again) : mend_alive(job, again);
}

static enum sv_status mend_generated(struct rotation_job *job, enum rotation_hitch hitch,
                                     bool *again, struct sv_err *err)
{
    (void)err;
    if (!job->talk)
        return SV_OK;
    if (hitch != HITCH_REFUSED)
        return hitch == HITCH_HALF ? mend_half(job, again) : mend_alive(job, again);
    prompt_tell(job->cli, "The server refuses the new secret: perhaps it is not set there yet.");
    *again = goes_on(job, "Press Enter to try it again (l: later) ");
    return SV_OK;
}

const struct rotation_way rotate_by_hand = {
    .method = METHOD_HAND, .create = create_by_hand, .mend = mend_by_hand};
const struct rotation_way rotate_generated = {
    .method = METHOD_GENERATED, .create = generate, .set = set_generated, .mend = mend_generated};
const struct rotation_way rotate_given = {
    .method = METHOD_GIVEN, .create = create_given, .mend = mend_by_hand};
