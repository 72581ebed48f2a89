/* SPDX-License-Identifier: ISC */
/*
 * git's configuration: the last value of a key holds, so that a block at the end wins without
 * a change to what is before it. Only keys that the block does not set, and that would send
 * another way or another password, are switched off.
 */
#include <string.h>

#include "setup/tool.h"

static bool is_header(const char *line, size_t len)
{
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    return len > 0 && *line == '[';
}

static bool goes_on(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len > 0 && line[len - 1] == '\\';
}

static bool clashes(struct setup_scan *scan, const char *line, size_t len)
{
    static const char *const keys[] = {"smtpPass",    "smtpAuth",         "smtpSSL",
                                       "sendmailCmd", "smtpServerOption", "smtpSSLCertPath"};
    bool clash = scan->goes_on;
    if (!clash && is_header(line, len))
        scan->inside = setup_line_is_section(line, len, "sendemail");
    for (size_t i = 0; scan->inside && i < sizeof keys / sizeof keys[0]; i++)
        clash = clash || setup_line_has_key(line, len, keys[i]);
    scan->goes_on = clash && goes_on(line, len);
    return clash;
}

/* `git config sendemail.to x` writes into the last section of that name, which is ours. */
static bool foreign(const char *line, size_t len)
{
    static const char *const ours[] = {"smtpServer", "smtpServerPort", "smtpEncryption",
                                       "smtpUser",   "smtpAuth",       "smtpSSLCertPath",
                                       "from",       "helper"};
    if (len < 2 || (line[0] != '\t' && line[0] != ' '))
        return false;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (setup_line_has_key(line, len, ours[i]))
            return false;
    }
    return true;
}

/* The block of another login has the section without a name; ours gets one of its own. */
static bool has_default(const char *text, size_t len)
{
    static const char begin[] = "# smtpvault: begin ";
    bool block = false;
    for (size_t at = 0, span; at < len; at += span) {
        span = edit_line_len(text + at, len - at);
        if (span > strlen(begin) && memcmp(text + at, begin, strlen(begin)) == 0)
            block = true;
        else if (block && setup_line_is_section(text + at, span, "sendemail"))
            return true;
    }
    return false;
}

static const char *const files[] = {"~/.gitconfig", "$XDG_CONFIG_HOME/git/config", NULL};
const struct setup_tool setup_git = {
    .name = "git-send-email",
    .alias = "git",
    .title = "git send-email",
    .program = "git",
    .files = files,
    .format = "git",
    .many = true,
    .then = "send with: git send-email --to=ADDRESS -1",
    .then_beside = "send with: git send-email --identity=%q --to=ADDRESS -1",
    .clashes = clashes,
    .foreign = foreign,
    .has_default = has_default,
};
