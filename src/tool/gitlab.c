/* SPDX-License-Identifier: ISC */
/* The package renders these into Ruby again, with inspect: every string is safe. */
#include "tool/format.h"

const struct format format_gitlab = {
    .name = "gitlab",
    .title = "GitLab settings",
    .file = "/etc/gitlab/gitlab.rb",
    .owner = "root:root",
    .about = "After a change: gitlab-ctl reconfigure. It takes STARTTLS where the server "
             "offers it and cannot be held to it: where the server has port 465, take that. "
             "Its manual advises against quotes in the password; what keeps the password out "
             "of this file is gitlab-rake gitlab:smtp:secret:edit.",
    .tls = SAYS_ALL,
    .auth = SAYS_AUTH(AUTH_PLAIN) | SAYS_AUTH(AUTH_LOGIN) | SAYS_AUTH(AUTH_CRAM_MD5),
    .quoting = &quoting_ruby,
    .layout = "gitlab_rails['smtp_enable'] = true\n"
              "gitlab_rails['smtp_address'] = $(host)\n"
              "gitlab_rails['smtp_port'] = $(port)\n"
              "?user gitlab_rails['smtp_user_name'] = $(user)\n"
              "?user gitlab_rails['smtp_password'] = $(secret)\n"
              "?domain gitlab_rails['smtp_domain'] = $(domain)\n"
              "?user ?login gitlab_rails['smtp_authentication'] = 'login'\n"
              "?user ?cram-md5 gitlab_rails['smtp_authentication'] = 'cram_md5'\n"
              "?user ?!login ?!cram-md5 gitlab_rails['smtp_authentication'] = 'plain'\n"
              "?starttls gitlab_rails['smtp_enable_starttls_auto'] = true\n"
              "?!starttls gitlab_rails['smtp_enable_starttls_auto'] = false\n"
              "?implicit gitlab_rails['smtp_tls'] = true\n"
              "?!implicit gitlab_rails['smtp_tls'] = false\n"
              "?!none gitlab_rails['smtp_openssl_verify_mode'] = 'peer'\n"
              "?ca gitlab_rails['smtp_ca_file'] = $(ca)\n"
              "?from gitlab_rails['gitlab_email_from'] = $(from)\n",
};
