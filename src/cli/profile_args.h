/* SPDX-License-Identifier: ISC */
/*
 * profile_args: what add and edit have in common: a profile out of options, and
 * the secret that belongs to it.
 */
#ifndef CLI_PROFILE_ARGS_H
#define CLI_PROFILE_ARGS_H

#include "base/err.h"
#include "base/secret.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "domain/profile.h"

/* The options that fields.def gives: one for each row that is FF_SET.
 *
 *     static const struct option_spec options[] = {
 *     #define FIELD PROFILE_OPTION
 *     #include "domain/fields.def"
 *     #undef FIELD
 *         PROFILE_OPTIONS_MORE, {0}};
 */
#define PROFILE_OPTION(member, tag, key, type, limit, flags, value, label, help) \
    PROFILE_OPTION_##flags(key, type, value, help)
#define PROFILE_OPTION_0(key, type, value, help)
#define PROFILE_OPTION_FF_AUTO(key, type, value, help)
#define PROFILE_OPTION_FF_SET(key, type, value, help) \
    {key, 0, value, PROFILE_COMPLETES_##type, help, false},
#define PROFILE_COMPLETES_FT_TEXT COMPLETES_NOTHING
#define PROFILE_COMPLETES_FT_PORT COMPLETES_NOTHING
#define PROFILE_COMPLETES_FT_TLS COMPLETES_TLS
#define PROFILE_COMPLETES_FT_AUTH COMPLETES_AUTH
#define PROFILE_COMPLETES_FT_KIND COMPLETES_KIND
#define PROFILE_COMPLETES_FT_DAYS COMPLETES_NOTHING
#define PROFILE_COMPLETES_FT_DATE COMPLETES_NOTHING
#define PROFILE_OPTIONS_MORE                                                     \
    {"tag", 0, "TAG", COMPLETES_NOTHING, "a word to group profiles by", true},   \
        {"ca-file",                                                              \
         0,                                                                      \
         "FILE",                                                                 \
         COMPLETES_FILE,                                                         \
         "its server's authorities, where they are private (PEM)",               \
         false},                                                                 \
        {"password-from",                                                        \
         0,                                                                      \
         "SOURCE",                                                               \
         COMPLETES_SOURCE,                                                       \
         "where the secret comes from; default: a hidden prompt",                \
         false},                                                                 \
        {"generate", 0, NULL, COMPLETES_NOTHING, "make a random secret", false}, \
        {"insecure", 0, NULL, COMPLETES_NOTHING, "allow --tls none", false},     \
    {                                                                            \
        "force", 0, NULL, COMPLETES_NOTHING,                                     \
            "store a secret whose shape is wrong for its provider", false        \
    }

/* Values that are wrong by themselves, before a vault is opened or anything asked. */
enum sv_status profile_args_check(struct cli *cli, const struct args *args,
                                  struct sv_err *err) SV_MUST_USE;

/* Puts the options into p, then what the provider knows. With a new --provider the
 * server of the old one goes. */
enum sv_status profile_args_apply(struct profile *p, const struct args *args,
                                  struct sv_err *err) SV_MUST_USE;

/* The secret from --generate, --password-from or a prompt, mended and judged. A
 * wrong shape is SV_DATA, except with --force. */
enum sv_status profile_args_secret(struct cli *cli, const struct args *args,
                                   const struct profile *p, struct secret **out,
                                   struct sv_err *err) SV_MUST_USE;

/* The two halves of it: the secret from a SOURCE (NULL: a prompt), and what is to be said of
 * it. told: the question need not repeat which secret is wanted. */
enum sv_status profile_args_read(struct cli *cli, const char *source, const struct profile *p,
                                 bool told, struct secret **out, struct sv_err *err) SV_MUST_USE;
enum sv_status profile_args_judge(struct cli *cli, const struct args *args, const struct profile *p,
                                  struct secret **secret, struct sv_err *err) SV_MUST_USE;

/* Warns about a profile that sends its secret in clear, or whose authorities cannot be read. */
void profile_args_warn(const struct cli *cli, const struct profile *p);

#endif
