/* SPDX-License-Identifier: ISC */
/* caller: whose file a program is, from dpkg's own lists. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/caller_impl.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/md5.h"

#define DPKG "/var/lib/dpkg"
#define LIST ".list"
#define LIST_LEN 5
/* A machine with 3000 packages takes 50 when its lists are in memory. */
#define PATIENCE_MS 250

uint64_t package_age(void)
{
    struct stat st;

    if (stat(DPKG "/status", &st) != 0)
        return 0;
    return ((uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec) | 1;
}

bool package_has_place(const char *path)
{
    static const char *const places[] = {"/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/var/lib/"};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (text_starts_with(path, places[i]))
            return !text_starts_with(path, "/usr/local/");
    return false;
}

/* A line of a file, which is `text`, or "/usr" and `text`: packages from before the merge of
 * /usr name the file in the old place. */
static bool has_line(int dir, const char *name, const char *text)
{
    char line[PROC_TEXT_MAX];
    FD_OWNED int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
    bool found = false, whole = true;

    if (list == NULL)
        return false;
    fd = -1;
    while (!found && fgets(line, sizeof line, list) != NULL) {
        size_t len = strcspn(line, "\n");
        bool complete = line[len] == '\n';
        line[len] = '\0';
        const char *at = text_starts_with(line, "/usr/") ? line + 4 : line;
        found = whole && complete && strcmp(at, text) == 0;
        whole = complete;
    }
    (void)fclose(list);
    return found;
}

/* ---- which package ---- */

struct finding {
    int dir;
    const char *path; /* without "/usr" */
    int64_t until_ms;
    char owner[128]; /* "msmtp", "libc6:amd64" */
};

static bool try_list(struct finding *f, const char *name)
{
    size_t len = strlen(name);

    if (len <= LIST_LEN || len - LIST_LEN >= sizeof f->owner ||
        strcmp(name + len - LIST_LEN, LIST) != 0 || !has_line(f->dir, name, f->path))
        return false;
    memcpy(f->owner, name, len - LIST_LEN);
    f->owner[len - LIST_LEN] = '\0';
    return true;
}

/* Most programs are called as their package is. */
static bool try_namesake(struct finding *f)
{
    char name[128];
    const char *base = strrchr(f->path, '/') + 1;
    int len = snprintf(name, sizeof name, "%s" LIST, base);

    return len > 0 && (size_t)len < sizeof name && try_list(f, name);
}

/* False: there was no time. */
static bool try_all(struct finding *f)
{
    int again = dup(f->dir);
    DIR *d = again >= 0 ? fdopendir(again) : NULL;
    const struct dirent *entry;
    bool in_time = true;

    if (d == NULL)
        file_close_cleanup(&again);
    while (d != NULL && in_time && (entry = readdir(d)) != NULL && !try_list(f, entry->d_name))
        in_time = env_monotonic_ms() < f->until_ms;
    if (d != NULL)
        (void)closedir(d);
    return in_time;
}

/* ---- what it brought ---- */

/* The sum that the package has for the file, from lines
 * "0123456789abcdef0123456789abcdef  usr/bin/msmtp". */
static bool find_sum(char sum[2 * MD5_LEN + 1], const struct finding *f)
{
    char line[PROC_TEXT_MAX], name[sizeof f->owner + sizeof ".md5sums"];
    bool found = false;

    (void)snprintf(name, sizeof name, "%s.md5sums", f->owner);
    FD_OWNED int fd = openat(f->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
    if (list == NULL)
        return false;
    fd = -1;
    while (!found && fgets(line, sizeof line, list) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) <= 2 * MD5_LEN + 2)
            continue;
        const char *path = line + 2 * MD5_LEN + 2;
        found = strcmp(text_starts_with(path, "usr/") ? path + 4 : path, f->path + 1) == 0;
    }
    (void)fclose(list);
    if (found)
        memcpy(sum, line, 2 * MD5_LEN);
    sum[2 * MD5_LEN] = '\0';
    return found;
}

/* False also where that cannot be told. */
static bool is_changed(const struct finding *f, int fd)
{
    char brought[2 * MD5_LEN + 1], is[2 * MD5_LEN + 1];
    uint8_t md5[MD5_LEN];

    return fd >= 0 && find_sum(brought, f) && lseek(fd, 0, SEEK_SET) == 0 &&
           md5_file(md5, fd, UINT64_MAX) && strcmp(text_hex(is, md5, MD5_LEN), brought) != 0;
}

static void put_changed(char out[CALLER_PACKAGE_MAX])
{
    static const char mark[] = " (changed)";
    size_t len = strlen(out);

    if (len > CALLER_PACKAGE_MAX - sizeof mark)
        len = CALLER_PACKAGE_MAX - sizeof mark;
    memcpy(out + len, mark, sizeof mark);
}

/* ---- which version ---- */

/* The value of a field of dpkg's database, or NULL. */
static const char *field(const char *line, const char *name)
{
    size_t len = strlen(name);

    return strncmp(line, name, len) == 0 ? line + len : NULL;
}

/* Its paragraph names package and architecture before the version. */
static void put_version(char out[CALLER_PACKAGE_MAX], const char *owner)
{
    char line[1024];
    size_t len = strcspn(owner, ":");
    const char *architecture = owner[len] == ':' ? owner + len + 1 : NULL, *value;
    bool package = false, fits = false, whole = true;
    FILE *list = fopen(DPKG "/status", "re");

    if (len >= CALLER_PACKAGE_MAX)
        len = CALLER_PACKAGE_MAX - 1;
    memcpy(out, owner, len);
    out[len] = '\0';
    while (list != NULL && fgets(line, sizeof line, list) != NULL) {
        bool begins = whole;
        size_t n = strcspn(line, "\n");
        whole = line[n] == '\n';
        line[n] = '\0';
        if (!begins)
            continue;
        if ((value = field(line, "Package: ")) != NULL) {
            package = strlen(value) == len && memcmp(value, owner, len) == 0;
            fits = architecture == NULL;
        } else if (package && (value = field(line, "Architecture: ")) != NULL) {
            fits = fits || strcmp(value, architecture) == 0;
        } else if (package && fits && (value = field(line, "Version: ")) != NULL) {
            if (len + 1 + strlen(value) < CALLER_PACKAGE_MAX)
                (void)snprintf(out + len, CALLER_PACKAGE_MAX - len, " %.*s", CALLER_PACKAGE_MAX - 2,
                               value);
            break;
        }
    }
    if (list != NULL)
        (void)fclose(list);
}

bool package_of(char out[CALLER_PACKAGE_MAX], const char *path, int fd)
{
    FD_OWNED int top = open(DPKG, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FD_OWNED int dir = open(DPKG "/info", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct finding f = {.dir = dir, .until_ms = env_monotonic_ms() + PATIENCE_MS};

    out[0] = '\0';
    f.path = text_starts_with(path, "/usr/") ? path + 4 : path;
    /* A file that gave its place to another's belongs to one of two. */
    if (dir < 0 || !package_has_place(path) || has_line(top, "diversions", f.path))
        return true;
    if (!try_namesake(&f) && !try_all(&f))
        return false;
    if (f.owner[0] != '\0')
        put_version(out, f.owner);
    if (f.owner[0] != '\0' && is_changed(&f, fd))
        put_changed(out);
    return true;
}
