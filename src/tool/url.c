/* SPDX-License-Identifier: ISC */
/*
 * An URL as mailers' libraries take it. Whether "smtp" means STARTTLS is nowhere agreed, so
 * that "tls" says it.
 */
#include "tool/layout.h"

const struct format format_url = {
    .name = "url",
    .title = "URL",
    .file = "login.url",
    .about = "tls= says which way is meant, as smtp alone does not: a reader that does not know "
             "it may leave STARTTLS to chance.",
    .tls = SAYS_ALL,
    .many = true,
    .quoting = &quoting_url,
    .layout = "?implicit smtps://" LAYOUT_JOIN "?!implicit smtp://" LAYOUT_JOIN
              "?user $(user):$(secret)@" LAYOUT_JOIN "$(urlhost raw):$(port)?tls=" LAYOUT_JOIN
              "?starttls starttls\n"
              "?implicit implicit\n"
              "?none none\n",
};
