/* SPDX-License-Identifier: ISC */
/*
 * caller: the file system that a program lies on, from the tables of mounts.
 *
 * Those below answer by themselves. Others are served by a process or by another machine,
 * which may never answer. A user may mount some of those below in a name space of their own,
 * with something underneath that does not answer (an overlay over FUSE): so it must be
 * mounted in our own view too.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/caller_impl.h"
#include "base/file.h"

/* A process can mount so much that its table would take long to read. */
#define TABLE_MAX ((size_t)1 << 20)

struct mount {
    uint64_t id;
    unsigned major, minor;
    char kind[32];
};

static bool is_prompt(const char *kind)
{
    static const char *const kinds[] = {
        "ext4",  "ext3",  "ext2",   "xfs",      "btrfs", "f2fs",    "zfs",      "jfs",
        "tmpfs", "ramfs", "rootfs", "squashfs", "erofs", "overlay", "bcachefs", "iso9660"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" is mount 36; a blank
 * within a path stands there as \\040. */
static bool parse(struct mount *m, const char *line)
{
    const char *rest = strstr(line, " - ");

    return rest != NULL && sscanf(rest, " - %31s", m->kind) == 1 &&
           sscanf(line, "%" SCNu64 " %*u %u:%u ", &m->id, &m->major, &m->minor) == 3;
}

typedef bool mount_test(const struct mount *m, const struct mount *wanted);

static bool has_id(const struct mount *m, const struct mount *wanted)
{
    return m->id == wanted->id;
}

static bool is_file_system(const struct mount *m, const struct mount *wanted)
{
    return m->major == wanted->major && m->minor == wanted->minor &&
           strcmp(m->kind, wanted->kind) == 0;
}

static bool find(struct mount *found, int dir, const char *table, mount_test *fits,
                 const struct mount *wanted)
{
    char line[PROC_TEXT_MAX];
    FD_OWNED int fd = openat(dir, table, O_RDONLY | O_CLOEXEC);
    FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
    bool whole = true, there = false;
    size_t read = 0;

    if (list == NULL)
        return false;
    fd = -1;
    while (!there && read < TABLE_MAX && fgets(line, sizeof line, list) != NULL) {
        there = whole && parse(found, line) && fits(found, wanted);
        whole = strchr(line, '\n') != NULL;
        read += strlen(line);
    }
    (void)fclose(list);
    return there;
}

bool place_is_prompt(const struct process *p, uint64_t mount)
{
    const struct mount wanted = {.id = mount};
    struct mount theirs, ours;

    return find(&theirs, p->dir, "mountinfo", has_id, &wanted) && is_prompt(theirs.kind) &&
           find(&ours, AT_FDCWD, "/proc/self/mountinfo", is_file_system, &theirs);
}
