/* SPDX-License-Identifier: ISC */
/*
 * main.cf: the last line of a parameter holds, but Postfix warns of each that is there twice,
 * so the earlier ones are switched off. A line that begins with a blank goes on with the one
 * before it, comments and empty lines between them or not.
 */
#include <string.h>

#include "setup/tool.h"

static bool clashes(struct setup_scan *scan, const char *line, size_t len)
{
    static const char *const keys[] = {"relayhost",
                                       "smtp_sasl_auth_enable",
                                       "smtp_sasl_password_maps",
                                       "smtp_sasl_security_options",
                                       "smtp_sasl_tls_security_options",
                                       "smtp_sasl_mechanism_filter",
                                       "smtp_tls_security_level",
                                       "smtp_tls_wrappermode",
                                       "smtp_tls_CAfile",
                                       "smtp_use_tls",
                                       "smtp_enforce_tls"};
    size_t at = 0;
    while (at < len && strchr(" \t\r\n", line[at]) != NULL)
        at++;
    if (at == len || line[at] == '#')
        return false;
    if (at > 0)
        return scan->goes_on;
    scan->goes_on = false;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        scan->goes_on = scan->goes_on || setup_line_has_key(line, len, keys[i]);
    return scan->goes_on;
}

static const char *const files[] = {"/etc/postfix/main.cf", NULL};
const struct setup_tool setup_postfix = {
    .name = "postfix",
    .title = "Postfix",
    .program = "postfix",
    .files = files,
    .format = "postfix-main",
    .root = true,
    .socket = "/run/smtpvault/socketmap",
    .copy = "smtp_sasl_password_maps = texthash:",
    .then =
        "next: \"systemctl enable --now smtpvault-socketmap.socket\", for the vault of the agent "
        "\"smtpvault grant add %q --unit postfix@-.service\", and \"postfix reload\" "
        "(smtpvault-agent(7)). Where no agent runs as a service, --copy FILE is the other way",
    .then_copy =
        "next: \"smtpvault export %q --to postfix --inline -o %c\" and \"postfix reload\"; "
        "after each change of the password \"smtpvault export --refresh %q\" and \"postfix "
        "reload\"",
    .clashes = clashes,
};
