/* SPDX-License-Identifier: ISC */
/* nodemailer's transport, in Ghost's settings. */
#include "tool/format.h"

const struct format format_ghost = {
    .name = "ghost",
    .title = "Ghost settings",
    .file = "config.production.json",
    .about = "\"mail\" goes into the file that is there; then ghost restart. This is for its "
             "own mail; newsletters leave by Mailgun. A CA of one's own goes into the "
             "environment variable NODE_EXTRA_CA_CERTS.",
    .tls = SAYS_ALL,
    .quoting = &quoting_json,
    .layout = "{\n"
              "  \"mail\": {\n"
              "    \"transport\": \"SMTP\",\n"
              "?from     \"from\": $(from),\n"
              "    \"options\": {\n"
              "?user       \"auth\": {\"user\": $(user), \"pass\": $(secret)},\n"
              "      \"host\": $(host),\n"
              "      \"port\": $(port),\n"
              "?starttls       \"requireTLS\": true,\n"
              "?none       \"ignoreTLS\": true,\n"
              "?implicit       \"secure\": true\n"
              "?!implicit       \"secure\": false\n"
              "    }\n"
              "  }\n"
              "}\n",
};
