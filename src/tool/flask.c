/* SPDX-License-Identifier: ISC */
/*
 * Flask-Mail reads these from the application's config: a Python file, for from_pyfile() or
 * from_object(). MAIL_USE_TLS is STARTTLS, MAIL_USE_SSL implicit TLS.
 */
#include "tool/format.h"

const struct format format_flask = {
    .name = "flask",
    .title = "Flask-Mail settings",
    .file = "config.py",
    .about = "Python's smtplib logs in with ASCII alone; other letters are refused. "
             "Read it with app.config.from_pyfile(). It has no setting for the server's "
             "authorities: a CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_python,
    .layout = "MAIL_SERVER = $(host)\n"
              "MAIL_PORT = $(port)\n"
              "?starttls MAIL_USE_TLS = True\n"
              "?implicit MAIL_USE_SSL = True\n"
              "?user MAIL_USERNAME = $(user python-ascii)\n"
              "?user MAIL_PASSWORD = $(secret python-ascii)\n"
              "?from MAIL_DEFAULT_SENDER = $(from)\n",
};
