/* SPDX-License-Identifier: ISC */
#include "adopt/scan_git.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/child.h"
#include "cli/names.h"

#define COMMIT_MARK "commit "
#define FILE_MARK "+++ b/"
#define ROOM (64U * 1024)

struct history {
    const struct filter *words;
    const struct scan_git_found *found;
    char commit[16];
    char path[512];
    bool ended;
};

static bool pass_on(void *context, const struct scan_finding *f)
{
    struct history *h = context;
    h->ended = !h->found->call(h->found->context, h->commit, h->path, f);
    return !h->ended;
}

static bool begins(const char *line, size_t len, const char *mark)
{
    return len >= strlen(mark) && memcmp(line, mark, strlen(mark)) == 0;
}

static void take_line(struct history *h, const char *line, size_t len)
{
    const struct scan_found found = {pass_on, h};
    if (begins(line, len, COMMIT_MARK)) {
        size_t n = len - strlen(COMMIT_MARK);
        snprintf(h->commit, sizeof h->commit, "%.*s", (int)(n < 12 ? n : 12),
                 line + strlen(COMMIT_MARK));
    } else if (begins(line, len, FILE_MARK)) {
        /* Behind a name with a blank git writes a tab. */
        len -= line[len - 1] == '\t';
        text_printable(h->path, sizeof h->path, line + strlen(FILE_MARK), len - strlen(FILE_MARK));
    } else if (len > 1 && line[0] == '+') {
        (void)scan_lines(h->words, line + 1, len - 1, 0, &found);
    }
}

/* Whole lines of what is there; what is left is moved to the front. */
static void take_lines(struct history *h, struct secret *room, bool last)
{
    uint8_t *bytes = secret_poke(room);
    size_t len = secret_len(room), at = 0;
    while (!h->ended && at < len) {
        const uint8_t *feed = memchr(bytes + at, '\n', len - at);
        if (feed == NULL && !last && at > 0)
            break;
        size_t n = feed != NULL ? (size_t)(feed - bytes) - at : len - at;
        /* A line that fills the room is no setting. */
        if (feed != NULL || last)
            take_line(h, (const char *)bytes + at, n);
        at += n + (feed != NULL);
    }
    memmove(bytes, bytes + at, len - at);
    secret_set_len(room, len - at);
}

static enum sv_status read_all(struct child *git, struct history *h, struct sv_err *err)
{
    SECRET_OWNED struct secret *room = NULL;
    enum sv_status s = secret_new(&room, ROOM, err);
    while (s == SV_OK && !h->ended) {
        size_t len = secret_len(room);
        ssize_t got = read(git->from, secret_poke(room) + len, ROOM - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sv_fail_errno(err, SV_IO, errno, "cannot read what git says");
        secret_set_len(room, len + (size_t)got);
        take_lines(h, room, got == 0);
        if (got == 0)
            break;
    }
    return s;
}

enum sv_status scan_git(const struct filter *words, const char *path,
                        const struct scan_git_found *found, struct sv_err *err)
{
    char place[4352];
    CHILD_OWNED struct child git = CHILD_NONE;
    struct history h = {.words = words, .found = found};
    const char *const argv[] = {"git",
                                place,
                                "--no-pager",
                                "-c",
                                "core.fsmonitor=false",
                                "-c",
                                "log.showSignature=false",
                                "-c",
                                "core.quotePath=false",
                                "log",
                                "--all",
                                "--patch",
                                "--unified=0",
                                "--no-color",
                                "--no-ext-diff",
                                "--no-textconv",
                                "--no-renames",
                                "--diff-merges=first-parent",
                                "--src-prefix=a/",
                                "--dst-prefix=b/",
                                "--format=" COMMIT_MARK "%H",
                                NULL};
    snprintf(place, sizeof place, "--git-dir=%s", path);
    enum sv_status s = child_start(&git, argv, false, err);
    if (s != SV_OK)
        return s;
    s = read_all(&git, &h, err);
    if (h.ended)
        return SV_OK;
    if (s == SV_OK && child_wait(&git) != 0)
        s = sv_fail(err, SV_DATA, "git cannot tell the history of %s", NAME_SHOWN(path));
    return s;
}
