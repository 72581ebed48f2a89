/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/doctor.h"
#include "cli/session.h"

#define SHOWN 512
#define CLOCK_SLACK_S 300 /* two machines' clocks may differ by that */

static bool is_ours(const struct stat *st)
{
    return st->st_uid == geteuid() || st->st_uid == 0;
}

/* `forbidden` are the mode's bits that others must not have; `right` the mode to set.
 * Links are followed: what counts is what they lead to. */
static bool check_mode(struct doctor *d, const char *check, const char *path, unsigned forbidden,
                       unsigned right)
{
    struct stat st;
    char shown[SHOWN], advice[SHOWN + 32];
    session_show_path(shown, sizeof shown, path);
    if (stat(path, &st) != 0) {
        doctor_finding(d, check, NULL, "%s cannot be looked at: %s", shown, strerror(errno));
        return false;
    }
    if (!is_ours(&st)) {
        snprintf(advice, sizeof advice, "chown %lu %s", (unsigned long)geteuid(), shown);
        doctor_finding(d, check, advice, "%s belongs to another user (uid %lu)", shown,
                       (unsigned long)st.st_uid);
        return false;
    }
    if ((st.st_mode & forbidden) != 0) {
        snprintf(advice, sizeof advice, "chmod %o %s", right, shown);
        doctor_finding(d, check, advice, "%s is open to other users (mode %03o)", shown,
                       (unsigned)(st.st_mode & 0777));
        return false;
    }
    doctor_ok(d, check, "%s", shown);
    return true;
}

/* Whoever may write in the folder can put another file in the vault's place; the
 * sticky bit (/tmp) keeps them from it. */
static void check_folder(struct doctor *d, const char *path)
{
    SV_AUTOFREE char *dir = path_dir(path);
    struct stat st;
    if (dir != NULL && stat(dir, &st) == 0)
        (void)check_mode(d, "vault-dir", dir, (st.st_mode & S_ISVTX) != 0 ? 0 : 022, 0700);
}

static void check_state(struct doctor *d, const char *dir)
{
    static const char *const files[] = {"anchor", "audit.db", "seal", "lock"};
    (void)check_mode(d, "state-dir", dir, 077, 0700);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        SV_AUTOFREE char *path = path_join(dir, files[i]);
        struct stat st;
        if (path != NULL && lstat(path, &st) == 0 &&
            ((st.st_mode & 077) != 0 || !S_ISREG(st.st_mode) || !is_ours(&st)))
            (void)check_mode(d, "state-files", path, 077, 0600);
    }
}

/* ---- the clock ---- */

static enum sv_status newest(void *context, const struct audit_event *event, struct sv_err *err)
{
    (void)err;
    *(int64_t *)context = event->time;
    return SV_OK;
}

/* The newest time that is surely past: the vault's making, the newest entry of the
 * log, and when this program's own file was put here. */
static void check_clock(struct doctor *d)
{
    struct audit_filter last = {.last = 1};
    struct vault_info info = {.created = 0};
    struct stat st = {.st_mtime = 0};
    struct sv_err aside;
    struct vault *v = d->cli->vault;
    int64_t seen = 0, now = env_now();
    if (v != NULL && vault_is_unlocked(v))
        (void)!vault_audit_read(v, &last, newest, &seen, &aside);
    if (v != NULL && vault_info(v, &info, &aside) == SV_OK && info.created > seen)
        seen = info.created;
    if (stat("/proc/self/exe", &st) == 0 && st.st_mtime > seen)
        seen = st.st_mtime;
    char ours[TEXT_TIME_MAX], theirs[TEXT_TIME_MAX];
    if (seen > now + CLOCK_SLACK_S)
        doctor_finding(d, "clock", "set the clock: timedatectl set-ntp true",
                       "the clock says %s, but %s is past already: certificates and due dates "
                       "are judged wrongly",
                       text_time_local(ours, now), text_time_local(theirs, seen));
    else
        doctor_ok(d, "clock", "%s, not before anything that is known to be past",
                  text_time_local(ours, now));
}

/* ---- opening ---- */

static void check_sources(struct doctor *d)
{
    const char *from = d->cli->passphrase_from;
    if (d->cli->keyfile != NULL)
        (void)check_mode(d, "keyfile", d->cli->keyfile, 077, 0600);
    if (d->cli->identity != NULL)
        (void)check_mode(d, "identity", d->cli->identity, 077, 0600);
    if (from != NULL && text_starts_with(from, "file:"))
        (void)check_mode(d, "passphrase", from + strlen("file:"), 077, 0600);
}

static void check_unlocking(struct doctor *d)
{
    struct sv_err err = {""};
    bool unlocked = vault_is_unlocked(d->cli->vault);
    if (!unlocked && session_unlock_unasked(d->cli, &unlocked, &err) != SV_OK)
        doctor_finding(d, "unlock", NULL, "%s", err.text);
    else if (unlocked)
        doctor_profiles(d);
    else
        doctor_hint(d, "unlock", "smtpvault shell, and doctor in it, looks at them",
                    "doctor asks for no passphrase and does not use the agent: the profiles were "
                    "not looked at");
}

static void check_opening(struct doctor *d)
{
    struct sv_err err = {""};
    struct vault_info info;
    enum sv_status s = SV_OK;
    if (d->cli->vault == NULL)
        s = session_open(d->cli, true, &err);
    if (s == SV_OK)
        s = vault_info(d->cli->vault, &info, &err);
    if (s != SV_OK) {
        doctor_finding(d, "opening", NULL, "%s", err.text);
        return;
    }
    doctor_ok(d, "opening",
              "the file, this machine's anchor and its log (%" PRIu64 " entries) agree",
              info.log.size);
    check_state(d, info.state_dir);
    check_unlocking(d);
}

void doctor_vault(struct doctor *d)
{
    SV_AUTOFREE char *path = NULL;
    SV_AUTOFREE char *state_root = NULL;
    struct sv_err err = {""};
    enum file_kind kind = FILE_ABSENT;
    char shown[SHOWN];
    enum sv_status s = session_place(d->cli, &path, &state_root, &err);
    if (s == SV_OK)
        s = file_look(path, &kind, &err);
    if (s != SV_OK) {
        doctor_finding(d, "vault-file", NULL, "%s", err.text);
    } else if (kind == FILE_ABSENT) {
        doctor_hint(d, "vault-file", "smtpvault init", "there is no vault at %s yet",
                    session_show_path(shown, sizeof shown, path));
    } else {
        check_folder(d, path);
        if (check_mode(d, "vault-file", path, 077, 0600)) /* else it is not opened at all */
            check_opening(d);
    }
    check_sources(d);
    check_clock(d);
}
