/* SPDX-License-Identifier: ISC */
/*
 * vault_remote: a vault whose keys are in another process (the agent). The functions
 * of vault.h that are named here ask that process; everything else says that it needs
 * the vault's own keys (SV_LOCKED), which no process hands out.
 */
#ifndef DOMAIN_VAULT_REMOTE_H
#define DOMAIN_VAULT_REMOTE_H

#include "domain/posture.h"
#include "domain/vault.h"
#include "domain/vault_copies.h"
#include "domain/vault_members.h"
#include "domain/vault_policy.h"
#include "domain/vault_rotate.h"
#include "domain/vault_token.h"

/* Each as the function of vault.h whose name it has; far: what vault_far was given. */
struct vault_remote {
    enum sv_status (*find)(void *far, const char *name, struct profile *out, struct sv_err *err);
    enum sv_status (*list)(void *far, bool used, struct profile_list *list, struct sv_err *err);
    enum sv_status (*history)(void *far, const char *name, struct profile_list *list,
                              struct sv_err *err);
    enum sv_status (*reveal)(void *far, const char *name, const struct reveal *why,
                             struct profile *profile_out, struct secret **secret_out,
                             struct sv_err *err);
    /* claimed, same: of vault_outcome_claim, else NULL. */
    enum sv_status (*record)(void *far, struct audit_event *event, enum outcome outcome,
                             const struct secret *claimed, bool *same, struct sv_err *err);
    enum sv_status (*add)(void *far, struct profile *p, const struct secret *secret,
                          struct sv_err *err);
    enum sv_status (*edit)(void *far, struct profile *p, const struct secret *secret_or_null,
                           enum audit_op op, struct sv_err *err);
    enum sv_status (*rename)(void *far, const char *from, const char *to, struct sv_err *err);
    enum sv_status (*remove)(void *far, const char *name, struct sv_err *err);
    enum sv_status (*rollback)(void *far, const char *name, uint64_t version, uint64_t *new_version,
                               struct sv_err *err);
    enum sv_status (*learn)(void *far, const char *name, const struct posture *known, bool accepted,
                            struct sv_err *err);
    enum sv_status (*copy)(void *far, enum copy_step step, const struct profile *profiles,
                           size_t count, const struct copy *c, struct sv_err *err);
    enum sv_status (*policy)(void *far, struct policy *out, struct sv_err *err);
    enum sv_status (*policy_change)(void *far, const char *profile,
                                    const struct policy_rule *change, unsigned drop,
                                    struct sv_err *err);
    enum sv_status (*rotate)(void *far, enum rotation_step step, struct profile *p,
                             const struct rotation_record *record, const struct secret *secret,
                             struct sv_err *err);
    /* Texts of info live as long as far. */
    enum sv_status (*info)(void *far, struct vault_info *info, struct sv_err *err);
    enum sv_status (*audit_read)(void *far, const struct audit_filter *filter, audit_visit *visit,
                                 void *context, struct sv_err *err);
    enum sv_status (*token_ends)(void *far, struct token_list *list, struct sv_err *err);
    /* Without what their passphrases cost. */
    enum sv_status (*members)(void *far, struct member_list *list, struct sv_err *err);
    void (*close)(void *far);
};

/* Takes `far` over when it succeeds: vault_close closes it. The vault counts as unlocked. */
enum sv_status vault_far(struct vault **out, const struct vault_remote *ops, void *far,
                         struct sv_err *err) SV_MUST_USE;
bool vault_is_far(const struct vault *v);

#endif
