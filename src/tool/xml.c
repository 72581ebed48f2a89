/* SPDX-License-Identifier: ISC */
#include "tool/format.h"

const struct format format_xml = {
    .name = "xml",
    .title = "XML",
    .file = "smtp.xml",
    .about = "Control characters are refused: XML 1.0 has none but tab and line ends.",
    .tls = SAYS_ALL,
    .oauth = true,
    .quoting = &quoting_xml,
    .layout = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<smtp>\n"
              "  <host>$(host)</host>\n"
              "  <port>$(port)</port>\n"
              "?starttls   <tls>starttls</tls>\n"
              "?implicit   <tls>implicit</tls>\n"
              "?none   <tls>none</tls>\n"
              "?ca   <ca-file>$(ca)</ca-file>\n"
              "?user   <username>$(user)</username>\n"
              "?user   <password>$(secret)</password>\n"
              "?from   <from>$(from)</from>\n"
              "</smtp>\n",
};
