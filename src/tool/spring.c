/* SPDX-License-Identifier: ISC */
/*
 * JavaMail, by Spring Boot. Without starttls.required it sends in clear when STARTTLS is not
 * offered, and without checkserveridentity it takes any name in the certificate.
 */
#include "tool/format.h"

const struct format format_spring = {
    .name = "spring",
    .title = "Spring properties",
    .file = "src/main/resources/application.properties",
    .about = "${ is refused: Spring puts a property in for ${name}. A CA of one's own goes "
             "into Java's trust store. A file of its own beside the program, "
             "config/application.properties, is not packed with it.",
    .tls = SAYS_ALL,
    .quoting = &quoting_spring,
    .layout = "spring.mail.host=$(host)\n"
              "spring.mail.port=$(port)\n"
              "?implicit spring.mail.properties.mail.smtp.ssl.enable=true\n"
              "?starttls spring.mail.properties.mail.smtp.starttls.enable=true\n"
              "?starttls spring.mail.properties.mail.smtp.starttls.required=true\n"
              "?!none spring.mail.properties.mail.smtp.ssl.checkserveridentity=true\n"
              "?user spring.mail.properties.mail.smtp.auth=true\n"
              "?user ?mechanism spring.mail.properties.mail.smtp.auth.mechanisms=$(mechanism)\n"
              "?user spring.mail.username=$(user)\n"
              "?user spring.mail.password=$(secret)\n"
              "?from spring.mail.properties.mail.smtp.from=$(from)\n",
};
