/* SPDX-License-Identifier: ISC */
/*
 * render_values: the profiles that references name, each looked up once, and their secrets,
 * released together by one entry of the log each, where a reference asks for one.
 */
#ifndef EXPORT_RENDER_VALUES_H
#define EXPORT_RENDER_VALUES_H

#include "domain/vault.h"
#include "format/reference.h"

struct render_value;

struct render_values {
    struct render_value *items;
    size_t count;
};

/* Looks all of them up; one that is missing is no fault yet. Owner: render_values_clear. */
enum sv_status render_values_find(struct render_values *out, struct vault *v,
                                  const struct reference_list *list,
                                  struct sv_err *err) SV_MUST_USE;
void render_values_clear(struct render_values *v);
#define RENDER_VALUES_OWNED __attribute__((cleanup(render_values_clear)))

bool render_values_has(const struct render_values *v, const struct reference *r);
/* SV_MISSING naming the first that is missing, and how many there are. */
enum sv_status render_values_missing(const struct render_values *v,
                                     const struct reference_list *list, const char *what,
                                     struct sv_err *err) SV_MUST_USE;

/* Releases what the references ask for, in one look at the vault, or nothing; `note` stands in
 * the log. */
enum sv_status render_values_reveal(struct render_values *values, struct vault *v, enum audit_op op,
                                    const char *note, struct sv_err *err) SV_MUST_USE;

/* The value of one, whose secret was released. */
enum sv_status render_values_put(const struct render_values *v, const struct reference *r,
                                 struct sink *out, struct sv_err *err) SV_MUST_USE;

#endif
