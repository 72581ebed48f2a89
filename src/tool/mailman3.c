/* SPDX-License-Identifier: ISC */
/*
 * schema.cfg of Mailman 3. An INI file of Python, without interpolation: the value is the rest of
 * the line, but for the blanks at its ends.
 */
#include "tool/format.h"

const struct format format_mailman3 = {
    .name = "mailman3",
    .title = "Mailman 3 configuration",
    .file = "/etc/mailman3/mailman.cfg",
    .owner = "root:list",
    .mode = 0640,
    .about =
        "The lines belong into the section [mta] that is there. \"systemctl restart mailman3\" "
        "after it. It takes no file of authorities.",
    .tls = SAYS_ALL,
    .needs_user = true,
    .quoting = &quoting_utf8_bare,
    .layout = "[mta]\n"
              "smtp_host: $(host)\n"
              "smtp_port: $(port)\n"
              "smtp_user: $(user)\n"
              "smtp_pass: $(secret)\n"
              "?starttls smtp_secure_mode: starttls\n"
              "?implicit smtp_secure_mode: smtps\n"
              "?none smtp_secure_mode: smtp\n"
              "?!none smtp_verify_cert: yes\n"
              "?!none smtp_verify_hostname: yes\n",
};
