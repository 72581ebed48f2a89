/* SPDX-License-Identifier: ISC */
/* audit: who used which secret when; the proof that the log is whole. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "cli/session_agent.h"
#include "cmd/audit_checkpoint.h"
#include "cmd/audit_filter.h"
#include "cmd/audit_prove.h"
#include "domain/profile.h"
#include "domain/vault_backup.h"
#include "format/json.h"

static bool is(const struct args *args, const char *word)
{
    return strcmp(args_count(args) > 0 ? args_word(args, 0) : "list", word) == 0;
}

static enum sv_status check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct audit_filter f;
    if (args_value(args, "log") != NULL &&
        (cli->in_shell || is(args, "resume") || is(args, "checkpoint")))
        return sv_fail(err, SV_USAGE,
                       "--log reads the log of a backup: for audit list and audit verify, and not "
                       "in the shell");
    if (!is(args, "list") && !is(args, "verify") && !is(args, "checkpoint") && !is(args, "resume"))
        return sv_fail(err, SV_USAGE,
                       "it goes: audit [list], audit verify, audit checkpoint, audit resume "
                       "--accept-loss");
    if (is(args, "resume") && !args_flag(args, "accept-loss"))
        return sv_fail(err, SV_USAGE,
                       "a new log begins only when you say that the old one is lost: "
                       "--accept-loss");
    return audit_filter_parse(&f, args, err);
}

/* ---- list ---- */

struct listing {
    struct cli *cli;
    struct grid grid;
    struct member_list members; /* empty where this session may not read it */
};

/* The label of who it was then, else the number of the key slot. */
static const char *member_word(const struct listing *l, const struct audit_event *e,
                               char number[16])
{
    if (e->member == 0)
        return "";
    const struct member *m = member_then(&l->members, e->member - 1U, e->time);
    if (m != NULL)
        return m->label;
    (void)snprintf(number, 16, "%u", e->member - 1U);
    return number;
}

static void put_program(struct json *j, const struct caller *c)
{
    char hash[2 * AUDIT_EXE_HASH_LEN + 1] = "";

    if (c->exe_hashed)
        text_hex(hash, c->exe_hash, AUDIT_EXE_HASH_LEN);
    json_text(j, "exe_hash", hash);
    json_seen(j, "package", c->package);
    json_seen(j, "tty", c->tty);
    json_seen(j, "script", c->script);
}

static enum sv_status put_json(struct listing *l, const struct audit_event *e, struct sv_err *err)
{
    struct sink *out = l->cli->out;
    char member[16];
    struct json j;
    json_begin(&j, out);
    json_object(&j);
    json_key(&j, "seq");
    json_int(&j, (int64_t)e->seq);
    json_key(&j, "time");
    json_time(&j, e->time);
    json_text(&j, "op", audit_op_word(e->op));
    json_seen(&j, "profile", e->profile);
    json_key(&j, "version");
    if (e->version != 0)
        json_version(&j, e->version);
    else
        json_null(&j);
    json_text(&j, "result", audit_result_word(e->result));
    json_text(&j, "via", audit_via_word(e->via));
    json_seen(&j, "token", e->token);
    json_text(&j, "member", member_word(l, e, member));
    json_key(&j, "uid");
    json_int(&j, e->caller.uid);
    json_key(&j, "pid");
    json_int(&j, e->caller.pid);
    json_seen(&j, "exe", e->caller.exe);
    json_seen(&j, "parent", e->caller.parent);
    json_seen(&j, "unit", e->caller.unit);
    json_seen(&j, "cwd", e->caller.cwd);
    json_seen(&j, "note", e->note);
    put_program(&j, &e->caller);
    json_object_end(&j);
    sink_puts(out, "\n");
    return json_end(&j, err);
}

#define BETWEEN " > "
#define BY_MAX (2 * CALLER_TEXT_MAX + 16)

/* Where the last `names` of a chain begin, or the chain when it has no more. */
static const char *last_names(const char *chain, size_t names)
{
    const char *at = chain + strlen(chain);
    for (; at > chain; at--)
        if (strncmp(at, BETWEEN, strlen(BETWEEN)) == 0 && --names == 0)
            return at + strlen(BETWEEN);
    return chain;
}

/* Who began it, and how it came to the program: "cron > sh > job.sh > /usr/bin/msmtp", a long
 * one as "cron > ... > job.sh > /usr/bin/msmtp". What was named otherwise than its file, a
 * script, is shown as both: "job.sh (/usr/bin/dash)". */
static char *by_word(char dst[BY_MAX], const struct caller *c)
{
    const char *name = last_names(c->parent, 1), *tail = last_names(c->parent, 2);
    const char *slash = strrchr(c->exe, '/');
    bool is_file = strcmp(slash != NULL ? slash + 1 : c->exe, name) == 0;
    size_t first = strcspn(c->parent, ">");
    if (*name == '\0') {
        (void)snprintf(dst, BY_MAX, "%s", c->exe);
        return dst;
    }
    if (last_names(c->parent, 4) == c->parent)
        first = 0, tail = c->parent;
    (void)snprintf(dst, BY_MAX, "%.*s%s%.*s%s%s%s", (int)first, c->parent,
                   first > 0 ? "> ..." BETWEEN : "", is_file ? (int)(name - tail) : CALLER_TEXT_MAX,
                   tail, is_file || *c->exe == '\0' ? "" : " (", c->exe,
                   is_file || *c->exe == '\0' ? "" : ")");
    return dst;
}

static enum sv_status visit(void *context, const struct audit_event *e, struct sv_err *err)
{
    struct listing *l = context;
    char when[TEXT_TIME_MAX], member[16], by[BY_MAX];
    if (l->cli->json)
        return put_json(l, e, err);
    grid_add(&l->grid, text_time_local(when, e->time));
    grid_add(&l->grid, audit_op_word(e->op));
    grid_add(&l->grid, e->profile);
    grid_add(&l->grid, audit_result_word(e->result));
    grid_add(&l->grid, audit_via_word(e->via));
    if (e->token[0] != '\0')
        grid_addf(&l->grid, "token %s", e->token);
    else
        grid_add(&l->grid, member_word(l, e, member));
    grid_add(&l->grid, by_word(by, &e->caller));
    if (e->version == PROFILE_VERSION_PENDING)
        grid_addf(&l->grid, "pending version%s%s", e->note[0] != '\0' ? ": " : "", e->note);
    else
        grid_add(&l->grid, e->note);
    return l->grid.failed ? sv_fail_nomem(err) : SV_OK;
}

static void listing_clear(struct listing *l)
{
    grid_clear(&l->grid);
    member_list_clear(&l->members);
}

static enum sv_status list(struct cli *cli, const struct args *args, struct sv_err *err)
{
    static const char *const heads[] = {"TIME", "OP",     "PROFILE", "RESULT",
                                        "VIA",  "MEMBER", "BY",      "NOTE"};
    __attribute__((cleanup(listing_clear))) struct listing l = {.cli = cli};
    struct audit_filter filter;
    enum sv_status s = audit_filter_parse(&filter, args, err);
    struct sv_err aside = {""};
    /* An auditor may not: then the numbers are shown. */
    if (s == SV_OK && vault_members_ever(cli->vault, &l.members, &aside) != SV_OK)
        member_list_clear(&l.members);
    if (s == SV_OK)
        s = audit_filter_member(&filter, args, &l.members, err);
    if (s == SV_OK)
        s = vault_audit_read(cli->vault, &filter, visit, &l, err);
    if (s != SV_OK || cli->json)
        return s;
    if (l.grid.count == 0) {
        print_note(cli, "no entry matches");
        return SV_OK;
    }
    return grid_print(&l.grid, cli->out, cli, heads, sizeof heads / sizeof heads[0], err);
}

/* ---- resume ---- */

/* A slip of the hand must not put a whole log aside. A log that does not let the
 * vault open is no slip. */
static enum sv_status refuse_whole(struct cli *cli, struct sv_err *err)
{
    struct audit_report r = {.findings = 0};
    struct sv_err aside = {""};
    if (session_open(cli, true, &aside) != SV_OK)
        return SV_OK;
    enum sv_status s = session_unlock(cli, err);
    bool whole = s == SV_OK && vault_audit_verify(cli->vault, &r, &aside) == SV_OK;
    cli_close(cli);
    if (whole && r.findings == 0)
        return sv_fail(err, SV_USAGE,
                       "the log is whole: nothing was lost, and it goes on as it is");
    return s;
}

static enum sv_status resume(struct cli *cli, struct sv_err *err)
{
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    if (cli->in_shell)
        return sv_fail(err, SV_USAGE, "the shell has the vault open: leave it, then resume");
    enum sv_status s = session_place(cli, &path, &state_root, err);
    struct vault_place place = {.path = path, .state_root = state_root};
    if (s == SV_OK)
        s = refuse_whole(cli, err);
    if (s == SV_OK)
        s = vault_audit_resume(&place, err);
    if (s == SV_OK)
        print_note(cli, "a new log begins; what was left of the old one lies beside it "
                        "(audit.db.lost-N), and the first entry says so");
    return s;
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (is(args, "resume"))
        return resume(cli, err);
    if (is(args, "checkpoint"))
        return audit_checkpoint(cli, args, err);
    bool plain = !is(args, "verify") && args_value(args, "log") == NULL && cli->vault == NULL;
    enum sv_status s = plain ? session_agent_vault(cli, err) : SV_MISSING;
    if (s == SV_MISSING)
        s = session_ensure_for_log(cli, err);
    if (s == SV_OK && args_value(args, "log") != NULL)
        s = vault_audit_of(cli->vault, args_value(args, "log"), err);
    if (s != SV_OK)
        return s;
    return is(args, "verify") ? audit_prove(cli, args, err) : list(cli, args, err);
}

static const struct option_spec options[] = {
    {"last", 0, "N", COMPLETES_NOTHING, "the newest N", false},
    {"profile", 0, "P", COMPLETES_PROFILE, "only this login", false},
    {"op", 0, "O", COMPLETES_OPERATION, "only this operation", false},
    {"result", 0, "R", COMPLETES_RESULT, "ok, denied or failed", false},
    {"via", 0, "W", COMPLETES_VIA, "only this way into the vault", false},
    {"member", 0, "M", COMPLETES_NOTHING, "only this member's (label or number)", false},
    {"exe", 0, "PROGRAM", COMPLETES_PROGRAM, "only this program's (path or name)", false},
    {"since", 0, "T", COMPLETES_NOTHING, "a date, a time or an age (7d)", false},
    {"until", 0, "T", COMPLETES_NOTHING, "likewise", false},
    {"log", 0, "FILE", COMPLETES_FILE, "the log beside a backup, of any machine", false},
    {"full", 0, NULL, COMPLETES_NOTHING, "of audit verify: all of a long log again", false},
    {"witness-file", 0, "FILE", COMPLETES_FILE, "of audit checkpoint, audit verify: kept elsewhere",
     false},
    {"consistency", 0, "OLD", COMPLETES_FILE, "of audit checkpoint: prove that it goes on from OLD",
     false},
    {"key", 0, NULL, COMPLETES_NOTHING, "of audit checkpoint: the key that signs it", false},
    {"accept-loss", 0, NULL, COMPLETES_NOTHING, "of audit resume", false},
    {0},
};
static const char *const examples[] = {
    "smtpvault audit --last 20",
    "smtpvault audit --profile work --since 7d --json",
    "smtpvault audit verify",
    "smtpvault audit checkpoint --witness-file /mnt/other/work.log",
    NULL,
};
const struct command cmd_audit = {
    .name = "audit",
    .group = "audit",
    .args = "[list | verify | checkpoint | resume]",
    .summary = "show or prove the log of every use",
    .max_args = 1,
    .completes = COMPLETES_AUDIT,
    .options = options,
    .examples = examples,
    .help = "Oldest first; with --json one object a line. After a loss of the log, \"audit resume "
            "--accept-loss\" puts what is left aside and begins a new one.",
    .check = check,
    .run = run,
};
