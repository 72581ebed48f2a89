/* SPDX-License-Identifier: ISC */
#include "agent/confirm.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"

static void waiting_free(struct confirm_waiting *w)
{
    if (w == NULL)
        return;
    sv_free(w->question);
    sv_free(w);
}

void confirming_clear(struct confirming *c)
{
    for (size_t i = 0; i < c->count; i++)
        waiting_free(c->waiting[i]);
    c->count = 0;
    file_close_cleanup(&c->fd);
    c->fd = -1;
}

bool confirm_later(struct agent *a, const struct fetch *f, char *question)
{
    struct confirming *c = &a->confirming;
    struct confirm_waiting *w = NULL;
    if (c->fd >= 0 && c->count < CONFIRM_WAITING_MAX && strlen(question) < CONFIRM_QUESTION_MAX)
        w = sv_alloc(sizeof *w);
    if (w == NULL) {
        sv_free(question);
        return false;
    }
    w->fetch = *f;
    w->question = question;
    if (c->count == 0)
        c->told_ms = env_monotonic_ms();
    c->waiting[c->count++] = w;
    return true;
}

/* ---- the answer ---- */

static struct confirm_waiting *take_first(struct confirming *c)
{
    struct confirm_waiting *first = c->waiting[0];
    memmove(c->waiting, c->waiting + 1, --c->count * sizeof c->waiting[0]);
    c->asked = false;
    return first;
}

/* It runs again with what is known now: a refusal is on record like any other. */
static void settle(struct agent *a, enum reveal_confirm answer, const char *nobody)
{
    struct confirm_waiting *w = take_first(&a->confirming);
    struct fetch *f = w->fetch.peer != NULL ? fetch_again(a, &w->fetch) : NULL;
    if (f != NULL) {
        f->why.confirm = answer;
        f->why.nobody = nobody;
    }
    waiting_free(w);
}

static void settle_nobody(struct agent *a, const char *why)
{
    struct confirming *c = &a->confirming;
    (void)snprintf(c->nobody, sizeof c->nobody, "%s", why);
    settle(a, CONFIRM_NO, c->nobody);
}

void confirm_hear(struct agent *a)
{
    struct confirming *c = &a->confirming;
    char answer[CONFIRM_ANSWER_MAX + 1], shown[SV_ERR_TEXT_MAX];
    ssize_t n = recv(c->fd, answer, CONFIRM_ANSWER_MAX, 0);
    if (n <= 0) {
        file_close_cleanup(&c->fd);
        c->fd = -1;
        while (c->count > 0)
            settle_nobody(a, "the process that asks has ended: lock and unlock the vault");
        return;
    }
    if (c->count == 0 || !c->asked)
        return;
    if (answer[0] == 'y' && n == 1)
        settle(a, CONFIRM_YES, NULL);
    else if (answer[0] == 'n' && n == 1)
        settle(a, CONFIRM_NO, NULL);
    else
        settle_nobody(a, text_printable(shown, sizeof shown, answer + 1, (size_t)n - 1));
}

/* ---- the next question ---- */

static void tell_all(struct agent *a)
{
    struct confirming *c = &a->confirming;
    if (c->count == 0 || !fetch_tell_due(&c->told_ms))
        return;
    for (size_t i = 0; i < c->count; i++)
        fetch_tell(a, &c->waiting[i]->fetch);
}

void confirm_go_on(struct agent *a)
{
    struct confirming *c = &a->confirming;
    /* Whoever has gone need not be asked about. */
    while (c->count > 0 && !c->asked && c->waiting[0]->fetch.peer == NULL)
        waiting_free(take_first(c));
    if (c->count > 0 && !c->asked && c->fd >= 0) {
        const char *question = c->waiting[0]->question;
        c->asked = send(c->fd, question, strlen(question), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
    }
    tell_all(a);
}

void confirm_forget(struct agent *a, const struct peer *p)
{
    struct confirming *c = &a->confirming;
    for (size_t i = 0; i < c->count; i++)
        if (c->waiting[i]->fetch.peer == p)
            c->waiting[i]->fetch.peer = NULL;
}
