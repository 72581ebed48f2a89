/* SPDX-License-Identifier: ISC */
#include "domain/version.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "domain/rotation_record.h"

#define SHOWN_MAX (4 * PROFILE_NAME_MAX + 1)
#define SHOWN(name) text_printable((char[SHOWN_MAX]){0}, SHOWN_MAX, (name), strlen(name))

enum sv_status version_check(const char *word, struct sv_err *err)
{
    uint64_t n;
    if (word == NULL || strcmp(word, "current") == 0 || strcmp(word, "previous") == 0 ||
        strcmp(word, "pending") == 0 || text_parse_u64(word, 1, INT64_MAX, &n))
        return SV_OK;
    return sv_fail(err, SV_USAGE, "a version is current, previous, pending or its number");
}

/* While the secret in place is the one that a rotation made, the one before is what that replaced,
 * whatever else of the profile was changed since. 0: there is none. */
static uint64_t previous_of(const struct profile *p, const struct rotation_record *record)
{
    bool made = record->stage == STAGE_PROMOTED || record->stage == STAGE_FINISHED;
    return made && p->rotated == record->promoted_at ? record->version_from : p->version - 1;
}

enum sv_status version_find(struct vault *v, const char *name, const char *word, uint64_t *version,
                            struct sv_err *err)
{
    *version = 0;
    if (word == NULL || strcmp(word, "current") == 0 || text_parse_u64(word, 1, INT64_MAX, version))
        return SV_OK;
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct rotation_record record;
    enum sv_status s = vault_find(v, name, &p, err);
    if (s != SV_OK)
        return s;
    (void)rotation_of_card(&record, &p);
    if (strcmp(word, "pending") == 0 && rotation_is_pending(&record))
        *version = PROFILE_VERSION_PENDING;
    else if (strcmp(word, "previous") == 0)
        *version = previous_of(&p, &record);
    return *version != 0 ? SV_OK
                         : sv_fail(err, SV_MISSING, "\"%s\" has no %s version", SHOWN(name), word);
}

/* The card that a pending secret is for. */
static enum sv_status pending_card(struct vault *v, const char *name, struct profile *out,
                                   struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    struct rotation_record record;
    enum sv_status s = vault_find(v, name, &p, err);
    if (s != SV_OK)
        return s;
    if (!rotation_of_card(&record, &p) || !rotation_is_pending(&record))
        return sv_fail(err, SV_MISSING, "\"%s\" has no pending version", SHOWN(name));
    if (record.username[0] != '\0') {
        sv_free(p.username);
        if ((p.username = sv_strdup(record.username)) == NULL)
            return sv_fail_nomem(err);
    }
    p.version = PROFILE_VERSION_PENDING;
    *out = p;
    memset(&p, 0, sizeof p);
    return SV_OK;
}

enum sv_status version_card(struct vault *v, const char *name, uint64_t version,
                            struct profile *out, struct sv_err *err)
{
    if (version == 0)
        return vault_find(v, name, out, err);
    if (version == PROFILE_VERSION_PENDING)
        return pending_card(v, name, out, err);
    PROFILE_LIST_OWNED struct profile_list list = {0};
    enum sv_status s = vault_history(v, name, &list, err);
    for (size_t i = 0; s == SV_OK && i < list.count; i++) {
        if (list.items[i].version == version)
            return profile_copy(out, &list.items[i], err);
    }
    return s != SV_OK
               ? s
               : sv_fail(err, SV_MISSING, "\"%s\" has no version %" PRIu64, SHOWN(name), version);
}

enum sv_status version_put_field(struct sink *out, struct vault *v, const char *name,
                                 uint64_t version, const char *key, struct sv_err *err)
{
    PROFILE_OWNED struct profile p = {.name = NULL};
    const struct field *field = profile_field(key);
    if (field == NULL)
        return sv_fail(err, SV_MISSING, "a profile has no field \"%s\"",
                       text_printable((char[64]){0}, 64, key, strlen(key)));
    enum sv_status s = version_card(v, name, version, &p, err);
    if (s != SV_OK)
        return s;
    size_t before = sink_len(out);
    profile_put_field(out, &p, field);
    if (sink_len(out) == before)
        return sv_fail(err, SV_MISSING, "\"%s\" has no %s", SHOWN(name), key);
    return SV_OK;
}
