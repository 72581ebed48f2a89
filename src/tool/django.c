/* SPDX-License-Identifier: ISC */
/*
 * Django's settings are a Python module. EMAIL_USE_TLS is STARTTLS, EMAIL_USE_SSL implicit
 * TLS, and both at once are an error (django.core.mail.backends.smtp). smtplib knows no
 * mechanism by name, so that the profile's is not said.
 */
#include "tool/format.h"

const struct format format_django = {
    .name = "django",
    .title = "Django settings",
    .file = "settings.py",
    .about = "Python's smtplib logs in with ASCII alone; other letters are refused. "
             "It has no setting for the server's authorities: a CA of one's own has to be among "
             "the system's.",
    .tls = SAYS_ALL,
    .quoting = &quoting_python,
    .layout = "EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend'\n"
              "EMAIL_HOST = $(host)\n"
              "EMAIL_PORT = $(port)\n"
              "?starttls EMAIL_USE_TLS = True\n"
              "?implicit EMAIL_USE_SSL = True\n"
              "?user EMAIL_HOST_USER = $(user python-ascii)\n"
              "EMAIL_HOST_PASSWORD = $(secret python-ascii)\n"
              "?from DEFAULT_FROM_EMAIL = $(from)\n",
};
