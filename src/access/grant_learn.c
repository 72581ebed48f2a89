/* SPDX-License-Identifier: ISC */
/* grant learn: lets everybody through for a while, and proposes grants for who came. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "access/grant_verbs.h"
#include "base/env.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "format/json.h"

#define COMMAND_MAX (GRANT_SHOWN_MAX + 4 * PROFILE_NAME_MAX + 32)

static char *command_of(char dst[COMMAND_MAX], const char *name, const struct grant *g)
{
    char word[4 * PROFILE_NAME_MAX + 3], options[GRANT_SHOWN_MAX];
    snprintf(dst, COMMAND_MAX, "smtpvault grant add %s %s", grant_quote(word, sizeof word, name),
             grant_options(options, g));
    return dst;
}

/* Lines for a shell: what was seen as a remark, what would grant it as a command. */
static void put_seen(struct cli *cli, const char *name, const struct grant_seen *seen)
{
    char who[GRANT_SHOWN_MAX], when[TEXT_TIME_MAX], command[COMMAND_MAX];
    char wider[GRANT_SHOWN_MAX] = "";
    if (!seen->covered)
        grant_interpreter_text(wider, &seen->grant);
    sink_printf(cli->out, "# %s: %" PRIu64 " %s, last %s%s%s%s\n",
                grant_caller_text(who, &seen->caller), seen->times,
                seen->times == 1 ? "time" : "times", text_time_local(when, seen->last),
                seen->covered   ? "; it has a grant"
                : seen->useless ? "; its program cannot be named, this is for all of the user's"
                                : "",
                wider[0] != '\0' ? "; " : "", wider);
    if (!seen->covered)
        sink_printf(cli->out, "%s%s\n", seen->useless ? "# " : "",
                    command_of(command, name, &seen->grant));
}

static enum sv_status put_json(struct cli *cli, const char *name,
                               const struct grant_seen_list *list, struct sv_err *err)
{
    char who[GRANT_SHOWN_MAX], command[COMMAND_MAX];
    struct json j;
    json_begin(&j, cli->out);
    json_object(&j);
    json_key(&j, "schema");
    json_int(&j, 1);
    json_key(&j, "profile");
    json_string(&j, name);
    json_key(&j, "since");
    json_time(&j, list->since);
    json_key(&j, "until");
    json_time(&j, list->until);
    json_key(&j, "seen");
    json_array(&j);
    for (size_t i = 0; i < list->count; i++) {
        const struct grant_seen *seen = &list->items[i];
        json_object(&j);
        json_key(&j, "caller");
        json_string(&j, grant_caller_text(who, &seen->caller));
        json_key(&j, "times");
        json_int(&j, (int64_t)seen->times);
        json_key(&j, "first");
        json_time(&j, seen->first);
        json_key(&j, "last");
        json_time(&j, seen->last);
        json_key(&j, "granted");
        json_bool(&j, seen->covered);
        json_key(&j, "interpreter");
        json_bool(&j, grant_interpreter_text(who, &seen->grant)[0] != '\0');
        json_key(&j, "command");
        json_string(&j, command_of(command, name, &seen->grant));
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    sink_puts(cli->out, "\n");
    return json_end(&j, err);
}

static enum sv_status propose(struct cli *cli, const char *name, const struct grant_seen_list *list,
                              struct sv_err *err)
{
    char when[TEXT_TIME_MAX];
    if (cli->json)
        return put_json(cli, name, list, err);
    for (size_t i = 0; i < list->count; i++)
        put_seen(cli, name, &list->items[i]);
    print_note(cli, "%s is learning until %s and saw %zu %s%s", NAME_SHOWN(name),
               text_time_local(when, list->until), list->count,
               list->count == 1 ? "caller" : "callers",
               list->count > 0 ? "; --accept grants it to them and ends the learning" : "");
    return SV_OK;
}

/* Of the grants that were made: those that are for more than was seen. */
static void warn_of_interpreters(const struct cli *cli, const char *name,
                                 const struct grant_seen_list *list)
{
    char wider[GRANT_SHOWN_MAX];
    for (size_t i = 0; i < list->count; i++) {
        const struct grant_seen *seen = &list->items[i];
        if (!seen->covered && grant_interpreter_text(wider, &seen->grant)[0] != '\0')
            print_warning(cli, "%s: %s", NAME_SHOWN(name), wider);
    }
}

static enum sv_status accept(struct cli *cli, const char *name, const struct grant_seen_list *list,
                             struct sv_err *err)
{
    size_t made = 0;
    enum sv_status s = vault_grant_accept(cli->vault, name, list, &made, err);
    if (s != SV_OK)
        return s;
    warn_of_interpreters(cli, name, list);
    print_note(cli, "%s: %zu %s made, and the learning is over", NAME_SHOWN(name), made,
               made == 1 ? "grant" : "grants");
    return SV_OK;
}

static enum sv_status begin(struct cli *cli, const char *name, const char *how_long,
                            struct sv_err *err)
{
    char when[TEXT_TIME_MAX], word[4 * PROFILE_NAME_MAX + 3];
    int64_t seconds = 0, until;
    (void)text_parse_duration(how_long, &seconds);
    until = env_now() + seconds;
    enum sv_status s = vault_grant_learn(cli->vault, name, until, err);
    if (s == SV_OK)
        print_note(cli,
                   "until %s %s is given to everybody who can open the vault, and the log says to "
                   "whom; then \"smtpvault grant learn %s --show\" proposes grants",
                   text_time_local(when, until), NAME_SHOWN(name),
                   grant_quote(word, sizeof word, name));
    return s;
}

enum sv_status grant_learn(struct cli *cli, const struct args *args, struct sv_err *err)
{
    const char *name = args_word(args, 1), *how_long = args_value(args, "for");
    SEEN_OWNED struct grant_seen_list list = {0};
    enum sv_status s = grant_session(cli, err);
    if (s == SV_OK)
        s = vault_grant_seen(cli->vault, name, &list, err);
    if (s != SV_OK)
        return s;
    if (list.since == 0 && how_long == NULL)
        return sv_fail(err, SV_MISSING, "%s is not learning: --for 7d begins that",
                       NAME_SHOWN(name));
    if (how_long != NULL && ((s = begin(cli, name, how_long, err)) != SV_OK || list.since == 0))
        return s;
    return args_flag(args, "accept") ? accept(cli, name, &list, err)
                                     : propose(cli, name, &list, err);
}
