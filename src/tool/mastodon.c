/* SPDX-License-Identifier: ISC */
/* Read by systemd, by docker compose and by dotenv: what all of them agree on. */
#include "tool/format.h"

const struct format format_mastodon = {
    .name = "mastodon",
    .title = "Mastodon settings",
    .file = ".env.production",
    .owner = "mastodon:mastodon",
    .about = "After a change restart mastodon-web and mastodon-sidekiq. For mail in bulk "
             "there is a second set, BULK_SMTP_ before each name.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .quoting = &quoting_dotenv,
    .layout = "SMTP_SERVER=$(host)\n"
              "SMTP_PORT=$(port)\n"
              "?user SMTP_LOGIN=$(user)\n"
              "?user SMTP_PASSWORD=$(secret)\n"
              "?from SMTP_FROM_ADDRESS=$(from)\n"
              "?!user SMTP_AUTH_METHOD=none\n"
              "?user ?login SMTP_AUTH_METHOD=login\n"
              "?user ?cram-md5 SMTP_AUTH_METHOD=cram_md5\n"
              "?user ?!login ?!cram-md5 SMTP_AUTH_METHOD=plain\n"
              "?starttls SMTP_ENABLE_STARTTLS=always\n"
              "?!starttls SMTP_ENABLE_STARTTLS=never\n"
              "?implicit SMTP_TLS=true\n"
              "?!none SMTP_OPENSSL_VERIFY_MODE=peer\n"
              "?ca SMTP_CA_FILE=$(ca)\n",
};
