/* SPDX-License-Identifier: ISC */
/*
 * What createTransport() takes, as JSON, which is JavaScript as well. Without requireTLS it
 * would send in clear when STARTTLS is not offered.
 */
#include "tool/format.h"

const struct format format_nodemailer = {
    .name = "nodemailer",
    .title = "nodemailer transport",
    .file = "mailer.json",
    .about = "nodemailer.createTransport(require(\"./mailer.json\")). A CA of one's own is "
             "the text of its file in tls.ca, or the file in the environment variable "
             "NODE_EXTRA_CA_CERTS.",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_json,
    .layout = "{\n"
              "?user ?!oauth   \"auth\": {\"user\": $(user), \"pass\": $(secret)},\n"
              "?user ?oauth   \"auth\": {\"type\": \"OAuth2\", \"user\": $(user), \"accessToken\": "
              "$(secret)},\n"
              "?user ?!oauth ?mechanism   \"authMethod\": $(mechanism),\n"
              "  \"host\": $(host),\n"
              "  \"port\": $(port),\n"
              "?starttls   \"requireTLS\": true,\n"
              "?none   \"ignoreTLS\": true,\n"
              "?implicit   \"secure\": true\n"
              "?!implicit   \"secure\": false\n"
              "}\n",
};
