/* SPDX-License-Identifier: ISC */
/* headroom: RAM and control groups. */
#include "crypto/headroom.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/file.h"
#include "base/text.h"

#define FILE_LIMIT ((size_t)64 * 1024)

/* The kernel's text at path, NUL-terminated; false when there is none. */
static bool read_text(const char *path, struct blob *text)
{
    return file_read_blob(path, FILE_LIMIT, text, NULL) == SV_OK && blob_append(text, "", 1);
}

/* A limit in bytes, UINT64_MAX for "max" and for what cannot be read. */
static uint64_t read_limit(const char *path)
{
    BLOB_OWNED struct blob text = {0};
    uint64_t bytes;

    if (!read_text(path, &text))
        return UINT64_MAX;
    char *line = (char *)text.bytes;
    line[strcspn(line, "\n")] = '\0';
    return text_parse_u64(line, 0, UINT64_MAX, &bytes) ? bytes : UINT64_MAX;
}

/* The tightest limit of `group` (a path, "/" is the whole) and its parents. */
static uint64_t group_limit(const char *mount, const char *group, const char *file)
{
    char path[PATH_MAX];
    size_t len = strlen(group);
    uint64_t tightest = UINT64_MAX;

    for (;;) {
        while (len > 0 && group[len - 1] == '/')
            len--;
        int wrote = snprintf(path, sizeof path, "%s%.*s/%s", mount, (int)len, group, file);
        if (wrote > 0 && (size_t)wrote < sizeof path) {
            uint64_t limit = read_limit(path);
            tightest = limit < tightest ? limit : tightest;
        }
        if (len == 0)
            return tightest;
        while (len > 0 && group[len - 1] != '/')
            len--;
    }
}

/* True when the comma-separated list has the controller "memory". */
static bool has_memory(const char *controllers)
{
    const char *at = controllers;

    for (;;) {
        size_t len = strcspn(at, ",");
        if (len == strlen("memory") && strncmp(at, "memory", len) == 0)
            return true;
        if (at[len] == '\0')
            return false;
        at += len + 1;
    }
}

/* One line of /proc/self/cgroup, "number:controllers:group"; version 2 has no
 * controllers there. */
static uint64_t line_limit(const char *root, char *line)
{
    char mount[PATH_MAX];
    char *controllers = strchr(line, ':');
    char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');

    if (group == NULL)
        return UINT64_MAX;
    *controllers++ = '\0';
    *group++ = '\0';
    bool unified = *controllers == '\0';
    if (!unified && !has_memory(controllers))
        return UINT64_MAX;
    int wrote = snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, unified ? "" : "/memory");
    if (wrote < 0 || (size_t)wrote >= sizeof mount)
        return UINT64_MAX;
    return group_limit(mount, group, unified ? "memory.max" : "memory.limit_in_bytes");
}

uint64_t headroom_kib_below(const char *root, uint64_t ram_kib)
{
    BLOB_OWNED struct blob text = {0};
    char path[PATH_MAX];
    uint64_t headroom = ram_kib / 4;
    int wrote = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);

    if (wrote < 0 || (size_t)wrote >= sizeof path || !read_text(path, &text))
        return headroom;
    char *line = (char *)text.bytes;
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        char *next = line[len] == '\0' ? line + len : line + len + 1;
        line[len] = '\0';
        uint64_t limit = line_limit(root, line);
        if (limit != UINT64_MAX && limit / 1024 / 2 < headroom)
            headroom = limit / 1024 / 2;
        line = next;
    }
    return headroom;
}

uint64_t headroom_kib(void)
{
    struct sysinfo info;

    if (sysinfo(&info) != 0)
        return 0;
    return headroom_kib_below("", (uint64_t)info.totalram * info.mem_unit / 1024);
}
