/* SPDX-License-Identifier: ISC */
/* A Secret whose keys are names of variables, for envFrom. base64 says every byte. */
#include "tool/format.h"

const struct format format_kubernetes = {
    .name = "kubernetes",
    .title = "Kubernetes Secret",
    .file = "smtp-secret.yaml",
    .about = "smtpvault export NAME --to kubernetes --inline | kubectl apply -f -. base64 "
             "hides nothing: the file is as secret as the password.",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_yaml,
    .layout = "apiVersion: v1\n"
              "kind: Secret\n"
              "metadata:\n"
              "  name: smtp\n"
              "type: Opaque\n"
              "stringData:\n"
              "  SMTP_HOST: $(urlhost)\n"
              "  SMTP_PORT: \"$(port)\"\n"
              "?starttls   SMTP_TLS: \"starttls\"\n"
              "?implicit   SMTP_TLS: \"implicit\"\n"
              "?none   SMTP_TLS: \"none\"\n"
              "?user   SMTP_USERNAME: $(user)\n"
              "?from   SMTP_FROM: $(from)\n"
              "data:\n"
              "  SMTP_PASSWORD: $(secret base64)\n",
};
