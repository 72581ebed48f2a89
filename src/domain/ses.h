/* SPDX-License-Identifier: ISC */
/*
 * ses: Amazon SES. Its SMTP password is derived from an IAM secret access key and belongs to
 * one region ("Obtaining Amazon SES SMTP credentials", version 4 of the recipe). A profile of
 * kind iam-secret keeps the IAM secret, and what leaves the vault for a login is derived by
 * the region in its server's name: another region is another --host, and no new secret.
 */
#ifndef DOMAIN_SES_H
#define DOMAIN_SES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "domain/profile.h"
#include "domain/provider.h"

#define SES_REGION_MAX 32

/* "email-smtp.eu-central-1.amazonaws.com": "eu-central-1"; FIPS and VPC endpoints and the
 * ones in China as well. False for any other host, NULL included. */
bool ses_region(const char *host, char region[SES_REGION_MAX]);

/* The SMTP password for a region: 44 characters. */
enum sv_status ses_password(struct secret **out, const struct secret *iam_secret,
                            const char *region, struct sv_err *err) SV_MUST_USE;

/* What a secret looks like. A version-2 password was derived by a recipe that AWS gave up
 * with regions; an id that begins with ASIA belongs to temporary credentials, which SMTP
 * refuses. */
enum ses_look { SES_OTHER, SES_IAM_SECRET, SES_SMTP_PASSWORD, SES_OLD_PASSWORD, SES_KEY_ID };
enum ses_look ses_look(const struct secret *secret);

/* Is this secret one to keep in a profile of kind iam-secret? Else finding->wrong. */
void ses_judge(const struct secret *secret, const char *username, struct shape_finding *finding);

/* Replaces *secret of such a profile by what its server is shown. */
enum sv_status ses_login_secret(const struct profile *p, struct secret **secret,
                                struct sv_err *err) SV_MUST_USE;

#endif
