/* SPDX-License-Identifier: ISC */
/* provider_own: which files there are, who may have written them, and the list of
 * all providers with the user's own rows in it. */
#include "domain/provider_own.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/text.h"

#define FOLDER "providers.d"
#define SUFFIX ".json"
#define SHOWN(path) text_printable((char[512]){0}, 512, (path), strlen(path))

/* Read once; the rows live as long as the process. */
static struct {
    bool enabled, asked, told;
    enum sv_status status;
    struct sv_err fault;
    struct provider_rows rows;
    struct provider_own merged;
} own;

/* ---- the files ---- */

struct names {
    char *items[PROVIDER_FILES_MAX];
    size_t count;
};

static void names_clear(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        sv_free(names->items[i]);
    names->count = 0;
}
#define NAMES_OWNED __attribute__((cleanup(names_clear)))

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_row_file(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > strlen(SUFFIX) &&
           strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static enum sv_status add_name(struct names *names, const char *dir, const char *name,
                               struct sv_err *err)
{
    if (!is_row_file(name))
        return SV_OK;
    if (names->count == PROVIDER_FILES_MAX)
        return sv_fail(err, SV_CONFIG, "%s holds more than %d files", SHOWN(dir),
                       PROVIDER_FILES_MAX);
    if (!(names->items[names->count] = sv_strdup(name)))
        return sv_fail_nomem(err);
    names->count++;
    return SV_OK;
}

static enum sv_status list_files(struct names *names, const char *dir, struct sv_err *err)
{
    DIR *d = opendir(dir);
    enum sv_status status = SV_OK;
    if (!d)
        return sv_fail_errno(err, SV_IO, errno, "cannot look into %s", SHOWN(dir));
    for (struct dirent *e; status == SV_OK && (e = readdir(d)) != NULL;)
        status = add_name(names, dir, e->d_name, err);
    closedir(d);
    qsort(names->items, names->count, sizeof(names->items[0]), by_name);
    return status;
}

static enum sv_status read_file(struct provider_rows *rows, const char *dir, const char *name,
                                struct sv_err *err)
{
    char what[512];
    BLOB_OWNED struct blob blob = {.bytes = NULL};
    SV_AUTOFREE char *path = path_join(dir, name);
    if (!path)
        return sv_fail_nomem(err);
    enum sv_status status = file_check_written(path, err);
    if (status == SV_OK)
        status = file_read_blob(path, PROVIDER_FILE_MAX, &blob, err);
    if (status != SV_OK)
        return status;
    return provider_rows_parse(rows, blob.bytes, blob.len,
                               text_printable(what, sizeof(what), path, strlen(path)), err);
}

static enum sv_status read_folder(struct provider_rows *rows, const char *dir, struct sv_err *err)
{
    NAMES_OWNED struct names names = {.count = 0};
    enum sv_status status = file_check_folder(dir, err);
    if (status == SV_MISSING) {
        sv_err_clear(err);
        return SV_OK;
    }
    if (status == SV_OK)
        status = list_files(&names, dir, err);
    for (size_t i = 0; status == SV_OK && i < names.count; i++)
        status = read_file(rows, dir, names.items[i], err);
    return status;
}

/* ---- one list of both ---- */

static int by_id(const void *a, const void *b)
{
    const struct provider *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

static const struct provider *own_row(const struct provider_rows *rows, const char *id)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].id, id) == 0)
            return &rows->items[i];
    return NULL;
}

static enum sv_status merge(struct provider_own *merged, const struct provider_rows *rows,
                            struct sv_err *err)
{
    if (rows->count == 0)
        return SV_OK;
    merged->all = sv_alloc_array(provider_count + rows->count, sizeof(merged->all[0]));
    if (!merged->all)
        return sv_fail_nomem(err);
    for (size_t i = 0; i < rows->count; i++)
        merged->all[merged->total++] = &rows->items[i];
    for (size_t i = 0; i < provider_count; i++)
        if (!own_row(rows, providers[i].id))
            merged->all[merged->total++] = &providers[i];
    qsort(merged->all, merged->total, sizeof(merged->all[0]), by_id);
    return SV_OK;
}

static void forget(void)
{
    provider_rows_clear(&own.rows);
    sv_free(own.merged.all);
    own.merged = (struct provider_own){.all = NULL};
}

void provider_own_read(const char *dir)
{
    forget();
    own.asked = true;
    own.told = false;
    own.fault.text[0] = '\0';
    own.status = SV_OK;
    if (dir)
        own.status = read_folder(&own.rows, dir, &own.fault);
    if (own.status == SV_OK)
        own.status = merge(&own.merged, &own.rows, &own.fault);
    if (own.status != SV_OK)
        forget();
}

/* Without a home there are no files in it; without memory nobody knows. */
static void read_own(void)
{
    SV_AUTOFREE char *config = NULL;
    provider_own_read(NULL);
    own.status = env_config_dir(&config, &own.fault);
    if (own.status == SV_CONFIG) {
        own.status = SV_OK;
        sv_err_clear(&own.fault);
        return;
    }
    SV_AUTOFREE char *dir = own.status == SV_OK ? path_join(config, FOLDER) : NULL;
    if (dir)
        provider_own_read(dir);
    else
        own.status = sv_fail_nomem(&own.fault);
}

void provider_own_enable(void)
{
    own.enabled = true;
}

const struct provider_own *provider_own(void)
{
    if (own.enabled && !own.asked)
        read_own();
    return &own.merged;
}

enum sv_status provider_own_check(struct sv_err *err)
{
    (void)provider_own();
    if (own.status == SV_OK)
        return SV_OK;
    own.told = true;
    bool of_file = own.status != SV_INTERNAL && own.status != SV_IO;
    return sv_fail(err, of_file ? SV_CONFIG : own.status, "%s", own.fault.text);
}

const char *provider_own_fault(void)
{
    if (own.status == SV_OK || own.told)
        return NULL;
    own.told = true;
    return own.fault.text;
}
