/* SPDX-License-Identifier: ISC */
#include "adopt/scan_adopt.h"

#include <string.h>

#include "adopt/import_job.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"

void scan_places_clear(struct scan_places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        import_after_clear(&places->items[i].after);
        sv_free(places->items[i].path);
        sv_free(places->items[i].why);
    }
    sv_free(places->items);
    *places = (struct scan_places){.count = 0};
}

enum sv_status scan_places_add(struct scan_places *places, const char *path,
                               const struct secret *text, bool *added, struct sv_err *err)
{
    const struct import_source *source =
        import_guess(path, (const char *)secret_peek(text), secret_len(text), NULL);
    *added = source != NULL && source->hook != NULL;
    if (!*added)
        return SV_OK;
    if (places->count == places->capacity) {
        size_t capacity = places->capacity > 0 ? 2 * places->capacity : 16;
        struct scan_place *grown = sv_resize(places->items, capacity * sizeof *grown);
        if (grown == NULL)
            return sv_fail_nomem(err);
        places->items = grown;
        places->capacity = capacity;
    }
    struct scan_place place = {.path = sv_strdup(path), .source = source};
    if (place.path == NULL)
        return sv_fail_nomem(err);
    places->items[places->count++] = place;
    return SV_OK;
}

/* A fault of the file is its own; one of the disk or the vault is everybody's. */
static bool is_of_the_file(enum sv_status s)
{
    return s == SV_USAGE || s == SV_DATA || s == SV_DENIED || s == SV_MISSING || s == SV_EXISTS ||
           s == SV_LOCKED;
}

static enum sv_status adopt_one(struct cli *cli, struct scan_place *place, bool yes,
                                struct sv_err *err)
{
    IMPORT_JOB_OWNED struct import_job job = {.stored = 0};
    const struct import_how how = {
        .from = place->source->name, .yes = yes, .then = AFTER_ADOPT, .among = true};
    struct sv_err why = {""};
    enum sv_status s = import_job_run(cli, place->path, &how, &job, &why);
    place->stored = job.stored;
    place->after = job.after;
    job.after = (struct import_after){.what = AFTER_NOTHING};
    /* The words are enough from here on. */
    adopt_file_clear(&place->after.adopt);
    if (s == SV_OK || s == SV_FINDINGS)
        return SV_OK;
    if (!is_of_the_file(s))
        return sv_fail(err, s, "%s", why.text);
    print_warning(cli, "%s", why.text);
    place->why = sv_strdup(why.text);
    return place->why != NULL ? SV_OK : sv_fail_nomem(err);
}

enum sv_status scan_adopt(struct cli *cli, struct scan_places *places, bool yes, struct sv_err *err)
{
    enum sv_status s = places->count > 0 ? session_ensure_own(cli, true, true, err) : SV_OK;
    for (size_t i = 0; i < places->count && s == SV_OK; i++)
        s = adopt_one(cli, &places->items[i], yes, err);
    return s;
}

void scan_adopt_json(struct json *j, const struct scan_places *places)
{
    char shown[512];
    json_array(j);
    for (size_t i = 0; i < places->count; i++) {
        const struct scan_place *place = &places->items[i];
        json_object(j);
        json_text(j, "path", text_printable(shown, sizeof shown, place->path, strlen(place->path)));
        json_text(j, "from", place->source->name);
        json_key(j, "stored");
        json_int(j, (int64_t)place->stored);
        json_key(j, "file");
        import_after_json(j, &place->after);
        json_text(j, "why", place->why);
        json_object_end(j);
    }
    json_array_end(j);
}
