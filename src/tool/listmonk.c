/* SPDX-License-Identifier: ISC */
/* The value of the key smtp in listmonk's table settings, an array of servers. */
#include "tool/layout.h"

const struct format format_listmonk = {
    .name = "listmonk",
    .title = "listmonk settings",
    .file = "settings, key smtp",
    .about = "listmonk keeps its servers in the database. With this in smtp.json, in psql: "
             "\\set smtp `cat smtp.json` and UPDATE settings SET value = :'smtp' WHERE key = "
             "'smtp'; then restart it. Or type it in on the page Settings, SMTP, where the "
             "test is, too. PUT /api/settings takes it as smtp, but wants all other settings "
             "beside it, and GET gives their passwords masked. Several logins are several "
             "servers, among which it spreads the mail. It has no setting for the server's "
             "authorities: a CA of one's own has to be among the system's.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .many = true,
    .between = ",\n",
    .quoting = &quoting_json,
    .layout = "  {\n"
              "    \"enabled\": true,\n"
              "    \"host\": $(host),\n"
              "    \"port\": $(port),\n"
              "?user ?login     \"auth_protocol\": \"login\",\n"
              "?user ?cram-md5     \"auth_protocol\": \"cram\",\n"
              "?user ?!login ?!cram-md5     \"auth_protocol\": \"plain\",\n"
              "?!user     \"auth_protocol\": \"none\",\n"
              "?user     \"username\": $(user),\n"
              "?user     \"password\": $(secret),\n"
              "?starttls     \"tls_type\": \"STARTTLS\",\n"
              "?implicit     \"tls_type\": \"TLS\",\n"
              "?none     \"tls_type\": \"none\",\n"
              "    \"tls_skip_verify\": false,\n"
              "    \"hello_hostname\": \"\",\n"
              "    \"max_conns\": 10,\n"
              "    \"max_msg_retries\": 2,\n"
              "    \"idle_timeout\": \"15s\",\n"
              "    \"wait_timeout\": \"5s\",\n"
              "    \"email_headers\": []\n"
              "  }" LAYOUT_JOIN,
    .begin = "[\n",
    .end = "\n]\n",
};
