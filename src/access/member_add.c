/* SPDX-License-Identifier: ISC */
/* member add: by passphrase or key file, by an identity's line, or recovery shares. */
#include <string.h>

#include "access/member.h"
#include "access/new_way.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/print.h"
#include "cli/session.h"
#include "crypto/identity.h"
#include "crypto/random.h"

#define LINE_PREFIX "smtpvault-identity-"
/* More than any line has, so that what is wrong with a longer file can be said. */
#define LINE_FILE_MAX 4096

static enum sv_status check_recovery(const struct cli *cli, const struct args *args,
                                     struct sv_err *err)
{
    unsigned needed, count;
    const char *role = args_value(args, "role");
    if (role != NULL && strcmp(role, "admin") != 0)
        return sv_fail(err, SV_USAGE, "recovery shares are an administrator's: leave out --role");
    if (args_value(args, "shares") == NULL)
        return sv_fail(err, SV_USAGE,
                       "say how many shares there shall be, and how many of them are needed: "
                       "--shares 3/5");
    enum sv_status s = shares_parse(args_value(args, "shares"), &needed, &count, err);
    return s == SV_OK ? shares_check_way_out(cli, args_flag(args, "print"), err) : s;
}

enum sv_status member_add_check(struct cli *cli, const struct args *args, struct sv_err *err)
{
    enum role role;
    const char *word = args_value(args, "role");
    bool recovery = args_flag(args, "recovery"), identity = args_value(args, "identity") != NULL;
    bool other = args_value(args, "new-passphrase-from") != NULL ||
                 args_value(args, "new-keyfile") != NULL || args_value(args, "argon2") != NULL;
    enum sv_status s = member_check_label(args_word(args, 1), err);
    if (s != SV_OK)
        return s;
    if (recovery + identity + other > 1)
        return sv_fail(err, SV_USAGE,
                       "a member has one way in: a passphrase with or without key file, --identity "
                       "or --recovery");
    if (recovery)
        return check_recovery(cli, args, err);
    if (args_value(args, "shares") != NULL || args_flag(args, "print"))
        return sv_fail(err, SV_USAGE, "--shares and --print go with --recovery");
    if (word == NULL || !role_parse(word, &role))
        return sv_fail(err, SV_USAGE,
                       "say what the member may do: --role admin (everything), reader (list and "
                       "get) or auditor (read the log)");
    return new_way_check(cli, args, err);
}

/* ---- an identity ---- */

static enum sv_status read_line_file(const char *path, struct blob *content, struct sv_err *err)
{
    struct identity_public unused;
    char shown[256];
    enum sv_status s = file_read_blob(path, LINE_FILE_MAX, content, err);
    if (s == SV_OK && identity_file_public(&unused, content->bytes, content->len, NULL) == SV_OK)
        return sv_fail(err, SV_DATA,
                       "%s holds the secret of an identity beside its public line: it stays with "
                       "its owner, and \"smtpvault member identity --show FILE\" prints the line "
                       "(to open the vault with it, give --identity before the command)",
                       session_show_path(shown, sizeof shown, path));
    return s;
}

static enum sv_status read_identity(const char *given, struct identity_public *out,
                                    struct sv_err *err)
{
    BLOB_OWNED struct blob content = {0};
    if (text_starts_with(given, LINE_PREFIX))
        return identity_parse(out, given, strlen(given), err);
    enum sv_status s = read_line_file(given, &content, err);
    if (s == SV_MISSING)
        return sv_fail(err, s,
                       "--identity is neither a public line (it begins with \"" LINE_PREFIX
                       "1 \") nor a file that is there");
    return s == SV_OK ? identity_parse(out, content.len > 0 ? (const char *)content.bytes : "",
                                       content.len, err)
                      : s;
}

static enum sv_status add(struct cli *cli, const struct args *args,
                          const struct slot_credentials *cred, const struct argon2_cost *cost,
                          struct sv_err *err)
{
    struct member_new who = {
        .label = args_word(args, 1), .role = ROLE_ADMIN, .cred = cred, .cost = cost};
    uint32_t number;
    if (args_value(args, "role") != NULL)
        (void)role_parse(args_value(args, "role"), &who.role);
    return vault_member_add(cli->vault, &who, &number, err);
}

static enum sv_status add_identity(struct cli *cli, const struct args *args, struct sv_err *err)
{
    struct identity_public identity;
    char line[IDENTITY_LINE_MAX + 1];
    enum sv_status s = read_identity(args_value(args, "identity"), &identity, err);
    if (s == SV_OK)
        s = member_session(cli, err);
    const struct slot_credentials cred = {.identity_pk = identity.pk};
    if (s == SV_OK)
        s = add(cli, args, &cred, NULL, err);
    if (s != SV_OK)
        return s;
    identity_line(line, &identity);
    print_note(cli, "%s (%s) opens the vault with this identity: %s",
               MEMBER_SHOWN(args_word(args, 1)), args_value(args, "role"), line);
    return SV_OK;
}

/* ---- a passphrase or key file ---- */

static enum sv_status add_way(struct cli *cli, const struct args *args, struct sv_err *err)
{
    NEW_WAY_OWNED struct new_way way = {0};
    const char *label = args_word(args, 1);
    enum sv_status s = member_session(cli, err);
    if (s == SV_OK)
        s = new_way_read(cli, args, MEMBER_SHOWN(label), &way, err);
    if (s != SV_OK)
        return s;
    const struct slot_credentials cred = new_way_credentials(&way);
    s = add(cli, args, &cred, way.has_cost ? &way.cost : NULL, err);
    if (s != SV_OK)
        return s;
    way.keep = true;
    if (way.made != NULL)
        print_note(cli, "made the key file; hand it over, and keep no copy");
    print_note(cli, "%s (%s) opens the vault with the new %s", MEMBER_SHOWN(label),
               args_value(args, "role"),
               way.passphrase == NULL ? "key file"
               : way.keyfile == NULL  ? "passphrase"
                                      : "passphrase and key file");
    return SV_OK;
}

/* ---- recovery shares ---- */

/* The slot first: shares that open nothing must not be in anybody's hands. */
static enum sv_status add_recovery(struct cli *cli, const struct args *args, struct sv_err *err)
{
    SECRET_OWNED struct secret *whole = NULL;
    struct share shares[SHAMIR_MAX] = {{0}};
    unsigned needed, count;
    enum sv_status s = shares_parse(args_value(args, "shares"), &needed, &count, err);
    if (s == SV_OK)
        s = member_session(cli, err);
    if (s == SV_OK)
        s = secret_new(&whole, SHARE_WHOLE_LEN, err);
    if (s != SV_OK)
        return s;
    secret_set_len(whole, SHARE_WHOLE_LEN);
    random_bytes(secret_poke(whole), SHARE_WHOLE_LEN);
    const struct slot_credentials cred = {.recovery = whole};
    s = share_split(shares, needed, count, whole, err);
    if (s == SV_OK)
        s = add(cli, args, &cred, NULL, err);
    if (s == SV_OK) {
        s = shares_show(cli, shares, args_flag(args, "print"), err);
        if (s != SV_OK)
            print_warning(cli,
                          "not all shares were shown: remove \"%s\" (smtpvault member remove) and "
                          "make new ones",
                          MEMBER_SHOWN(args_word(args, 1)));
    }
    for (unsigned i = 0; i < count; i++)
        share_clear(&shares[i]);
    if (s == SV_OK)
        print_note(cli,
                   "any %u of the %u shares open the vault (\"smtpvault unlock --recovery\"); give "
                   "each to another person, and try now that %u of them do (--check)",
                   needed, count, needed);
    return s;
}

enum sv_status member_add(struct cli *cli, const struct args *args, struct sv_err *err)
{
    if (args_flag(args, "recovery"))
        return add_recovery(cli, args, err);
    return args_value(args, "identity") != NULL ? add_identity(cli, args, err)
                                                : add_way(cli, args, err);
}
