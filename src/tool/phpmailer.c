/* SPDX-License-Identifier: ISC */
/* SMTPSecure "tls" is STARTTLS or fail; without it SMTPAutoTLS would take what is offered. */
#include "tool/format.h"

const struct format format_phpmailer = {
    .name = "phpmailer",
    .title = "PHPMailer",
    .file = "mailer.php",
    .about = "Include it where $mail is a PHPMailer.",
    .tls = SAYS_ALL,
    .quoting = &quoting_php,
    .layout = "<?php\n"
              "$mail->isSMTP();\n"
              "$mail->Host = $(host);\n"
              "$mail->Port = $(port);\n"
              "?starttls $mail->SMTPSecure = 'tls';\n"
              "?implicit $mail->SMTPSecure = 'ssl';\n"
              "?none $mail->SMTPSecure = '';\n"
              "?none $mail->SMTPAutoTLS = false;\n"
              "?ca $mail->SMTPOptions = ['ssl' => ['cafile' => $(ca)]];\n"
              "?user $mail->SMTPAuth = true;\n"
              "?user ?mechanism $mail->AuthType = $(mechanism);\n"
              "?user $mail->Username = $(user);\n"
              "?user $mail->Password = $(secret);\n"
              "?from $mail->setFrom($(from));\n",
};
