/* SPDX-License-Identifier: ISC */
/* member: who may open the vault. The verbs are in member_*.c. */
#include <string.h>

#include "access/member.h"
#include "cli/session.h"

const char *member_way(enum slot_type type)
{
    static const char *const words[] = {[SLOT_PASSPHRASE] = "passphrase",
                                        [SLOT_KEYFILE] = "keyfile",
                                        [SLOT_PASSPHRASE_KEYFILE] = "passphrase+keyfile",
                                        [SLOT_IDENTITY] = "identity",
                                        [SLOT_RECOVERY] = "recovery"};
    return words[type];
}

enum sv_status member_session(struct cli *cli, struct sv_err *err)
{
    if (cli->in_shell)
        vault_lock(cli->vault);
    return session_ensure_own(cli, true, true, err);
}

static const struct option_spec options[] = {
    {"role", 0, "ROLE", COMPLETES_ROLE,
     "add: admin (everything), reader (fetches) or auditor (log)", false},
    {"identity", 0, "LINE|FILE", COMPLETES_FILE, "add: the member's public line, or a file with it",
     false},
    {"new-passphrase-from", 0, "SOURCE", COMPLETES_SOURCE,
     "add, identity: where the new passphrase comes from", false},
    {"new-keyfile", 0, "FILE", COMPLETES_FILE, "add: a key file; made when it does not exist",
     false},
    {"no-passphrase", 0, NULL, COMPLETES_NOTHING, "add: the key file alone opens the vault", false},
    {"argon2", 0, "COST", COMPLETES_NOTHING, "cost of the passphrase, t=3,m=262144,p=4", false},
    {"recovery", 0, NULL, COMPLETES_NOTHING, "add: shares of which some open the vault", false},
    {"shares", 0, "K/N", COMPLETES_NOTHING, "add --recovery: how many of how many (3/5)", false},
    {"print", 0, NULL, COMPLETES_NOTHING,
     "add --recovery: all shares to standard output, whatever that is", false},
    {"output", 'o', "FILE", COMPLETES_FILE, "identity: where its secret is kept", false},
    {"comment", 0, "TEXT", COMPLETES_NOTHING, "identity: who it is, in the public line", false},
    {"show", 0, "FILE", COMPLETES_FILE, "identity: print the public line of one that is there",
     false},
    {"change-passphrase", 0, "FILE", COMPLETES_FILE, "identity: give it another passphrase", false},
    {"yes", 'y', NULL, COMPLETES_NOTHING, "remove: do not ask", false},
    {0},
};
static const struct verb verbs[] = {
    {"list", 1, 1, "", NULL, member_list},
    {"add", 2, 2,
     " role identity recovery shares print new-keyfile no-passphrase new-passphrase-from argon2 ",
     member_add_check, member_add},
    {"remove", 2, 2, " yes ", member_remove_check, member_remove},
    {"identity", 1, 1, " new-passphrase-from argon2 output comment show change-passphrase ",
     member_identity_check, member_identity},
    {0},
};
static const char *const examples[] = {
    "smtpvault member identity --comment \"Anna <anna@example.com>\"",
    "smtpvault member add anna --role reader --identity anna.txt",
    "smtpvault member add recovery --recovery --shares 3/5",
    "smtpvault member remove anna",
    NULL,
};
const struct command cmd_member = {
    .name = "member",
    .group = "access",
    .args = "list | add LABEL | remove LABEL | identity",
    .summary = "say who may open the vault",
    .flags = CMD_EMITS_SECRET,
    .min_args = 1,
    .max_args = 2,
    .completes = COMPLETES_MEMBER,
    .completes_second = COMPLETES_NOTHING,
    .options = options,
    .examples = examples,
    .help = "An admin may do everything, a reader lists and gets and changes nothing, an auditor "
            "reads and verifies the log and sees no login. A member opens the vault with a "
            "passphrase or key file given here, or with an identity: \"member identity\" makes "
            "one on the member's machine and prints its public line, which is no secret and is "
            "all that an administrator needs. \"remove\" gives the vault new keys and lists what "
            "the leaver could read, the most urgent first.",
    .verbs = verbs,
    .verbs_usage =
        "member list, member add LABEL --role ROLE, member remove LABEL, member identity",
};
