/* SPDX-License-Identifier: ISC */
/*
 * scan_adopt: the files of a scan whose tools can ask the vault. Each is brought in and made to ask
 * as `import --adopt` does it, one question a file; what one of them cannot, the others can.
 */
#ifndef ADOPT_SCAN_ADOPT_H
#define ADOPT_SCAN_ADOPT_H

#include <stdbool.h>
#include <stddef.h>

#include "adopt/import_after.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "format/json.h"

struct scan_place {
    char *path;
    const struct import_source *source;
    size_t stored;
    struct import_after after;
    char *why; /* nothing was done to it; NULL where somebody did not want it */
};
/* Zeroed: none; owner: scan_places_clear. */
struct scan_places {
    struct scan_place *items;
    size_t count, capacity;
};
void scan_places_clear(struct scan_places *places);

/* Remembers the file if a source with a hook reads it. *added: it did. */
enum sv_status scan_places_add(struct scan_places *places, const char *path,
                               const struct secret *text, bool *added,
                               struct sv_err *err) SV_MUST_USE;
/* All of them, in the order in which they were found. */
enum sv_status scan_adopt(struct cli *cli, struct scan_places *places, bool yes,
                          struct sv_err *err) SV_MUST_USE;
/* An array. */
void scan_adopt_json(struct json *j, const struct scan_places *places);

#endif
