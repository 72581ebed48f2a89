/* SPDX-License-Identifier: ISC */
/* test_report: a verdict for people and for programs. */
#ifndef LOGIN_TEST_REPORT_H
#define LOGIN_TEST_REPORT_H

#include "base/sink.h"
#include "cli/print.h"
#include "domain/profile.h"
#include "smtp/target.h"

/* Its first line. */
void test_report_verdict(struct sink *out, const struct profile *p, const struct smtp_result *r);
void test_report_people(struct sink *out, const struct profile *p, const struct smtp_result *r);
/* "  label: text", folded below its own beginning; nothing for "". */
void test_report_part(struct sink *out, const char *label, const char *text);
/* One line of a table of many. */
#define TEST_REPORT_COLUMNS 5
extern const char *const test_report_heads[TEST_REPORT_COLUMNS];
void test_report_row(struct grid *table, const struct profile *p, const struct smtp_result *r);
/* One object and a line feed. */
enum sv_status test_report_json(struct sink *out, const struct profile *p,
                                const struct smtp_result *r, struct sv_err *err) SV_MUST_USE;

#endif
