/* SPDX-License-Identifier: ISC */
/* test_many: login tests of several profiles side by side. */
#ifndef LOGIN_TEST_MANY_H
#define LOGIN_TEST_MANY_H

#include "login/test_login.h"

/* What came of one. profile: as test_login gives it, where status is SV_OK. */
struct test_outcome {
    enum sv_status status;
    struct sv_err err;
    struct profile profile;
    struct smtp_result result;
};

/* outcomes[i], all zero before, becomes that of names[i]; the caller clears the profiles. Says
 * on a terminal how far it is. */
void test_many(struct cli *cli, const char *helper, const char *const *names, size_t count,
               const struct login_wish *wish, struct test_outcome *outcomes);

#endif
