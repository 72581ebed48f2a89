/* SPDX-License-Identifier: ISC */
/* sources: what the rows of sources.def name: the readers, and the dialects they know. */
#ifndef IMPORT_SOURCES_H
#define IMPORT_SOURCES_H

#include "import/source.h"

#define IMPORT_LOOK(name)                                                                          \
    enum import_look name(const struct import_source *source, const char *path, const char *first, \
                          size_t len)
#define IMPORT_READ(name) \
    enum sv_status name(struct found_list *out, const struct import_input *in, struct sv_err *err)

/* ---- src_csv.c: exports of password managers, told apart by their columns ---- */
struct csv_manager;
extern const struct csv_manager csv_bitwarden;
IMPORT_LOOK(csv_looks_like);
IMPORT_READ(csv_manager_read) SV_MUST_USE;

/* ---- src_netrc.c ---- */
IMPORT_LOOK(netrc_looks_like);
IMPORT_READ(netrc_read) SV_MUST_USE;

#endif
