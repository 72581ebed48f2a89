/* SPDX-License-Identifier: ISC */
#include "cli/rotate_prove.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/test_login.h"

/* What a verdict that tells nothing of the secret means for who waits. */
static enum sv_status untold(enum smtp_verdict verdict)
{
    switch (verdict) {
    case SMTP_NAME_NOT_FOUND:
    case SMTP_REFUSED:
    case SMTP_UNREACHABLE:
    case SMTP_TIMEOUT:
    case SMTP_PORT_BLOCKED:
    case SMTP_PROTOCOL_ERROR:
        return SV_UNREACHABLE;
    case SMTP_GREETING_REJECTED:
    case SMTP_BUSY:
    case SMTP_RATE_LIMITED:
    case SMTP_TEMPORARY:
    case SMTP_ACCOUNT_LOCKED:
    case SMTP_DISABLED_BY_POLICY:
        return SV_LOCKED;
    default:
        return SV_CONFIG;
    }
}

/* That an account is locked or a login not allowed says nothing of this secret: so would be any
 * other. */
static enum sv_status judge(const struct rotation_job *job, const struct smtp_result *r,
                            enum rotate_answer *answer, struct sv_err *err)
{
    if (r->verdict == SMTP_OK || r->phase > PHASE_AUTH) {
        *answer = ANSWER_TAKEN;
        return SV_OK;
    }
    if (r->verdict == SMTP_WRONG_SECRET || r->verdict == SMTP_WRONG_KIND_OF_SECRET) {
        *answer = ANSWER_REFUSED;
        return SV_OK;
    }
    char cause[512];
    return sv_fail(err, untold(r->verdict), "the server of %s tells nothing of the secret (%s): %s",
                   NAME_SHOWN(job->p.name), smtp_verdict_word(r->verdict),
                   smtp_say(cause, sizeof cause, r->cause, job->p.name));
}

static enum sv_status log_in(struct rotation_job *job, const struct login_wish *wish,
                             enum rotate_answer *answer, char said[ROTATION_WORDS_MAX + 1],
                             struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct smtp_result result = {.code = 0};
    char words[ROTATION_WORDS_MAX + 1];
    rotation_job_told(job);
    print_progress(job->cli, "logging in ...");
    enum sv_status s = test_login(job->cli, job->helper, job->p.name, wish, &p, &result, err);
    print_progress(job->cli, NULL);
    if (s != SV_OK)
        return s;
    if (result.code != 0)
        snprintf(words, sizeof words, "%u %s", (unsigned)result.code, result.enhanced);
    else
        snprintf(words, sizeof words, "%s", smtp_verdict_word(result.verdict));
    size_t len = strlen(words);
    if (len > 0 && words[len - 1] == ' ')
        words[len - 1] = '\0';
    if (said != NULL)
        rotation_say(said, ROTATION_WORDS_MAX + 1, words);
    return judge(job, &result, answer, err);
}

enum sv_status rotate_login(struct rotation_job *job, uint64_t version, enum rotate_answer *answer,
                            char said[ROTATION_WORDS_MAX + 1], struct sv_err *err)
{
    const struct login_wish wish = {.version = version};
    return log_in(job, &wish, answer, said, err);
}

enum sv_status rotate_login_any(struct rotation_job *job, enum rotate_answer *answer,
                                struct sv_err *err)
{
    const struct login_wish wish = {.made_up = true};
    return log_in(job, &wish, answer, NULL, err);
}
