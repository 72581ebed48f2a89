/* SPDX-License-Identifier: ISC */
/*
 * prison: what smtpvault-net can still reach if a server, or a name server, has taken it
 * over. It is entered in two steps, each for good.
 *
 *   prison_enter()  before anything foreign is read. Files: only those that name lookup
 *                   and certificates need, and for reading (Landlock). No program is
 *                   started, no process made, no socket of this machine (the agent's!)
 *                   opened, nothing listened on; TCP goes to the ports of the request and
 *                   to a name server's (from Linux 6.7 on).
 *   prison_close()  when the session with the server stands and before the secret is
 *                   there. No file is opened any more and no connection made, and no
 *                   process is signalled. What was connected before stays connected: the
 *                   secret can reach that server, the caller, and whatever a helper that
 *                   was taken over earlier has connected itself to by then, within the
 *                   ports of prison_enter(). One that is taken over after it reaches that
 *                   server and the caller alone.
 *
 * Names of ".local" that only Avahi knows, and caches of names behind a socket, are not
 * asked: name lookup falls back to the files and the name servers.
 *
 * What the kernel or the processor lacks for it is left out, and prison_lacks() says so.
 */
#ifndef SMTP_PRISON_H
#define SMTP_PRISON_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct prison_needs {
    const char *ca_file;   /* NULL or "": the system's authorities alone */
    const uint16_t *ports; /* that TCP may go to */
    size_t port_count;     /* 0: any */
};

enum sv_status prison_enter(const struct prison_needs *needs, struct sv_err *err) SV_MUST_USE;
enum sv_status prison_close(struct sv_err *err) SV_MUST_USE;

/* Instead of both, for one who waits to be asked: connections are taken on sockets that
 * listen already; no file is opened and nobody else reached. */
enum sv_status prison_listen(struct sv_err *err) SV_MUST_USE;

/* One sentence for people; "" when nothing is missing. */
const char *prison_lacks(void);

#endif
