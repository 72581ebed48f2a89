/* SPDX-License-Identifier: ISC */
/*
 * The column mailer_settings of Mailtrain's table send_configurations. TLS is implicit; STARTTLS
 * is taken when it is offered.
 */
#include "tool/format.h"

const struct format format_mailtrain = {
    .name = "mailtrain",
    .title = "Mailtrain send configuration",
    .file = "send_configurations, mailer_settings",
    .about = "For Mailtrain 2, which keeps it in the database: type it in on the page Send "
             "Configurations, mailer type Generic SMTP, where the fields have these names; "
             "or set the column mailer_settings of your row in send_configurations to this "
             "text, and restart it. It takes STARTTLS where the server offers it and cannot "
             "be held to it: where the server has port 465, take that. A CA of one's own "
             "goes into the environment variable NODE_EXTRA_CA_CERTS.",
    .tls = SAYS_ALL,
    .quoting = &quoting_json,
    .layout = "{\n"
              "  \"hostname\": $(host),\n"
              "  \"port\": $(port),\n"
              "?starttls   \"encryption\": \"STARTTLS\",\n"
              "?implicit   \"encryption\": \"TLS\",\n"
              "?none   \"encryption\": \"NONE\",\n"
              "?user   \"useAuth\": true,\n"
              "?user   \"user\": $(user),\n"
              "?user   \"password\": $(secret),\n"
              "?!user   \"useAuth\": false,\n"
              "  \"allowSelfSigned\": false,\n"
              "  \"maxConnections\": 5,\n"
              "  \"maxMessages\": 100,\n"
              "  \"throttling\": 0,\n"
              "  \"logTransactions\": false\n"
              "}\n",
};
