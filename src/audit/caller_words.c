/* SPDX-License-Identifier: ISC */
/* caller: words for people. */
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/caller.h"
#include "base/text.h"

#define ARROW " > "
#define SHOWN_MAX (4 * CALLER_TEXT_MAX)

char *caller_user(char dst[CALLER_USER_MAX], uint32_t uid)
{
    const struct passwd *user = getpwuid(uid);

    if (user && !text_has_control(user->pw_name, strlen(user->pw_name)))
        (void)snprintf(dst, CALLER_USER_MAX, "%s", user->pw_name);
    else
        (void)snprintf(dst, CALLER_USER_MAX, "%" PRIu32, uid);
    return dst;
}

static void add(char *dst, size_t capacity, const char *fmt, ...) SV_PRINTF(3, 4);
static void add(char *dst, size_t capacity, const char *fmt, ...)
{
    size_t len = strlen(dst);
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(dst + len, capacity - len, fmt, args);
    va_end(args);
}

static const char *shown(char dst[SHOWN_MAX], const char *text, size_t len)
{
    return text_printable(dst, SHOWN_MAX, text, len);
}

/* Where the last name of a chain begins. */
static const char *last_name(const char *chain)
{
    for (const char *at; (at = strstr(chain, ARROW)) != NULL;)
        chain = at + strlen(ARROW);
    return chain;
}

/* "msmtp (/usr/bin/msmtp, package msmtp 1.8.23-1)" */
static void add_program(char *dst, size_t capacity, const struct caller *c)
{
    char word[SHOWN_MAX];
    const char *base = strrchr(c->exe, '/'), *name = last_name(c->parent);

    if (*name == '\0')
        name = base != NULL ? base + 1 : "somebody";
    add(dst, capacity, "%s", shown(word, name, strlen(name)));
    if (c->exe[0] == '\0') {
        add(dst, capacity, " (a program that is not for us to see)");
        return;
    }
    add(dst, capacity, " (%s", shown(word, c->exe, strlen(c->exe)));
    if (c->script[0] != '\0')
        add(dst, capacity, " running %s", shown(word, c->script, strlen(c->script)));
    if (c->package[0] != '\0')
        add(dst, capacity, ", package %s", shown(word, c->package, strlen(c->package)));
    add(dst, capacity, ")");
}

char *caller_summary(char *dst, size_t capacity, const struct caller *c)
{
    char word[SHOWN_MAX], user[CALLER_USER_MAX];
    size_t above = (size_t)(last_name(c->parent) - c->parent);

    dst[0] = '\0';
    add_program(dst, capacity, c);
    if (above > strlen(ARROW))
        add(dst, capacity, ", started by %s", shown(word, c->parent, above - strlen(ARROW)));
    add(dst, capacity, ", user %s", caller_user(user, c->uid));
    if (c->unit[0] != '\0')
        add(dst, capacity, ", %s", shown(word, c->unit, strlen(c->unit)));
    if (c->tty[0] != '\0')
        add(dst, capacity, ", on %s", shown(word, c->tty, strlen(c->tty)));
    return dst;
}
