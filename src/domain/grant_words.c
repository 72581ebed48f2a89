/* SPDX-License-Identifier: ISC */
/* grant: grants, callers and refusals as people read them. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/grant_impl.h"

#define CHAIN_SHOWN 200

/* ---- small words ---- */

char *grant_quote(char *dst, size_t capacity, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:=@_";
    size_t len = strlen(word), at = 0;

    if (len > 0 && strspn(word, plain) == len) {
        (void)snprintf(dst, capacity, "%s", word);
        return dst;
    }
    for (size_t i = 0; i <= len + 1 && at + 5 < capacity; i++) {
        if (i == 0 || i == len + 1)
            dst[at++] = '\'';
        if (i > 0 && i <= len && word[i - 1] == '\'')
            at += (size_t)snprintf(dst + at, capacity - at, "'\\''");
        else if (i > 0 && i <= len)
            dst[at++] = word[i - 1];
    }
    dst[at] = '\0';
    return dst;
}

static void add(char dst[GRANT_SHOWN_MAX], const char *fmt, ...) SV_PRINTF(2, 3);
static void add(char dst[GRANT_SHOWN_MAX], const char *fmt, ...)
{
    size_t len = strlen(dst);
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(dst + len, GRANT_SHOWN_MAX - len, fmt, args);
    va_end(args);
}

static const char *per_word(const struct grant *g)
{
    return g->seconds == GRANT_HOUR_SECONDS ? "h" : "d";
}

static char *hours_word(char dst[16], const struct grant *g)
{
    if (g->from % 60 == 0 && g->to % 60 == 0)
        (void)snprintf(dst, 16, "%02u-%02u", g->from / 60U, g->to / 60U);
    else
        (void)snprintf(dst, 16, "%02u:%02u-%02u:%02u", g->from / 60U, g->from % 60U, g->to / 60U,
                       g->to % 60U);
    return dst;
}

char *grant_options(char dst[GRANT_SHOWN_MAX], const struct grant *g)
{
    char word[4 * CALLER_TEXT_MAX], when[TEXT_TIME_MAX], user[CALLER_USER_MAX], hours[16];

    dst[0] = '\0';
    if (g->has & GRANT_LEARN)
        add(dst, "everybody, to learn who they are,");
    if (g->has & GRANT_EXE)
        add(dst, " --exe %s", grant_quote(word, sizeof word, g->exe));
    if (g->has & GRANT_PIN)
        add(dst, " --pin");
    if (g->has & GRANT_UNIT)
        add(dst, " --unit %s", grant_quote(word, sizeof word, g->unit));
    if (g->has & GRANT_USER)
        add(dst, " --user %s", grant_quote(word, sizeof word, caller_user(user, g->uid)));
    if (g->has & GRANT_HOURS)
        add(dst, " --hours %s", hours_word(hours, g));
    if (g->has & GRANT_MAX)
        add(dst, " --max %" PRIu32 "/%s", g->max, per_word(g));
    if (g->has & GRANT_UNTIL && g->has & GRANT_LEARN)
        add(dst, " until %s", text_time_local(when, g->until));
    else if (g->has & GRANT_UNTIL)
        add(dst, " --until %s", text_time_utc(when, g->until));
    if (g->has & GRANT_CONFIRM)
        add(dst, " --confirm");
    memmove(dst, dst + (dst[0] == ' '), strlen(dst) + (dst[0] != ' '));
    return dst;
}

/* The unit and the user are in the same grant: nothing narrower can be told of a script, since its
 * name is what its process says. */
char *grant_interpreter_text(char dst[GRANT_SHOWN_MAX], const struct grant *g)
{
    char exe[4 * CALLER_TEXT_MAX], unit[4 * CALLER_TEXT_MAX], user[CALLER_USER_MAX];
    const char *slash = strrchr(g->exe, '/');
    bool in_unit = g->has & GRANT_UNIT;

    dst[0] = '\0';
    if (!(g->has & GRANT_EXE) || !slash || !script_is_interpreter(slash + 1, strlen(slash + 1)))
        return dst;
    add(dst, "%s is an interpreter, so any script that ", grant_quote(exe, sizeof exe, g->exe));
    if (g->has & GRANT_USER)
        add(dst, "user %s runs with it", caller_user(user, g->uid));
    else
        add(dst, "is run with it");
    if (in_unit)
        add(dst, " in %s", grant_quote(unit, sizeof unit, g->unit));
    add(dst, " may ask%s", in_unit ? "" : "; a unit of its own would tell this one apart");
    return dst;
}

/* ---- the caller ---- */

static bool is_service(const char *unit)
{
    const char *kind = strrchr(unit, '.');

    return kind && strcmp(kind, ".service") == 0;
}

/* A program that is gone, or whose path was cut or is no text, cannot be named. */
static bool exe_is_named(const struct caller *caller)
{
    size_t len;

    return caller->exe[0] == '/' && !program_is_gone(caller->exe, &len) &&
           text_is_utf8(caller->exe, len) && !text_has_control(caller->exe, len);
}

bool grant_of_caller(struct grant *g, const struct caller *caller)
{
    memset(g, 0, sizeof *g);
    g->has = GRANT_USER;
    g->uid = caller->uid;
    if (is_service(caller->unit)) {
        memcpy(g->unit, caller->unit, sizeof g->unit);
        g->has |= GRANT_UNIT;
    }
    if (exe_is_named(caller) && !program_is_open(caller->exe, caller->uid)) {
        memcpy(g->exe, caller->exe, sizeof g->exe);
        g->has |= GRANT_EXE;
    }
    return g->has != GRANT_USER;
}

char *grant_caller_text(char dst[GRANT_SHOWN_MAX], const struct caller *caller)
{
    const char *who = caller->parent[0] ? caller->parent : caller->exe;
    char shown[CHAIN_SHOWN], user[CALLER_USER_MAX];
    size_t len = strlen(who);

    /* The end of a chain is who asked. */
    const char *from = len >= CHAIN_SHOWN ? who + len - (CHAIN_SHOWN - 1) : who;
    while (((unsigned char)*from & 0xc0) == 0x80)
        from++;
    dst[0] = '\0';
    add(dst, "%s, user %s",
        len > 0 ? text_printable(shown, sizeof shown, from, strlen(from)) : "an unknown program",
        caller_user(user, caller->uid));
    if (caller->unit[0])
        add(dst, ", %s", text_printable(shown, sizeof shown, caller->unit, strlen(caller->unit)));
    return dst;
}

/* ---- the refusal ---- */

static void why_not_this_program(char dst[GRANT_SHOWN_MAX], const struct grant *g,
                                 const struct caller *caller, enum grant_missing missing)
{
    char package[4 * CALLER_PACKAGE_MAX];

    const char *tail = missing == GRANT_EXE_GONE
                           ? "its file was replaced or removed since this process began: start it "
                             "again"
                       : missing == GRANT_EXE_OPEN
                           ? "other users can write to it or to a folder above it: mend that"
                       : missing == GRANT_EXE_ELSEWHERE
                           ? "what runs is another file that only its own view of the file system "
                             "has there"
                           : "it is not what it was then";
    add(dst, "grant %u %s %s, and %s", (unsigned)g->number,
        missing == GRANT_EXE_CHANGED ? "pinned" : "names", g->exe, tail);
    if (missing != GRANT_EXE_CHANGED)
        return;
    if (caller->package[0])
        add(dst, " (it is of the package %s)",
            text_printable(package, sizeof package, caller->package, strlen(caller->package)));
    add(dst, ": if that was an upgrade, pin it anew with the command below and remove this grant");
}

static void why_not(char dst[GRANT_SHOWN_MAX], const struct caller *caller,
                    const struct grant_verdict *v)
{
    char shown[CALLER_TEXT_MAX + 16], when[TEXT_TIME_MAX], user[CALLER_USER_MAX], hours[16];
    const struct grant *g = v->grant;
    unsigned number = g ? g->number : 0;

    dst[0] = '\0';
    if (v->missing == GRANT_NONE)
        add(dst, "it has no grants, and then the agent gives it to no other user");
    else if (v->missing == GRANT_LEARNT)
        add(dst,
            "the time of learning ended %s and nothing is granted: \"smtpvault grant learn\" "
            "proposes grants from what it saw",
            text_time_local(when, g->until));
    else if (v->missing == GRANT_OTHER_EXE && caller->exe[0] == '\0')
        add(dst, "the grants name programs, and which one it is cannot be seen from here, as of "
                 "another user's process");
    else if (v->missing == GRANT_OTHER_EXE)
        add(dst, "no grant names the program %s",
            text_printable(shown, sizeof shown, caller->exe, strlen(caller->exe)));
    else if (v->missing == GRANT_OTHER_UNIT)
        add(dst, "grant %u is for the unit %s", number, g->unit);
    else if (v->missing == GRANT_USERS_UNIT)
        add(dst, "grant %u is for the system's unit %s, and this one is of a user's own systemd",
            number, g->unit);
    else if (v->missing == GRANT_OTHER_USER)
        add(dst, "grant %u is for the user %s", number, caller_user(user, g->uid));
    else if (v->missing == GRANT_ENDED)
        add(dst, "grant %u ended %s", number, text_time_local(when, g->until));
    else if (v->missing == GRANT_OUT_OF_HOURS)
        add(dst, "grant %u holds in the hours %s", number, hours_word(hours, g));
    else if (v->missing == GRANT_USED_UP)
        add(dst, "grant %u gives it %" PRIu32 " times %s, and again from %s on", number, g->max,
            g->seconds == GRANT_HOUR_SECONDS ? "an hour" : "a day",
            text_time_local(when, v->again));
    else
        why_not_this_program(dst, g, caller, v->missing);
}

enum sv_status grant_refuse(const char *name, const struct caller *caller,
                            const struct grant_verdict *verdict, struct sv_err *err)
{
    char who[GRANT_SHOWN_MAX], why[GRANT_SHOWN_MAX], options[GRANT_SHOWN_MAX];
    char shown[4 * 128 + 1], word[4 * 128 + 3];
    struct grant g;

    (void)grant_of_caller(&g, caller);
    if (verdict->missing == GRANT_EXE_CHANGED)
        g.has |= GRANT_PIN;
    why_not(why, caller, verdict);
    text_printable(shown, sizeof shown, name, strlen(name));
    return sv_fail(err, SV_DENIED,
                   "\"%s\" is not given to %s: %s; \"smtpvault grant add %s %s\" allows it", shown,
                   grant_caller_text(who, caller), why, grant_quote(word, sizeof word, shown),
                   grant_options(options, &g));
}

char *grant_note(char dst[GRANT_NOTE_MAX], const struct grant_verdict *v)
{
    static const char *const words[] = {
        [GRANT_HOLDS] = "",
        [GRANT_NONE] = "no grant for another user",
        [GRANT_LEARNT] = ": learning is over",
        [GRANT_OTHER_EXE] = "no grant for this program",
        [GRANT_OTHER_UNIT] = ": another unit",
        [GRANT_USERS_UNIT] = ": a user's own unit",
        [GRANT_OTHER_USER] = ": another user",
        [GRANT_EXE_GONE] = ": the program was replaced as it ran",
        [GRANT_EXE_OPEN] = ": others can replace the program",
        [GRANT_EXE_ELSEWHERE] = ": another file at its path",
        [GRANT_EXE_CHANGED] = ": the program was replaced",
        [GRANT_ENDED] = ": ended",
        [GRANT_OUT_OF_HOURS] = ": outside its hours",
        [GRANT_USED_UP] = ": used up",
    };
    if (v->missing == GRANT_OTHER_EXE || v->missing == GRANT_NONE)
        (void)snprintf(dst, GRANT_NOTE_MAX, "%s", words[v->missing]);
    else
        (void)snprintf(dst, GRANT_NOTE_MAX, "grant %u%s%s", (unsigned)v->grant->number,
                       v->grant->has & GRANT_LEARN && v->missing == GRANT_HOLDS ? ", learning" : "",
                       words[v->missing]);
    return dst;
}
