/* SPDX-License-Identifier: ISC */
/* caller: the unit of systemd that a process runs in, from its cgroup's path. */
#include <string.h>

#include "audit/caller_impl.h"

static bool ends_with(const char *part, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len > n && memcmp(part + len - n, end, n) == 0;
}

/* The next part of a cgroup path that is no slice, behind *at; its length, or 0. */
static size_t next_part(const char **at)
{
    for (const char *part = *at;;) {
        part += strspn(part, "/");
        size_t len = strcspn(part, "/");
        if (len == 0 || !ends_with(part, len, ".slice")) {
            *at = part;
            return len;
        }
        part += len;
    }
}

/* The unit is the first part below the slices, and what lies below that is the unit's own to
 * name. Only a user's systemd is asked in turn, and what it says is that user's word. */
static bool unit_of(struct caller *out, const char *path)
{
    const char *unit = path, *own;
    size_t len = next_part(&unit), own_len;

    if (!ends_with(unit, len, ".service") && !ends_with(unit, len, ".scope"))
        return false;
    if (len > 5 && memcmp(unit, "user@", 5) == 0) {
        own = unit + len;
        own_len = next_part(&own);
        out->users_unit = ends_with(own, own_len, ".service") || ends_with(own, own_len, ".scope");
        unit = out->users_unit ? own : unit;
        len = out->users_unit ? own_len : len;
    }
    caller_keep_end(out->unit, unit, len);
    return true;
}

/* Lines "0::/path" (version 2) or "1:name=systemd:/path" (version 1). */
void unit_look(struct caller *out, const struct process *p)
{
    char text[PROC_TEXT_MAX];

    if (!process_read(p, "cgroup", text, sizeof text))
        return;
    for (char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        char *end = line + len + (line[len] == '\n');
        line[len] = '\0';
        const char *names = strchr(line, ':');
        const char *group = names == NULL ? NULL : strchr(names + 1, ':');
        if (group != NULL && (names[1] == ':' || strncmp(names + 1, "name=systemd:", 13) == 0) &&
            unit_of(out, group + 1))
            return;
        line = end;
    }
}
