/* SPDX-License-Identifier: ISC */
/* Tools whose files cannot ask a command: what goes in place of a change. */
#include "setup/tool.h"

const struct setup_tool setup_curl = {
    .name = "curl",
    .title = "curl",
    .program = "curl",
    .advice =
        "curl cannot ask a command for a password. Give it the login for one run: \"smtpvault "
        "export NAME --to curl --inline -o FILE\" writes one for curl -K, and \"smtpvault exec "
        "NAME "
        "-- COMMAND\" hands COMMAND the password on descriptor 3",
};
const struct setup_tool setup_emacs = {
    .name = "emacs",
    .title = "Emacs smtpmail",
    .program = "emacs",
    .advice =
        "Emacs reads passwords from ~/.authinfo, which cannot ask a command. Where auth-source "
        "asks pass or the Secret Service, that is a second store; where it has to be the file, "
        "let smtpmail send through msmtp: \"smtpvault setup msmtp\", then (setq "
        "send-mail-function 'sendmail-send-it sendmail-program \"msmtp\" "
        "message-sendmail-extra-arguments '(\"--read-envelope-from\"))",
};
const struct setup_tool setup_php = {
    .name = "php",
    .title = "PHP mail()",
    .program = "php",
    .advice = "PHP's mail() starts a program, and that one can ask: \"smtpvault setup msmtp\" as "
              "the user "
              "that PHP runs as, then in php.ini sendmail_path = \"/usr/bin/msmtp -t -a NAME\". A "
              "web server has no terminal: let it in with \"smtpvault grant add NAME --user USER\"",
};
const struct setup_tool setup_cron = {
    .name = "cron",
    .title = "cron jobs",
    .program = "crontab",
    .advice =
        "a crontab and the environment hold no secret that others cannot read. Let the job ask: "
        "\"smtpvault exec NAME -- COMMAND\" hands COMMAND the password on descriptor 3, and "
        "\"smtpvault grant add NAME\" lets a job in when nobody is there. For cron's own mail set "
        "up "
        "msmtp as the sendmail of the machine",
};
const struct setup_tool setup_exim = {
    .name = "exim4",
    .alias = "exim",
    .title = "Exim",
    .program = "exim4",
    .advice =
        "Debian's Exim reads passwords from /etc/exim4/passwd.client, and nothing there can ask. "
        "\"smtpvault export NAME --to exim4 --inline\" writes its line, and again after each "
        "rotation; "
        "Postfix asks the agent each time (smtpvault-agent(7))",
};
