/* SPDX-License-Identifier: ISC */
/*
 * dns_answer: SRV records (RFC 2782) and MX records (RFC 5321 section 5.1) out of a name
 * server's answer (RFC 1035 section 4), which is foreign bytes: names that loop, records that end
 * beyond the message.
 */
#ifndef SMTP_DNS_ANSWER_H
#define SMTP_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_SRV_MAX 16

struct dns_srv {
    uint16_t priority, weight, port;
    char target[256]; /* without the dot at the end; "": this service is not offered */
};

/* The answer's SRV records, those to be tried first before the others; at most
 * DNS_SRV_MAX. false: it is no such answer, or its server reports a fault. */
bool dns_answer_srv(const uint8_t *bytes, size_t len, struct dns_srv out[DNS_SRV_MAX],
                    size_t *count);
/* The same of MX records: a priority and a target alone. */
bool dns_answer_mx(const uint8_t *bytes, size_t len, struct dns_srv out[DNS_SRV_MAX],
                   size_t *count);

#endif
