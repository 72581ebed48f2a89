/* SPDX-License-Identifier: ISC */
/* The URL for createTransport(), in a variable. */
#include "tool/layout.h"

const struct format format_nodemailer_url = {
    .name = "nodemailer-url",
    .title = "nodemailer URL",
    .file = ".env",
    .about = "nodemailer.createTransport(process.env.SMTP_URL). A CA of one's own goes into "
             "the environment variable NODE_EXTRA_CA_CERTS.",
    .tls = SAYS_ALL,
    .quoting = &quoting_utf8_url,
    .layout = "?implicit SMTP_URL=smtps://" LAYOUT_JOIN "?!implicit SMTP_URL=smtp://" LAYOUT_JOIN
              "?user $(user):$(secret)@" LAYOUT_JOIN "$(urlhost raw):" LAYOUT_JOIN
              "?starttls $(port)/?requireTLS=true\n"
              "?implicit $(port)/\n"
              "?none $(port)/?ignoreTLS=true\n",
};
