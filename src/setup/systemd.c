/* SPDX-License-Identifier: ISC */
/*
 * A drop-in of a service. Of two credentials with one name systemd loads one, so a line that the
 * user has for that name is switched off, with those that it goes on in.
 */
#include <string.h>

#include "setup/tool.h"

#define KEY "LoadCredential"

static bool goes_on(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len > 0 && line[len - 1] == '\\';
}

/* "LoadCredential=NAME:PATH", blanks around the sign or not. */
static bool loads(const char *line, size_t len, const char *name)
{
    size_t at = 0, span = strlen(name);
    if (!setup_line_has_key(line, len, KEY))
        return false;
    while (at < len && line[at] != '=')
        at++;
    at += at < len;
    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    return len - at > span && memcmp(line + at, name, span) == 0 && line[at + span] == ':';
}

static bool clashes(struct setup_scan *scan, const char *line, size_t len)
{
    bool clash = scan->goes_on || loads(line, len, scan->name);
    scan->goes_on = clash && goes_on(line, len);
    return clash;
}

const struct setup_tool setup_systemd = {
    .name = "systemd",
    .title = "systemd",
    .program = "systemctl",
    .format = "systemd-credential",
    .unit = true,
    .many = true,
    .socket = "/run/smtpvault/credentials",
    .user_socket = "%t/smtpvault/credentials",
    .then =
        "next: \"systemctl daemon-reload\", \"systemctl enable --now "
        "smtpvault-credentials.socket\", and for the vault of the agent \"smtpvault grant add %q "
        "--unit %u\". From its next start on the service finds the password in the file %s of "
        "$CREDENTIALS_DIRECTORY (smtpvault-agent(7))",
    .then_user =
        "next: \"systemctl --user daemon-reload\", \"systemctl --user enable --now "
        "smtpvault-agent.socket smtpvault-credentials.socket\". From its next start on the "
        "service finds the password in the file %s of $CREDENTIALS_DIRECTORY "
        "(smtpvault-agent(7))",
    .clashes = clashes,
};
