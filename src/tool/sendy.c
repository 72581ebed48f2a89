/* SPDX-License-Identifier: ISC */
/*
 * Sendy keeps a brand's server in its MySQL table `apps`, in columns of 100 characters; MySQL
 * may cut what is longer.
 */
#include "tool/layout.h"

#define TARGET "Sendy"
#define COLUMN_MOST 100

static const struct format statement = {
    .name = "sendy",
    .quoting = &quoting_sql,
    .layout = "UPDATE apps SET\n"
              "  smtp_host = $(host),\n"
              "  smtp_port = '$(port)',\n"
              "?starttls   smtp_ssl = 'tls',\n"
              "?implicit   smtp_ssl = 'ssl',\n"
              "  smtp_username = $(user),\n"
              "  smtp_password = $(secret)\n"
              "WHERE app_name = $(name);\n",
};

static enum sv_status write(struct sink *out, const struct format_input *in, struct sv_err *err)
{
    const struct profile *p = in->profile;
    enum sv_status st;

    if ((st = escape_refuse_long(TARGET, value_text("host", p->host), COLUMN_MOST, err)) != SV_OK ||
        (st = escape_refuse_long(TARGET, value_text("user name", p->username), COLUMN_MOST, err)) !=
            SV_OK ||
        (st = escape_refuse_long(TARGET, value_secret(in->secret), COLUMN_MOST, err)) != SV_OK) {
        return st;
    }
    return layout_write(out, &statement, in, err);
}

const struct format format_sendy = {
    .name = "sendy",
    .title = "Sendy brand",
    .file = "table apps of Sendy's database",
    .about = "Sendy keeps the server of a brand in its database: type it in on the page "
             "Brand settings, or put your brand's name behind app_name and give the statement "
             "to mysql. Keys of Amazon SES that are set in Sendy's own settings are used "
             "instead of any server. It has no setting for the server's authorities: a CA of "
             "one's own has to be among the system's.",
    .tls = SAYS_TLS,
    .needs_user = true,
    .write = write,
};
