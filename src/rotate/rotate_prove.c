/* SPDX-License-Identifier: ISC */
#include "rotate/rotate_prove.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "domain/endpoint.h"
#include "login/test_login.h"

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

/* How the server put it. */
static void put_said(char said[ROTATION_WORDS_MAX + 1], const struct smtp_result *r)
{
    char words[ROTATION_WORDS_MAX + 1];
    if (r->code != 0)
        snprintf(words, sizeof words, "%u%s%s", (unsigned)r->code,
                 r->enhanced[0] != '\0' ? " " : "", r->enhanced);
    else
        snprintf(words, sizeof words, "%s", smtp_verdict_word(r->verdict));
    rotation_say(said, ROTATION_WORDS_MAX + 1, words);
}

/* That an account is locked or a login not allowed says nothing of this secret: so would be any
 * other. False: nothing is told. */
static bool is_told(const struct smtp_result *r, enum rotate_answer *answer)
{
    bool taken = r->verdict == SMTP_OK || r->phase > PHASE_AUTH;
    *answer = taken ? ANSWER_TAKEN : ANSWER_REFUSED;
    return taken || r->verdict == SMTP_WRONG_SECRET || r->verdict == SMTP_WRONG_KIND_OF_SECRET;
}

/* port: 0, or another one than the profile's. */
static enum sv_status say_untold(struct rotation_job *job, const struct smtp_result *r,
                                 uint16_t port, struct sv_err *err)
{
    char cause[512], where[16] = "";
    if (port != 0)
        snprintf(where, sizeof where, " at port %u", (unsigned)port);
    job->untold = true;
    return sv_fail(err, untold(r->verdict),
                   "no login of %s%s tells whether its server takes the secret (%s): %s",
                   NAME_SHOWN(job->p.name), where, smtp_verdict_word(r->verdict),
                   smtp_say(cause, sizeof cause, r->cause, job->p.name));
}

static enum sv_status log_in(struct rotation_job *job, const struct login_wish *wish,
                             enum rotate_answer *answer, char said[ROTATION_WORDS_MAX + 1],
                             struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct smtp_result result = {.code = 0};
    rotation_job_told(job);
    job->untold = false;
    print_progress(job->cli, "logging in ...");
    enum sv_status s = test_login(job->cli, job->helper, job->p.name, wish, &p, &result, err);
    print_progress(job->cli, NULL);
    if (s != SV_OK)
        return s;
    put_said(job->said, &result);
    if (said != NULL)
        put_said(said, &result);
    return is_told(&result, answer) ? SV_OK : say_untold(job, &result, wish->port, err);
}

enum sv_status rotate_login(struct rotation_job *job, uint64_t version, enum rotate_answer *answer,
                            char said[ROTATION_WORDS_MAX + 1], struct sv_err *err)
{
    const struct login_wish wish = {.version = version};
    return log_in(job, &wish, answer, said, err);
}

enum sv_status rotate_login_any(struct rotation_job *job, uint16_t port, enum rotate_answer *answer,
                                struct sv_err *err)
{
    struct login_wish wish = {.made_up = true, .port = port};
    struct endpoint ends[ENDPOINTS_MAX];
    size_t count = endpoints_of(ends, &job->p);
    for (size_t i = 0; i < count; i++)
        if (ends[i].port == port)
            wish.tls = ends[i].tls;
    return log_in(job, &wish, answer, NULL, err);
}

/* ---- the endpoints beside the own one ---- */

#define OTHERS_MAX (ENDPOINTS_MAX - 1)
#define OTHER_CONNECT_MS 4000 /* nobody waits long for a port that is perhaps blocked */

struct others {
    struct endpoint at[OTHERS_MAX];
    struct login_wish wishes[OTHERS_MAX];
    struct test_login *tests[OTHERS_MAX];
    struct smtp_result results[OTHERS_MAX];
    size_t count;
};

static void others_clear(struct others *o)
{
    for (size_t i = 0; i < o->count; i++)
        test_login_free(o->tests[i]);
}
#define OTHERS_OWNED __attribute__((cleanup(others_clear)))

/* told: NULL, or words of the endpoints that are meant. */
static void find_others(struct others *o, const struct rotation_job *job, const char *told)
{
    struct endpoint ends[ENDPOINTS_MAX];
    size_t count = endpoints_of(ends, &job->p);
    for (size_t i = 1; i < count; i++)
        if (told == NULL || endpoints_told(told, ends[i].port))
            o->at[o->count++] = ends[i];
}

static void run_all(struct others *o)
{
    struct smtp_run *runs[OTHERS_MAX];
    for (size_t i = 0; i < o->count; i++)
        runs[i] = test_login_run(o->tests[i]);
    for (size_t open = o->count;;) {
        for (size_t i = 0; i < o->count; i++) {
            if (runs[i] != NULL && smtp_run_step(runs[i])) {
                runs[i] = NULL;
                open--;
            }
        }
        if (open == 0)
            return;
        smtp_run_wait(runs, o->count);
    }
}

static enum sv_status ask_others(struct others *o, struct rotation_job *job, uint64_t version,
                                 struct sv_err *err)
{
    enum sv_status s = SV_OK;
    for (size_t i = 0; s == SV_OK && i < o->count; i++) {
        o->wishes[i] = (struct login_wish){.version = version,
                                           .port = o->at[i].port,
                                           .tls = o->at[i].tls,
                                           .connect_ms = OTHER_CONNECT_MS};
        s = test_login_begin(&o->tests[i], job->cli, job->helper, job->p.name, &o->wishes[i], err);
    }
    if (s != SV_OK || o->count == 0)
        return s;
    print_progress(job->cli, "logging in at its other ports ...");
    run_all(o);
    print_progress(job->cli, NULL);
    for (size_t i = 0; s == SV_OK && i < o->count; i++) {
        PROFILE_OWNED struct profile p = {.name = NULL};
        s = test_login_end(o->tests[i], &p, &o->results[i], err);
    }
    return s;
}

/* The first that says otherwise than the own one. */
static bool differs(const struct others *o, struct rotate_proof *proof)
{
    enum rotate_answer answer;
    for (size_t i = 0; i < o->count; i++) {
        if (is_told(&o->results[i], &answer) && answer != proof->answer) {
            proof->port = o->at[i].port;
            put_said(proof->said, &o->results[i]);
            return true;
        }
    }
    return false;
}

/* With the own one, which was told. */
static size_t all_of(struct endpoint ends[ENDPOINTS_MAX], const struct others *o,
                     const struct rotation_job *job)
{
    enum rotate_answer answer;
    ends[0] = (struct endpoint){.port = job->p.port, .tls = job->p.tls, .tried = true};
    for (size_t i = 0; i < o->count; i++) {
        ends[i + 1] = o->at[i];
        ends[i + 1].tried = is_told(&o->results[i], &answer);
    }
    return o->count + 1;
}

/* ---- the new secret ---- */

/* May be news in a minute; what else tells nothing may stay so for ever. */
static bool is_temporary(const struct smtp_result *r)
{
    return r->verdict == SMTP_BUSY || r->verdict == SMTP_RATE_LIMITED ||
           r->verdict == SMTP_TEMPORARY || r->verdict == SMTP_ACCOUNT_LOCKED;
}

static enum sv_status sum_up(const struct others *o, struct rotation_job *job,
                             struct rotate_proof *proof, struct sv_err *err)
{
    struct endpoint ends[ENDPOINTS_MAX];
    char words[ENDPOINTS_SAID_MAX];
    for (size_t i = 0; i < o->count; i++)
        if (is_temporary(&o->results[i]))
            return say_untold(job, &o->results[i], o->at[i].port, err);
    size_t count = all_of(ends, o, job);
    for (size_t i = 1; i < count; i++)
        if (!ends[i].tried)
            print_note(job->cli, "%s: at port %u of its server no login can be tried (%s)",
                       NAME_SHOWN(job->p.name), (unsigned)ends[i].port,
                       smtp_verdict_word(o->results[i - 1].verdict));
    rotation_say(proof->words, sizeof proof->words, endpoints_say(words, ends, count));
    return SV_OK;
}

enum sv_status rotate_prove_new(struct rotation_job *job, struct rotate_proof *proof,
                                struct sv_err *err)
{
    OTHERS_OWNED struct others o = {.count = 0};
    *proof = (struct rotate_proof){.answer = ANSWER_REFUSED};
    enum sv_status s = rotate_login(job, PROFILE_VERSION_PENDING, &proof->answer, proof->said, err);
    if (s != SV_OK || proof->answer == ANSWER_REFUSED)
        return s;
    find_others(&o, job, NULL);
    s = ask_others(&o, job, PROFILE_VERSION_PENDING, err);
    return s != SV_OK || differs(&o, proof) ? s : sum_up(&o, job, proof, err);
}

/* ---- the old one ---- */

static void say_dead(const struct others *o, const struct rotation_job *job,
                     struct rotate_proof *proof)
{
    struct endpoint ends[ENDPOINTS_MAX];
    char list[ENDPOINTS_SAID_MAX], words[2 * ROTATION_WORDS_MAX + 8];
    size_t count = all_of(ends, o, job);
    snprintf(words, sizeof words, "%s%s%s", proof->said, count > 1 ? ", " : "",
             count > 1 ? endpoints_list(list, ends, count) : "");
    rotation_say(proof->words, sizeof proof->words, words);
}

enum sv_status rotate_prove_old(struct rotation_job *job, struct rotate_proof *proof,
                                struct sv_err *err)
{
    OTHERS_OWNED struct others o = {.count = 0};
    enum rotate_answer answer;
    *proof = (struct rotate_proof){.answer = ANSWER_TAKEN};
    enum sv_status s = rotate_login(job, job->r.version_from, &proof->answer, proof->said, err);
    if (s != SV_OK || proof->answer == ANSWER_TAKEN)
        return s;
    find_others(&o, job, job->r.verified);
    s = ask_others(&o, job, job->r.version_from, err);
    if (s != SV_OK || differs(&o, proof))
        return s;
    for (size_t i = 0; i < o.count; i++)
        if (!is_told(&o.results[i], &answer))
            return say_untold(job, &o.results[i], o.at[i].port, err);
    say_dead(&o, job, proof);
    return SV_OK;
}
