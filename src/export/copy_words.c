/* SPDX-License-Identifier: ISC */
#include "export/copy_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/print.h"

/* ---- one copy ---- */

static const struct {
    const char *word; /* for programs; NULL: nothing is known */
    const char *text;
} seen_words[] = {
    [COPY_ELSEWHERE] = {NULL, "not to be seen from here"},
    [COPY_SAME] = {"same", "the file is as it was written"},
    [COPY_BEFORE] = {"before", "its last writing was cut short, and the file is as before"},
    [COPY_CHANGED] = {"changed", "the file was changed since it was written"},
    [COPY_MISSING] = {"missing", "the file is gone"},
    [COPY_NO_FILE] = {"not-a-file", "a link or something else that is no file lies there"},
    [COPY_UNREADABLE] = {"unreadable", "the file cannot be read"},
};

char *copy_say(char dst[COPY_SHOWN_MAX], const struct copy *c, const struct copy_view *v)
{
    char version[48] = "of an unknown version";
    if (v->version != 0)
        (void)snprintf(version, sizeof version, "version %" PRIu64 "%s", v->version,
                       v->old ? ", old" : "");
    char all[COPY_PATH_MAX + 512];
    (void)snprintf(
        all, sizeof all, "%s%s%s (%s): %s; %s", c->path, v->seen == COPY_ELSEWHERE ? " on " : "",
        v->seen == COPY_ELSEWHERE ? c->host : "", c->format, version, seen_words[v->seen].text);
    return text_printable(dst, COPY_SHOWN_MAX, all, strlen(all));
}

static void put_one(struct json *j, const struct copy *c, const struct profile *p)
{
    struct copy_view v;
    copy_look(&v, c, p);
    json_object(j);
    json_text(j, "path", c->path);
    json_text(j, "machine", c->host);
    json_key(j, "here");
    json_bool(j, v.seen != COPY_ELSEWHERE);
    json_text(j, "format", c->format);
    json_key(j, "version");
    if (v.version != 0)
        json_int(j, (int64_t)v.version);
    else
        json_null(j);
    json_key(j, "old");
    json_bool(j, v.old);
    json_key(j, "written");
    json_time(j, c->written);
    json_text(j, "file", seen_words[v.seen].word);
    json_object_end(j);
}

enum sv_status copies_json(struct json *j, const struct profile *p, struct sv_err *err)
{
    COPIES_OWNED struct copies list = {0};
    enum sv_status s = copies_of(&list, p, err);
    json_key(j, "copies");
    json_array(j);
    for (size_t i = 0; i < list.count; i++)
        put_one(j, &list.items[i], p);
    json_array_end(j);
    return s;
}

/* ---- notes of other commands ---- */

void copies_note_old(const struct cli *cli, const struct profile *p, const char *what)
{
    COPIES_OWNED struct copies list = {0};
    size_t here = 0, elsewhere = 0;
    const char *host = "";
    if (copies_of(&list, p, NULL) != SV_OK)
        return;
    for (size_t i = 0; i < list.count; i++) {
        struct copy_view v;
        copy_look(&v, &list.items[i], p);
        here += v.old && v.seen != COPY_ELSEWHERE;
        elsewhere += v.old && v.seen == COPY_ELSEWHERE;
        if (v.seen == COPY_ELSEWHERE)
            host = list.items[i].host;
    }
    if (here > 0)
        print_note(cli, "%zu %s %s: smtpvault export --refresh %s", here,
                   here == 1 ? "copy holds" : "copies hold", what, NAME_TYPED(p->name));
    if (elsewhere > 0)
        print_note(cli,
                   "%zu %s %s on other machines (%s%s): run \"smtpvault export --refresh %s\" "
                   "there as well",
                   elsewhere, elsewhere == 1 ? "copy holds" : "copies hold", what, host,
                   elsewhere == 1 ? "" : " ...", NAME_TYPED(p->name));
}

void copies_warn_left(const struct cli *cli, const struct profile *p)
{
    COPIES_OWNED struct copies list = {0};
    if (copies_of(&list, p, NULL) != SV_OK)
        return;
    for (size_t i = 0; i < list.count; i++) {
        const struct copy *c = &list.items[i];
        struct copy_view v;
        copy_look(&v, c, p);
        if (v.seen == COPY_MISSING)
            continue;
        print_warning(cli, "a copy of the secret of %s still lies in %s%s%s: remove it",
                      NAME_SHOWN(p->name), COPY_PATH_SHOWN(c->path),
                      v.seen == COPY_ELSEWHERE ? " on " : "",
                      v.seen == COPY_ELSEWHERE ? c->host : "");
    }
}

/* ---- doctor ---- */

/* Is it as it should be? */
static bool check_one(struct doctor *d, const struct profile *p, const struct copy *c)
{
    struct copy_view v;
    copy_look(&v, c, p);
    if (v.seen == COPY_MISSING)
        doctor_finding(d, "copies", "smtpvault export --forget NAME FILE",
                       "the copy of %s in %s is gone", NAME_SHOWN(p->name),
                       COPY_PATH_SHOWN(c->path));
    else if (copy_is_open(&v))
        doctor_finding(d, "copies", "chmod g-wx,o= FILE, and give it a new secret",
                       "other users can read or change %s, a copy of %s (mode %03o)",
                       COPY_PATH_SHOWN(c->path), NAME_SHOWN(p->name), (unsigned)v.mode);
    else if (v.old && v.seen != COPY_ELSEWHERE)
        doctor_finding(d, "copies", "smtpvault export --refresh NAME",
                       "the copy of %s in %s is old", NAME_SHOWN(p->name),
                       COPY_PATH_SHOWN(c->path));
    else if (v.old)
        doctor_hint(d, "copies", "smtpvault export --refresh NAME on that machine",
                    "the copy of %s in %s on %s is old", NAME_SHOWN(p->name),
                    COPY_PATH_SHOWN(c->path), c->host);
    else if (v.seen != COPY_SAME && v.seen != COPY_ELSEWHERE)
        doctor_hint(d, "copies",
                    "smtpvault export --refresh --force NAME writes it anew, --forget --force "
                    "NAME FILE drops its record",
                    "%s, a copy of %s: %s", COPY_PATH_SHOWN(c->path), NAME_SHOWN(p->name),
                    seen_words[v.seen].text);
    else
        return true;
    return false;
}

void doctor_copies(struct doctor *d, const struct profile_list *list)
{
    size_t good = 0, bad = 0;
    for (size_t i = 0; i < list->count; i++) {
        COPIES_OWNED struct copies copies = {0};
        if (copies_of(&copies, &list->items[i], NULL) != SV_OK)
            continue;
        for (size_t n = 0; n < copies.count; n++) {
            bool fine = check_one(d, &list->items[i], &copies.items[n]);
            good += fine;
            bad += !fine;
        }
    }
    if (good > 0 && bad == 0)
        doctor_ok(d, "copies", "the files that hold secrets hold the current ones (%zu)", good);
}
