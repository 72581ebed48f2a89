/* SPDX-License-Identifier: ISC */
#include "agent/serve_credential.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/agent.h"
#include "agent/credential.h"
#include "base/text.h"

static enum sv_status read_peer(struct credential_peer *out, int fd, struct sv_err *err)
{
    struct sockaddr_un name = {0};
    socklen_t len = sizeof name;
    size_t head = offsetof(struct sockaddr_un, sun_path);

    if (getpeername(fd, (struct sockaddr *)&name, &len) != 0 || len <= head)
        len = (socklen_t)head;
    return credential_peer_parse(out, name.sun_path, len - head, err);
}

/* ---- answers ---- */

static void answer_secret(struct agent *a, struct fetch *f, struct reveal_one *one)
{
    (void)a;
    if (one->status != SV_OK) {
        f->peer->zeros = CREDENTIAL_REFUSAL_LEN;
        return;
    }
    peer_send(f->peer, one->secret, true);
    f->peer->gone = true;
}

/* ---- requests ---- */

/* The unit is the caller; the process is one that the service manager forks for this. */
static enum sv_status ask(struct agent *a, struct peer *p, const struct credential_peer *peer,
                          struct sv_err *err)
{
    struct fetch *f = fetch_begin(a, p, err);
    if (f == NULL)
        return SV_LOCKED;
    (void)snprintf(f->name, sizeof f->name, "%s",
                   credential_profile(peer, a->aliases, a->alias_count));
    (void)snprintf(f->note, sizeof f->note, "LoadCredential");
    (void)snprintf(f->caller.unit, sizeof f->caller.unit, "%s", peer->unit);
    f->why.op = AUDIT_GET;
    f->answer = answer_secret;
    return SV_OK;
}

/* Nothing was revealed, so nothing has recorded it yet. */
static void record_refusal(struct agent *a, const struct caller *caller, const char *profile,
                           const struct sv_err *why)
{
    struct audit_event event = {.op = AUDIT_GET, .result = AUDIT_DENIED};

    (void)snprintf(event.profile, sizeof event.profile, "%s", profile);
    (void)text_printable(event.note, sizeof event.note, why->text, strlen(why->text));
    vault_act_for(a->vault, caller, VIA_AGENT);
    enum sv_status s = vault_record(a->vault, &event, NULL);
    (void)s; /* nothing leaves, recorded or not */
    vault_act_for(a->vault, NULL, VIA_NONE);
}

/* systemd sends nothing: it is answered as soon as it is there. */
static void opened(struct agent *a, struct peer *p)
{
    struct credential_peer peer;
    const struct caller *caller;
    struct sv_err err = {""};
    enum sv_status s = peer_caller(p, &caller, &err);

    if (s == SV_OK && (s = read_peer(&peer, p->fd, &err)) == SV_OK) {
        s = credential_trust(&peer, p->uid, a->uid, caller->unit, &err);
        if (s == SV_OK)
            s = ask(a, p, &peer, &err);
        else
            record_refusal(a, caller, credential_profile(&peer, a->aliases, a->alias_count), &err);
    }
    if (s == SV_OK)
        return;
    a->refused++;
    p->zeros = CREDENTIAL_REFUSAL_LEN;
}

static void readable(struct agent *a, struct peer *p)
{
    (void)a;
    p->gone = true;
}

const struct peer_protocol serve_credential = {
    .opened = opened, .readable = readable, .itself = true};
