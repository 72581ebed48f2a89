/* SPDX-License-Identifier: ISC */
/* linux/landlock.h: its numbers stand here because the headers of a distribution may be older
 * than the kernel it runs on. */
#include "base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum {
    RULESET_VERSION = 1, /* a flag */
    BENEATH = 1,         /* kinds of rules */
    PORT = 2,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    TCP_BIND = 1 << 0,
    TCP_CONNECT = 1 << 1,
    /* what each version of Landlock added */
    FS_1 = (1 << 13) - 1,
    FS_REFER_2 = 1 << 13,
    FS_TRUNCATE_3 = 1 << 14,
    FS_IOCTL_5 = 1 << 15,
    SCOPES_6 = 3, /* abstract sockets, signals */
};

struct ruleset {
    uint64_t files, tcp, scopes;
};
struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));
struct port_rule {
    uint64_t allowed, port;
};

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

static struct ruleset make_ruleset(int version, bool any_port)
{
    struct ruleset r = {.files = FS_1};
    r.files |= version >= 2 ? FS_REFER_2 : 0;
    r.files |= version >= 3 ? FS_TRUNCATE_3 : 0;
    r.files |= version >= 5 ? FS_IOCTL_5 : 0;
    if (version >= 4)
        r.tcp = any_port ? TCP_BIND : TCP_BIND | TCP_CONNECT;
    if (version >= 6)
        r.scopes = SCOPES_6;
    return r;
}

enum sv_status landlock_begin(struct landlock *l, bool any_port, struct sv_err *err)
{
    *l = (struct landlock){.rules = -1, .version = landlock_version()};
    if (l->version == 0)
        return SV_OK;
    struct ruleset wanted = make_ruleset(l->version, any_port);
    /* An older kernel knows less of the struct. */
    size_t size = l->version >= 6 ? sizeof(wanted) : l->version >= 4 ? 16 : 8;
    l->rules = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    return l->rules >= 0 ? SV_OK : sv_fail_errno(err, SV_INTERNAL, errno, "cannot use Landlock");
}

static bool add_path(int rules, const char *path)
{
    struct stat st;
    struct path_rule rule = {.parent = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    bool done = fstat(rule.parent, &st) == 0;
    if (done) {
        rule.allowed = S_ISDIR(st.st_mode) ? READ_FILE | READ_DIR : READ_FILE;
        done = syscall(SYS_landlock_add_rule, rules, BENEATH, &rule, 0) == 0;
    }
    close(rule.parent);
    return done;
}

void landlock_read(struct landlock *l, const char *path)
{
    if (l->rules >= 0 && !add_path(l->rules, path))
        l->failed = true;
}

void landlock_connect(struct landlock *l, uint16_t port)
{
    struct port_rule rule = {.allowed = TCP_CONNECT, .port = port};
    if (l->rules >= 0 && l->version >= 4 &&
        syscall(SYS_landlock_add_rule, l->rules, PORT, &rule, 0) != 0)
        l->failed = true;
}

enum sv_status landlock_enter(struct landlock *l, struct sv_err *err)
{
    if (l->rules < 0)
        return SV_OK;
    if (l->failed)
        return sv_fail(err, SV_INTERNAL, "cannot say which files Landlock shall leave open");
    if (syscall(SYS_landlock_restrict_self, l->rules, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot leave the files");
    return SV_OK;
}

void landlock_clear(struct landlock *l)
{
    file_close_cleanup(&l->rules);
}
