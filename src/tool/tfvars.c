/* SPDX-License-Identifier: ISC */
/* Terraform and OpenTofu read *.auto.tfvars by themselves. */
#include "tool/format.h"

const struct format format_tfvars = {
    .name = "tfvars",
    .title = "Terraform variables",
    .file = "smtp.auto.tfvars",
    .about = "Declare smtp_password as sensitive; Terraform's state holds it in clear all "
             "the same. Keep the file out of the repository, or give the password in the "
             "environment variable TF_VAR_smtp_password.",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_hcl,
    .layout = "smtp_host = $(urlhost)\n"
              "smtp_port = $(port)\n"
              "?starttls smtp_tls = \"starttls\"\n"
              "?implicit smtp_tls = \"implicit\"\n"
              "?none smtp_tls = \"none\"\n"
              "?ca smtp_ca_file = $(ca)\n"
              "?user smtp_username = $(user)\n"
              "?from smtp_from = $(from)\n"
              "?user smtp_password = $(secret)\n",
};
