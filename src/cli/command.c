/* SPDX-License-Identifier: ISC */
#include "cli/command.h"

#include <string.h>

#include "base/text.h"

#define COMMAND(symbol, aliases) extern const struct command symbol;
#include "cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(symbol, aliases) &symbol,
#include "cli/commands.def"
#undef COMMAND
};

static const char *const alias_rows[] = {
#define COMMAND(symbol, aliases) aliases,
#include "cli/commands.def"
#undef COMMAND
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))
const size_t command_count = COMMAND_COUNT;

const char *const command_groups[] = {"vault", "profiles", "use",    "mail", "rotation",
                                      "audit", "access",   "people", NULL};

/* Word lists of a kind of completion. The first letters of enum names would be
 * another list, so they are written where the enum's parser has them as words. */
static const char *const tls_words[] = {"starttls", "implicit", "none", NULL};
static const char *const auth_words[] = {"auto",          "plain",   "login",       "cram-md5",
                                         "scram-sha-256", "xoauth2", "oauthbearer", NULL};
static const char *const kind_words[] = {"password", "app-password", "api-key",
                                         "oauth2",   "iam-secret",   NULL};
static const char *const source_words[] = {
    "tty", "stdin", "fd:", "file:", "cmd:", "cred:", "pinentry", NULL};
static const char *const shell_words[] = {"bash", "zsh", "fish", NULL};
static const char *const alphabet_words[] = {"portable", "alnum", "symbols", NULL};
static const char *const result_words[] = {"ok", "denied", "failed", NULL};
static const char *const via_words[] = {"passphrase", "keyfile",  "agent", "token",
                                        "identity",   "recovery", NULL};
static const char *const color_words[] = {"auto", "always", "never", NULL};
static const char *const policy_words[] = {"set", "show", "list", "remove", NULL};
static const char *const on_reject_words[] = {"alarm", "rollback", NULL};
static const char *const due_words[] = {"ics", "prometheus", "nagios", NULL};
static const char *const remind_words[] = {"mail", "notify", "stdout", "file:", NULL};
static const char *const yes_no_words[] = {"yes", "no", NULL};
static const char *const grant_words[] = {"list", "add", "remove", "learn", NULL};
static const char *const member_words[] = {"list", "add", "remove", "identity", NULL};
static const char *const token_words[] = {"list", "add", "remove", NULL};
static const char *const role_words[] = {"admin", "reader", "auditor", NULL};
/* Those of scripts/rotators.d. */
static const char *const rotator_words[] = {
    "amazon-ses", "dovecot-passwd-file", "sql-sqlite", "ssh-command", "template", NULL};
static const char *const audit_words[] = {"list", "verify", "checkpoint", "resume", NULL};
static const char *const operation_words[] = {
#define OP(name, number, word) word,
#include "audit/ops.def"
#undef OP
    NULL};
static const char *const field_words[] = {"password", FIELD_IAM_SECRET, FIELD_XOAUTH2,
#define FIELD(member, tag, key, type, limit, flags, value, label, help) key,
#include "domain/fields.def"
#undef FIELD
                                          NULL};

const char *const *completes_words(enum completes kind)
{
    switch (kind) {
    case COMPLETES_FIELD:
        return field_words;
    case COMPLETES_TLS:
        return tls_words;
    case COMPLETES_AUTH:
        return auth_words;
    case COMPLETES_KIND:
        return kind_words;
    case COMPLETES_SOURCE:
        return source_words;
    case COMPLETES_SHELL:
        return shell_words;
    case COMPLETES_ALPHABET:
        return alphabet_words;
    case COMPLETES_OPERATION:
        return operation_words;
    case COMPLETES_RESULT:
        return result_words;
    case COMPLETES_VIA:
        return via_words;
    case COMPLETES_COLOR:
        return color_words;
    case COMPLETES_POLICY:
        return policy_words;
    case COMPLETES_ON_REJECT:
        return on_reject_words;
    case COMPLETES_REMIND:
        return remind_words;
    case COMPLETES_YES_NO:
        return yes_no_words;
    case COMPLETES_DUE:
        return due_words;
    case COMPLETES_GRANT:
        return grant_words;
    case COMPLETES_MEMBER:
        return member_words;
    case COMPLETES_TOKEN:
        return token_words;
    case COMPLETES_ROLE:
        return role_words;
    case COMPLETES_AUDIT:
        return audit_words;
    case COMPLETES_ROTATOR:
        return rotator_words;
    default:
        return NULL;
    }
}

static bool has_word(const char *list, const char *word)
{
    size_t len = strlen(word);
    while (*list != '\0') {
        size_t span = strcspn(list, " ");
        if (span == len && span > 0 && memcmp(list, word, span) == 0)
            return true;
        list += span + (list[span] == ' ');
    }
    return false;
}

const struct command *command_find(const char *word)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i]->name, word) == 0 || has_word(alias_rows[i], word))
            return commands[i];
    }
    return NULL;
}

const char *command_aliases(const struct command *c)
{
    for (size_t i = 0; i < command_count; i++) {
        if (commands[i] == c)
            return alias_rows[i];
    }
    return "";
}

enum sv_status command_unknown(const char *word, struct sv_err *err)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < command_count; i++)
        names[i] = commands[i]->name;
    char shown[64];
    text_printable(shown, sizeof shown, word, strlen(word));
    const char *nearest = text_nearest(word, names, command_count);
    if (nearest != NULL)
        return sv_fail(err, SV_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", shown,
                       nearest);
    return sv_fail(err, SV_USAGE, "unknown command \"%s\"; \"smtpvault help\" lists them all",
                   shown);
}
