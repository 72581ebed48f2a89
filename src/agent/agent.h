/* SPDX-License-Identifier: ISC */
/* agent: what the files of this floor share of a running agent. Only they include it. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <sys/stat.h>

#include "agent/confirm.h"
#include "agent/fetch.h"
#include "agent/life.h"
#include "agent/peer.h"
#include "agent/renew.h"
#include "domain/vault.h"

struct agent {
    struct vault *vault; /* borrowed, unlocked */
    const char *path;    /* of the vault */
    const char *version; /* of this program */
    uint64_t which;      /* wire_place_hash of its real path */
    dev_t device;        /* of the file that was opened */
    ino_t inode;
    uid_t uid;   /* its own */
    bool others; /* other users are served too */
    const char *const *aliases;
    size_t alias_count;
    struct life life;
    struct secret *in, *out; /* one frame each */
    struct fetch_batch batch;
    struct lookups *lookups;
    struct confirming confirming;
    struct renewing renewing;
    uint64_t released, refused;
    const char *ending; /* why it ends, or NULL: it goes on */
};

#endif
