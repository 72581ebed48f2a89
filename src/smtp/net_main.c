/* SPDX-License-Identifier: ISC */
/*
 * smtpvault-net: the only program of smtpvault that touches the network. It takes one
 * request on descriptor 3, serves it and ends. It has no arguments, opens no vault and
 * knows no key.
 */
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "smtp/net_confine.h"
#include "smtp/net_curl.h"
#include "smtp/net_discover.h"
#include "smtp/net_https.h"
#include "smtp/net_link.h"
#include "smtp/net_login.h"
#include "smtp/net_ports.h"
#include "smtp/net_redirect.h"

/* What it can be asked for. A service takes the request's frame, enters the prison as soon
 * as it knows what it needs, and gives its answer over the link. */
static const struct service {
    enum wire_kind kind;
    enum sv_status (*serve)(const struct secret *request, struct sv_err *err);
} services[] = {
    {WIRE_LOGIN, net_login_serve},       {WIRE_HTTPS, net_https_serve},
    {WIRE_PORTS, net_ports_serve},       {WIRE_REDIRECT, net_redirect_serve},
    {WIRE_DISCOVER, net_discover_serve},
};

static enum sv_status serve(struct sv_err *err)
{
    SECRET_OWNED struct secret *request = NULL;
    enum sv_status status = net_confine(err);
    if (status == SV_OK && !net_curl_start())
        status = sv_fail(err, SV_INTERNAL, "smtpvault-net cannot start libcurl");
    if (status == SV_OK)
        status = net_link_read(&request, err);
    if (status != SV_OK)
        return status;
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* libcurl's IDNA reads the host by it */
    enum wire_kind kind = wire_frame_kind(secret_peek(request));
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        if (services[i].kind == kind)
            return services[i].serve(request, err);
    return sv_fail(err, SV_DATA, "smtpvault-net was asked for something that is no request");
}

int main(void)
{
    struct sv_err err = {0};
    enum sv_status status = serve(&err);
    if (status != SV_OK) {
        (void)file_write_all(STDERR_FILENO, err.text, strlen(err.text));
        (void)file_write_all(STDERR_FILENO, "\n", 1);
    }
    return (int)status;
}
