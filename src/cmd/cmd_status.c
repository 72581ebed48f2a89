/* SPDX-License-Identifier: ISC */
/* status: where the vault is, what opens it, what is in it and what is due. It asks
 * nothing: what only the keys can tell is left out while they are not at hand. Where the agent
 * keeps another vault open than the file, its own user's or another's, the answer is about the
 * agent's: that is the one that every other command uses. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/remote.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_agent.h"
#include "cli/terms.h"
#include "domain/rotation.h"
#include "format/json.h"

struct summary {
    struct vault_info info;
    struct vault_ways ways;
    bool unlocked, counted; /* counted: what is in it is known */
    bool has_agent;
    bool elsewhere; /* the vault is the agent's, of which the file tells nothing */
    struct agent_status agent;
    uint64_t logins, soon, overdue, clear; /* clear: logins without TLS */
};

static enum sv_status count_due(struct vault *v, struct summary *sum, struct sv_err *err)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = vault_list(v, &list, err);
    if (s == SV_OK)
        s = terms_apply(v, list.items, list.count, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        enum rotation_state state = rotation_now(&list.items[i], env_now());
        sum->soon += state == ROTATION_SOON;
        sum->overdue += state == ROTATION_OVERDUE;
        sum->clear += list.items[i].tls == TLS_NONE;
    }
    sum->logins = list.count;
    sum->counted = s == SV_OK;
    return s;
}

static bool is_elsewhere(const struct cli *cli, const struct agent_status *agent)
{
    char own[PATH_MAX], its[PATH_MAX];
    /* Another user's may be where we cannot look, and then it is not the file that we opened. */
    return cli->vault == NULL || realpath(vault_path(cli->vault), own) == NULL ||
           realpath(agent->vault, its) == NULL || strcmp(own, its) != 0;
}

/* What an agent tells of itself and of what is in the vault; to another user only of itself. */
static enum sv_status ask_agent(struct cli *cli, struct summary *sum, struct sv_err *err)
{
    CLIENT_OWNED struct agent_client *client = NULL;
    VAULT_OWNED struct vault *far = NULL;
    enum sv_status s = session_agent(cli, &client, err);
    if (s == SV_OK)
        s = agent_ask_status(client, &sum->agent, err);
    if (s == SV_OK)
        s = remote_vault(&far, client, err);
    if (s != SV_OK)
        return s == SV_MISSING ? SV_OK : s;
    client = NULL;
    sum->has_agent = sum->unlocked = true;
    sum->elsewhere = is_elsewhere(cli, &sum->agent);
    s = count_due(far, sum, err);
    if (s != SV_DENIED || !sum->elsewhere)
        return s;
    sv_err_clear(err);
    return SV_OK;
}

static void put_agent(struct json *j, const struct summary *sum)
{
    json_key(j, "agent");
    if (!sum->has_agent) {
        json_null(j);
        return;
    }
    const struct agent_status *a = &sum->agent;
    json_object(j);
    json_key(j, "pid");
    json_int(j, a->pid);
    json_key(j, "version");
    json_string(j, a->version);
    json_key(j, "since");
    json_time(j, a->since);
    json_key(j, "until");
    json_time(j, a->until);
    json_key(j, "idle_until");
    json_time(j, a->idle_until);
    json_key(j, "released");
    json_int(j, (int64_t)a->released);
    json_key(j, "refused");
    json_int(j, (int64_t)a->refused);
    json_object_end(j);
}

static void put_agent_for_people(struct sink *out, const struct summary *sum)
{
    char since[TEXT_TIME_MAX], until[TEXT_TIME_MAX], idle[TEXT_TIME_MAX];
    const struct agent_status *a = &sum->agent;
    if (!sum->has_agent) {
        sink_puts(out, "Agent       none: each command asks for what opens the vault\n");
        return;
    }
    sink_printf(out, "Agent       process %" PRIu32 ", open since %s\n", a->pid,
                text_time_local(since, a->since));
    sink_printf(out, "Locks       %s%s%s\n",
                a->until != 0 ? text_time_local(until, a->until) : "when it is told to",
                session_agent_idles(a) ? ", unused at " : "",
                session_agent_idles(a) ? text_time_local(idle, a->idle_until) : "");
    sink_printf(out, "Served      %" PRIu64 " secrets, %" PRIu64 " refusals\n", a->released,
                a->refused);
}

#define WAYS 5
struct way {
    bool there;
    const char *word, *people;
};

static void list_ways(struct way out[WAYS], const struct vault_ways *ways)
{
    const struct way list[WAYS] = {
        {ways->passphrase, "passphrase", "passphrase"},
        {ways->keyfile, "keyfile", "key file"},
        {ways->passphrase_keyfile, "passphrase+keyfile", "passphrase and key file"},
        {ways->identity, "identity", "identity"},
        {ways->recovery, "recovery", "recovery shares"},
    };
    memcpy(out, list, sizeof list);
}

static void put_ways(struct json *j, const struct vault_ways *ways)
{
    struct way list[WAYS];
    list_ways(list, ways);
    json_key(j, "opens_with");
    json_array(j);
    for (size_t i = 0; i < WAYS; i++)
        if (list[i].there)
            json_string(j, list[i].word);
    json_array_end(j);
}

static void put_ways_for_people(struct sink *out, const struct vault_ways *ways)
{
    struct way list[WAYS];
    const char *between = "";
    list_ways(list, ways);
    sink_puts(out, "Opens with  ");
    for (size_t i = 0; i < WAYS; i++)
        if (list[i].there) {
            sink_printf(out, "%s%s", between, list[i].people);
            between = ", ";
        }
    sink_puts(out, "\n");
}

static void put_text(struct json *j, const char *key, bool known, const char *text)
{
    json_key(j, key);
    if (known)
        json_string(j, text);
    else
        json_null(j);
}

static void put_number(struct json *j, const char *key, bool known, uint64_t n)
{
    json_key(j, key);
    if (known)
        json_int(j, (int64_t)n);
    else
        json_null(j);
}

static enum sv_status put_json(struct cli *cli, const struct summary *sum, struct sv_err *err)
{
    struct json j;
    bool file = !sum->elsewhere;
    json_begin(&j, cli->out);
    json_object(&j);
    put_number(&j, "schema", true, 1);
    put_text(&j, "vault", true, file ? sum->info.path : sum->agent.vault);
    put_text(&j, "id", file, sum->info.id_hex);
    put_text(&j, "state_dir", file, sum->info.state_dir);
    json_key(&j, "unlocked");
    json_bool(&j, sum->unlocked);
    put_agent(&j, sum);
    put_ways(&j, &sum->ways);
    put_number(&j, "slots", file, sum->info.slots);
    json_key(&j, "created");
    json_time(&j, sum->info.created);
    put_number(&j, "epoch", file, sum->info.epoch);
    put_number(&j, "changes", file, sum->info.seq);
    put_number(&j, "log_entries", file, sum->info.log.size);
    put_number(&j, "profiles", sum->counted, sum->logins);
    put_number(&j, "soon", sum->counted, sum->soon);
    put_number(&j, "overdue", sum->counted, sum->overdue);
    put_number(&j, "without_tls", sum->counted, sum->clear);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static void put_file_for_people(struct sink *out, const struct summary *sum)
{
    char shown[512], when[TEXT_TIME_MAX];
    sink_printf(out, "Vault       %s\n", session_show_path(shown, sizeof shown, sum->info.path));
    sink_printf(out, "Id          %s\n", sum->info.id_hex);
    sink_printf(out, "State       %s\n",
                session_show_path(shown, sizeof shown, sum->info.state_dir));
    if (sum->info.created != 0)
        sink_printf(out, "Made        %s\n", text_time_local(when, sum->info.created));
}

static void put_logins_for_people(struct sink *out, const struct summary *sum)
{
    if (!sum->counted) {
        sink_printf(out, "Logins      not known %s\n",
                    sum->unlocked ? "to other users than the agent's" : "while it is locked");
        return;
    }
    sink_printf(out, "Logins      %" PRIu64 "\n", sum->logins);
    sink_printf(out, "Due         %" PRIu64 " overdue, %" PRIu64 " soon\n", sum->overdue,
                sum->soon);
    if (sum->clear != 0)
        sink_printf(out, "Without TLS %" PRIu64 "\n", sum->clear);
}

static void put_people(struct cli *cli, const struct summary *sum)
{
    struct sink *out = cli->out;
    char shown[512];
    if (sum->elsewhere)
        sink_printf(out, "Vault       %s, the agent's\n",
                    session_show_path(shown, sizeof shown, sum->agent.vault));
    else
        put_file_for_people(out, sum);
    put_agent_for_people(out, sum);
    if (!sum->elsewhere) {
        put_ways_for_people(out, &sum->ways);
        sink_printf(out, "Changes     %" PRIu64 "\n", sum->info.seq);
        sink_printf(out, "Log         %" PRIu64 " entries\n", sum->info.log.size);
    }
    put_logins_for_people(out, sum);
}

/* Opened here and not by the command's flags: an agent can do without the file. */
static enum sv_status look_at_file(struct cli *cli, struct summary *sum, struct sv_err *err)
{
    enum sv_status s = session_ensure(cli, false, false, err);
    if (s == SV_OK)
        s = vault_ways(cli->vault, &sum->ways, err);
    if (s == SV_OK)
        s = vault_info(cli->vault, &sum->info, err);
    if (s == SV_OK)
        sum->unlocked = vault_is_unlocked(cli->vault);
    return s;
}

static enum sv_status look(struct cli *cli, struct summary *sum, struct sv_err *err)
{
    struct sv_err missing = {""};
    enum sv_status s = look_at_file(cli, sum, &missing);
    if (s != SV_OK && s != SV_MISSING)
        return sv_fail(err, s, "%s", missing.text);
    bool file = s == SV_OK;
    s = sum->unlocked ? SV_OK : ask_agent(cli, sum, err);
    if (s == SV_OK && !file && !sum->has_agent)
        return sv_fail(err, SV_MISSING, "%s", missing.text);
    if (s == SV_OK && !sum->unlocked)
        s = session_unlock_unasked(cli, &sum->unlocked, err);
    if (s == SV_OK && sum->unlocked && !sum->has_agent)
        s = count_due(cli->vault, sum, err);
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct summary sum = {.unlocked = false};
    (void)args;
    enum sv_status s = look(cli, &sum, err);
    if (s != SV_OK)
        return s;
    if (cli->json)
        return put_json(cli, &sum, err);
    put_people(cli, &sum);
    return SV_OK;
}

static const char *const examples[] = {
    "smtpvault status",
    "smtpvault status --json",
    NULL,
};
const struct command cmd_status = {
    .name = "status",
    .group = "vault",
    .args = "",
    .summary = "say where the vault is, what opens it and what is due",
    .examples = examples,
    .run = run,
};
