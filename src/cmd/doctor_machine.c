/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "adopt/setup_fence.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/child.h"
#include "cli/doctor.h"
#include "cli/self.h"
#include "smtp/prison.h"

#define HELPER_USAGE 64 /* what smtpvault-net says when nobody hands it a request */
/* The longest answers: a few dozen profiles as JSON, or a key file. */
#define MEMORY_WISHED (2 * 1024 * 1024)

/* The beginning of a file of /proc, /sys or /etc, as text; false: it cannot be read. */
static bool read_text(const char *path, char *dst, size_t capacity)
{
    FD_OWNED int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t got = fd >= 0 ? 0 : -1;
    while (fd >= 0 && len + 1 < capacity && (got = read(fd, dst + len, capacity - 1 - len)) > 0)
        len += (size_t)got;
    dst[len] = '\0';
    return got >= 0;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- memory ---- */

static bool can_lock(size_t bytes, struct sv_err *err)
{
    SECRET_OWNED struct secret *probe = NULL;
    return secret_new(&probe, bytes, err) == SV_OK;
}

static void check_memory(struct doctor *d)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    struct sv_err err = {""};
    char text[64] = "";
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    if (limit.rlim_cur != RLIM_INFINITY)
        snprintf(text, sizeof text, " (limit %" PRIu64 " KiB)", (uint64_t)limit.rlim_cur / 1024);
    if (!can_lock(PROFILE_SECRET_MAX, &err))
        doctor_finding(d, "memory", "ulimit -l 8192, or LimitMEMLOCK=8M in a systemd unit", "%s",
                       err.text);
    else if (!can_lock(MEMORY_WISHED, &err))
        doctor_hint(d, "memory", "ulimit -l 8192, or LimitMEMLOCK=8M in a systemd unit",
                    "secrets are locked into memory%s, but a long answer would not fit", text);
    else
        doctor_ok(d, "memory", "secrets are locked into memory%s", text);
}

/* ---- swap ---- */

static bool is_encrypted(const char *block, int depth);

/* A volume or a RAID is encrypted when all that it lies on is. */
static bool lies_on_encrypted(const char *block, int depth)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/sys/class/block/%s/slaves", block);
    DIR *dir = opendir(path);
    size_t encrypted = 0, all = 0;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        all++;
        encrypted += is_encrypted(e->d_name, depth - 1);
    }
    if (dir != NULL)
        closedir(dir);
    return all > 0 && encrypted == all;
}

static bool is_encrypted(const char *block, int depth)
{
    char path[PATH_MAX], uuid[64];
    snprintf(path, sizeof path, "/sys/class/block/%s/dm/uuid", block);
    if (read_text(path, uuid, sizeof uuid) && text_starts_with(uuid, "CRYPT-"))
        return true;
    return depth > 0 && lies_on_encrypted(block, depth);
}

/* zram is memory, unless it may write what is idle to a disk. */
static bool is_memory(const char *block)
{
    char path[PATH_MAX], backing[64];
    if (!text_starts_with(block, "zram"))
        return false;
    snprintf(path, sizeof path, "/sys/class/block/%s/backing_dev", block);
    return !read_text(path, backing, sizeof backing) || text_starts_with(backing, "none");
}

/* The name in /sys/class/block of a swap device, or of what a swap file lies on. */
static bool block_of(const char *swap, char dst[NAME_MAX + 1])
{
    struct stat st;
    char path[64], target[PATH_MAX];
    if (stat(swap, &st) != 0)
        return false;
    dev_t dev = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(dev), minor(dev));
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len <= 0)
        return false;
    target[len] = '\0';
    snprintf(dst, NAME_MAX + 1, "%s", strrchr(target, '/') + 1);
    return true;
}

static bool is_safe_swap(const char *swap)
{
    char found[NAME_MAX + 1];
    const char *slash = strrchr(swap, '/');
    /* A device that is out of sight (a container's) is known by its name alone. */
    const char *block = block_of(swap, found) ? found : slash != NULL ? slash + 1 : swap;
    return is_memory(block) || is_encrypted(block, 8);
}

/* Secrets are locked into memory; the memory of the key derivation is too large for
 * that. It would save a thief of the disk the work, not give the passphrase away. */
static void check_swap(struct doctor *d)
{
    char text[8192];
    size_t open = 0, all = 0;
    const char *line = read_text("/proc/swaps", text, sizeof text) ? strchr(text, '\n') : NULL;
    for (; line != NULL && line[1] != '\0'; line = strchr(line + 1, '\n')) {
        char swap[1024], shown[1024];
        snprintf(swap, sizeof swap, "%.*s", (int)strcspn(line + 1, " \t\n"), line + 1);
        all++;
        if (is_safe_swap(swap))
            continue;
        open++;
        doctor_hint(d, "swap", "encrypt it (cryptsetup, crypttab: swap), use zram, or swapoff -a",
                    "%s is not encrypted: memory of the key derivation can end on the disk",
                    text_printable(shown, sizeof shown, swap, strlen(swap)));
    }
    if (open == 0)
        doctor_ok(d, "swap", all == 0 ? "there is none" : "encrypted, or in memory");
}

/* ---- the network helper ---- */

static void check_prison(struct doctor *d, const char *helper)
{
    const char *lacks = prison_lacks();
    if (lacks[0] == '\0')
        doctor_ok(d, "helper", "%s, confined by seccomp and Landlock", helper);
    else
        doctor_hint(d, "helper", "Linux 5.13 and newer can have both", "%s", lacks);
}

static void check_helper(struct doctor *d)
{
    SV_AUTOFREE char *helper = NULL;
    CHILD_OWNED struct child c = CHILD_NONE;
    struct sv_err err = {""};
    if (self_helper(&helper, &err) != SV_OK) {
        doctor_finding(d, "helper", "install smtpvault anew", "%s", err.text);
        return;
    }
    const char *const argv[] = {"/bin/sh", "-c", "exec \"$0\" 2>/dev/null", helper, NULL};
    int status = child_start(&c, argv, false, &err) == SV_OK ? child_wait(&c) : -1;
    if (status == HELPER_USAGE)
        check_prison(d, helper);
    else
        doctor_finding(d, "helper", "run it by hand: it says what it lacks (libcurl, perhaps)",
                       "%s does not run (status %d): nothing can be tested", helper, status);
}

static void check_authorities(struct doctor *d)
{
    static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";
    struct stat st;
    if (stat(bundle, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        access(bundle, R_OK) == 0)
        doctor_ok(d, "ca", "%s", bundle);
    else
        doctor_finding(d, "ca", "apt install ca-certificates",
                       "there are no certificate authorities in %s: no server can be trusted",
                       bundle);
}

/* ---- msmtp ---- */

#define MSMTP_PROFILE "/etc/apparmor.d/usr.bin.msmtp"

/* Debian lets msmtp's passwordeval run a shell, cat, gpg and a few more. */
static void check_msmtp(struct doctor *d)
{
    if (!is_there(MSMTP_PROFILE))
        return;
    if (setup_fence_in_force())
        doctor_hint(d, "msmtp", "smtpvault exec NAME -- msmtp --passwordeval 'cat <&3' ...",
                    "AppArmor keeps msmtp's passwordeval from running smtpvault");
    else
        doctor_ok(d, "msmtp", "AppArmor's profile of msmtp is there, but not enforced");
}

void doctor_machine(struct doctor *d)
{
    check_memory(d);
    check_swap(d);
    check_helper(d);
    check_authorities(d);
    check_msmtp(d);
}
