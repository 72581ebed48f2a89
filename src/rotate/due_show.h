/* SPDX-License-Identifier: ISC */
/* due_show: what is due, as people and programs want it. */
#ifndef ROTATE_DUE_SHOW_H
#define ROTATE_DUE_SHOW_H

#include "base/err.h"
#include "cli/cli.h"
#include "domain/vault_due.h"

/* What was found, and when. */
struct due_found {
    struct profile_list profiles;
    struct due_list list;
    int64_t now;
};

enum sv_status due_show_people(struct cli *cli, const struct due_found *found,
                               struct sv_err *err) SV_MUST_USE;
enum sv_status due_show_json(struct cli *cli, const struct due_found *found,
                             struct sv_err *err) SV_MUST_USE;

/* One item as due_show_json has it. */
struct json;
void due_put_item(struct json *j, const struct due_item *item);

/* RFC 5545: a calendar with an event of a day for each item. */
void due_put_ics(struct sink *out, const struct due_found *found, const char *vault_id);
/* The text format of Prometheus, 0.0.4, for the textfile collector of its node exporter. */
void due_put_prometheus(struct sink *out, const struct due_found *found);

/* The one line of a plugin of Nagios, and its exit status: 0, 1 or 2. */
int due_put_nagios(struct sink *out, const struct due_found *found);
/* The same of a fault: 3. */
int due_put_unknown(struct sink *out, const char *why);

#endif
