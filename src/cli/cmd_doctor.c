/* SPDX-License-Identifier: ISC */
/* doctor: looks for what will bite later. A finding needs a hand; a hint is good
 * to know. It asks nothing. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"
#include "cli/self.h"
#include "cli/session.h"
#include "format/json.h"

enum level { LEVEL_OK, LEVEL_HINT, LEVEL_FINDING };

struct doctor {
    struct cli *cli;
    struct json json;
    uint64_t findings;
};

static void say(struct doctor *d, enum level level, const char *check, const char *fmt, ...)
    SV_PRINTF(4, 5);
static void say(struct doctor *d, enum level level, const char *check, const char *fmt, ...)
{
    static const char *const words[] = {"ok", "hint", "finding"};
    char text[SV_ERR_TEXT_MAX];
    va_list list;
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    d->findings += level == LEVEL_FINDING;
    if (!d->cli->json) {
        sink_printf(d->cli->out, "%-8s %-10s %s\n", words[level], check, text);
        return;
    }
    json_object(&d->json);
    json_key(&d->json, "check");
    json_string(&d->json, check);
    json_key(&d->json, "result");
    json_string(&d->json, words[level]);
    json_key(&d->json, "text");
    json_string(&d->json, text);
    json_object_end(&d->json);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void check_file(struct doctor *d, const char *check, const char *path)
{
    struct sv_err err = {""};
    char shown[512];
    if (file_check_private(path, &err) == SV_OK)
        say(d, LEVEL_OK, check, "%s is yours alone", session_show_path(shown, sizeof shown, path));
    else
        say(d, LEVEL_FINDING, check, "%s", err.text);
}

static void check_state_dir(struct doctor *d, const char *path)
{
    struct stat st;
    char shown[512];
    session_show_path(shown, sizeof shown, path);
    if (lstat(path, &st) != 0)
        say(d, LEVEL_FINDING, "state", "%s cannot be looked at", shown);
    else if (!S_ISDIR(st.st_mode) || (st.st_mode & 077) != 0 || st.st_uid != geteuid())
        say(d, LEVEL_FINDING, "state", "%s is open to others: chmod 700 %s", shown, shown);
    else
        say(d, LEVEL_OK, "state", "%s is yours alone", shown);
}

static void check_memory(struct doctor *d)
{
    struct rlimit limit;
    SECRET_OWNED struct secret *probe = NULL;
    struct sv_err err = {""};
    if (secret_new(&probe, 16 * 1024, &err) != SV_OK)
        say(d, LEVEL_FINDING, "memory", "%s", err.text);
    else if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        say(d, LEVEL_OK, "memory", "secrets are locked into memory (limit %" PRIu64 " KiB)",
            (uint64_t)limit.rlim_cur / 1024);
    else
        say(d, LEVEL_OK, "memory", "secrets are locked into memory");
}

/* Argon2's memory is too large to lock. What lands in a swap that is not encrypted
 * does not give the passphrase away at once, but saves a thief the work. */
static void check_swap(struct doctor *d)
{
    char text[2048] = "";
    FD_OWNED int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    const char *line = got > 0 ? strchr(text, '\n') : NULL;
    for (; line != NULL && line[1] != '\0'; line = strchr(line + 1, '\n')) {
        if (!text_starts_with(line + 1, "/dev/dm-") && !text_starts_with(line + 1, "/dev/zram") &&
            !text_starts_with(line + 1, "/dev/mapper/")) {
            say(d, LEVEL_HINT, "swap",
                "%.*s may not be encrypted; the key derivation's memory can "
                "reach it",
                (int)strcspn(line + 1, " \t\n"), line + 1);
            return;
        }
    }
    say(d, LEVEL_OK, "swap", "no unencrypted swap");
}

static void check_network(struct doctor *d)
{
    static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
    SV_AUTOFREE char *helper = NULL;
    struct sv_err err = {""};
    if (self_helper(&helper, &err) == SV_OK)
        say(d, LEVEL_OK, "helper", "%s", helper);
    else
        say(d, LEVEL_FINDING, "helper", "%s", err.text);
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++) {
        if (is_there(bundles[i])) {
            say(d, LEVEL_OK, "ca", "%s", bundles[i]);
            return;
        }
    }
    say(d, LEVEL_FINDING, "ca",
        "no certificate authorities are installed (ca-certificates): "
        "\"smtpvault test\" can trust no server");
}

/* Debian confines msmtp, and what its passwordeval may run. */
static void check_msmtp(struct doctor *d)
{
    if (is_there("/etc/apparmor.d/usr.bin.msmtp") && is_there("/usr/bin/msmtp") &&
        !is_there("/etc/apparmor.d/disable/usr.bin.msmtp"))
        say(d, LEVEL_HINT, "msmtp",
            "AppArmor keeps msmtp's passwordeval from running smtpvault "
            "where it is enforced; this works: smtpvault exec NAME -- msmtp --passwordeval "
            "'cat <&3' ...");
}

static enum sv_status newest(void *context, const struct audit_event *event, struct sv_err *err)
{
    (void)err;
    *(int64_t *)context = event->time;
    return SV_OK;
}

static void check_clock(struct doctor *d, bool unlocked)
{
    struct audit_filter last = {.last = 1};
    int64_t time = 0, now = env_now();
    struct vault_info info;
    if (vault_info(d->cli->vault, &info, NULL) == SV_OK)
        time = info.created;
    if (unlocked && vault_audit_read(d->cli->vault, &last, newest, &time, NULL) != SV_OK)
        time = 0;
    if (time > now + 300)
        say(d, LEVEL_FINDING, "clock",
            "the clock stands before the newest entry of the log: TLS "
            "certificates and due dates will be judged wrongly");
    else
        say(d, LEVEL_OK, "clock", "not before what the vault has seen");
}

static void check_profiles(struct doctor *d)
{
    PROFILE_LIST_OWNED struct profile_list list = {0};
    struct sv_err err = {""};
    size_t clear = 0;
    if (vault_list(d->cli->vault, &list, &err) != SV_OK) {
        say(d, LEVEL_FINDING, "logins", "%s", err.text);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].tls != TLS_NONE)
            continue;
        clear++;
        say(d, LEVEL_FINDING, "logins", "%s uses no TLS: its secret crosses the network in clear",
            NAME_SHOWN(list.items[i].name));
    }
    if (clear == 0)
        say(d, LEVEL_OK, "logins", "%zu, all with TLS", list.count);
}

static void check_vault(struct doctor *d)
{
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    struct sv_err err = {""};
    struct vault_info info;
    bool unlocked = false;
    if (session_place(d->cli, &path, &state_root, &err) != SV_OK) {
        say(d, LEVEL_FINDING, "vault", "%s", err.text);
        return;
    }
    if (!is_there(path)) {
        char shown[512];
        say(d, LEVEL_HINT, "vault", "%s does not exist yet: smtpvault init",
            session_show_path(shown, sizeof shown, path));
        return;
    }
    check_file(d, "vault", path);
    if (d->cli->vault == NULL && session_open(d->cli, true, &err) != SV_OK) {
        say(d, LEVEL_FINDING, "opening", "%s", err.text);
        return;
    }
    if (vault_info(d->cli->vault, &info, NULL) == SV_OK)
        check_state_dir(d, info.state_dir);
    unlocked = vault_is_unlocked(d->cli->vault);
    if (!unlocked && session_unlock_unasked(d->cli, &unlocked, &err) != SV_OK)
        say(d, LEVEL_FINDING, "opening", "%s", err.text);
    check_clock(d, unlocked);
    if (unlocked)
        check_profiles(d);
    else
        say(d, LEVEL_HINT, "logins", "not looked at while the vault is locked");
}

static enum sv_status run(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct doctor d = {.cli = cli};
    (void)args;
    json_begin(&d.json, cli->out);
    if (cli->json) {
        json_object(&d.json);
        json_key(&d.json, "schema");
        json_int(&d.json, 1);
        json_key(&d.json, "checks");
        json_array(&d.json);
    }
    check_vault(&d);
    if (cli->keyfile != NULL)
        check_file(&d, "keyfile", cli->keyfile);
    check_memory(&d);
    check_swap(&d);
    check_network(&d);
    check_msmtp(&d);
    if (cli->json) {
        json_array_end(&d.json);
        json_key(&d.json, "findings");
        json_int(&d.json, (int64_t)d.findings);
        json_object_end(&d.json);
        sink_puts(cli->out, "\n");
        enum sv_status s = json_end(&d.json, err);
        if (s != SV_OK)
            return s;
    }
    return d.findings > 0 ? SV_FINDINGS : SV_OK;
}

static const char *const examples[] = {
    "smtpvault doctor",
    "smtpvault doctor --json",
    NULL,
};
const struct command cmd_doctor = {
    .name = "doctor",
    .group = "vault",
    .args = "",
    .summary = "look for what will bite",
    .examples = examples,
    .help = "Status 1 when there are findings; hints do not count.",
    .run = run,
};
