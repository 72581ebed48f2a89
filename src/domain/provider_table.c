/* SPDX-License-Identifier: ISC */
/* provider_table: providers.def as constant data. The compound literals stand at
 * file scope and live as long as the program. */
#include "domain/provider.h"

#define WORDS(...)                      \
    (const char *const[])               \
    {                                   \
        __VA_ARGS__ __VA_OPT__(, ) NULL \
    }
#define PROVIDER(id_, name_, category_, ...) \
    {.id = (id_), .name = (name_), .category = (category_), __VA_ARGS__},
#define ALIASES(...) .aliases = WORDS(__VA_ARGS__)
#define DOMAINS(...) .domains = WORDS(__VA_ARGS__)
#define HOST(host_, port_, tls_, ...)                                    \
    {                                                                    \
        .host = (host_), .port = (port_), .tls = TLS_##tls_, __VA_ARGS__ \
    }
#define HOSTS(...)                                        \
    .hosts = (const struct provider_host[]){__VA_ARGS__}, \
    .host_count =                                         \
        sizeof((const struct provider_host[]){__VA_ARGS__}) / sizeof(struct provider_host)
#define LOGIN(form, word, kind_) \
    .username_form = (form), .secret_kind = (word), .kind = KIND_##kind_
#define VERIFIED(date) .verified = (date)
#define ENDS_PASSWORDS (1U << KIND_PASSWORD | 1U << KIND_APP_PASSWORD)
#define ENDS(date_, kinds_, what_, advice_, ...)                                              \
    {                                                                                         \
        .date = (date_), .kinds = (kinds_), .what = (what_), .advice = (advice_), __VA_ARGS__ \
    }
#define DEADLINES(...)                                            \
    .deadlines = (const struct provider_deadline[]){__VA_ARGS__}, \
    .deadline_count =                                             \
        sizeof((const struct provider_deadline[]){__VA_ARGS__}) / sizeof(struct provider_deadline)
#define DOUBT(what) .unverified = true, .doubt = (what)
#define OAUTH(...)                          \
    .oauth = &(const struct provider_oauth) \
    {                                       \
        __VA_ARGS__                         \
    }
#define SHAPE(...)                          \
    .shape = &(const struct provider_shape) \
    {                                       \
        __VA_ARGS__                         \
    }
#define WRONG(pattern_, why_) \
    {                         \
        (pattern_), (why_)    \
    }
#define WRONGS(...)                          \
    .wrong = (const struct provider_wrong[]) \
    {                                        \
        __VA_ARGS__,                         \
        {                                    \
            NULL, NULL                       \
        }                                    \
    }

const struct provider providers[] = {
#include "domain/providers.def"
};
const size_t provider_count = sizeof(providers) / sizeof(providers[0]);
