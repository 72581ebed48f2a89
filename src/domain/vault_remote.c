/* SPDX-License-Identifier: ISC */
#include "domain/vault_remote.h"

#include "base/alloc.h"
#include "domain/vault_impl.h"

enum sv_status vault_far(struct vault **out, const struct vault_remote *ops, void *far,
                         struct sv_err *err)
{
    struct vault *v = sv_alloc(sizeof *v);

    if (!v)
        return sv_fail_nomem(err);
    v->remote = ops;
    v->far = far;
    *out = v;
    return SV_OK;
}

bool vault_is_far(const struct vault *v)
{
    return v->remote != NULL;
}
