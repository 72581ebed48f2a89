/* SPDX-License-Identifier: ISC */
#include "login/other_way.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/prompt.h"
#include "domain/login.h"
#include "login/test_login.h"

bool other_way_certain(struct other_way *way, const struct profile *p, enum smtp_verdict verdict)
{
    *way = (struct other_way){.port = p->port};
    if (verdict != SMTP_WRONG_TLS_MODE ||
        test_login_host(way->host, sizeof way->host, p, NULL) != SV_OK)
        return false;
    way->tls = login_tls(p) == SMTP_IMPLICIT ? SMTP_STARTTLS : SMTP_IMPLICIT;
    return true;
}

bool other_way_found(struct other_way *way, const struct probe_report *report)
{
    const struct ports_finding *f = &report->finding;
    if (f->best < 0 || (f->verdict != PORTS_ANOTHER && f->verdict != PORTS_CERTIFICATE))
        return false;
    const struct port_ask *best = &report->asked.asks[f->best];
    *way = (struct other_way){.port = best->port, .tls = f->best_tls};
    snprintf(way->host, sizeof way->host, "%s", best->host);
    return true;
}

static enum sv_status take(struct cli *cli, const char *name, const struct other_way *way,
                           struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    char host[sizeof way->host];
    enum sv_status s = vault_find(cli->vault, name, &p, err);
    if (s == SV_OK)
        s = test_login_host(host, sizeof host, &p, err);
    /* As it stands there where it stays: a profile has an IPv6 address in brackets. */
    if (s == SV_OK && strcmp(host, way->host) != 0)
        s = profile_set(&p, profile_field("host"), way->host, err);
    if (s != SV_OK)
        return s;
    p.port = way->port;
    p.tls = login_profile_tls(way->tls);
    s = vault_edit(cli->vault, &p, NULL, AUDIT_EDIT, err);
    cli->changed = cli->changed || s == SV_OK;
    if (s == SV_OK)
        print_note(cli, "changed %s: its server is %s:%u (%s)", NAME_SHOWN(p.name), p.host,
                   (unsigned)p.port, profile_tls_title(p.tls));
    return s;
}

enum sv_status other_way_offer(struct cli *cli, const char *name, const struct other_way *way,
                               bool *taken, struct sv_err *err)
{
    char question[400];
    *taken = false;
    snprintf(question, sizeof question, "Take %s:%u (%s) instead, and log in there? [Y/n] ",
             way->host, (unsigned)way->port, profile_tls_title(login_profile_tls(way->tls)));
    if (prompt_go(cli, question, taken, NULL) != SV_OK || !*taken) {
        *taken = false;
        return SV_OK;
    }
    enum sv_status s = take(cli, name, way, err);
    *taken = s == SV_OK;
    return s;
}
