/* SPDX-License-Identifier: ISC */
/*
 * probe_driver: smtp_test() from a shell script, without a vault.
 *
 *     probe_driver HELPER HOST PORT starttls|implicit USER [OPTION=VALUE]...
 *
 * reads the secret from standard input (one line) and prints the result, one
 * "member value" a line. Options: ca=FILE auth=LOGIN_OPTIONS connect=MS total=MS
 * bearer=1 user-is-secret=1 provider=ID from=ADDRESS send=ADDRESS gate=closed|slow. Ends
 * with 0 for a verdict, whichever, else with smtp_test's status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "smtp/target.h"

static bool closed, slow; /* the gate gives nothing; it takes a moment */

static void copy(char *dst, size_t capacity, const char *text)
{
    if (strlen(text) >= capacity) {
        fprintf(stderr, "probe_driver: an argument is too long\n");
        exit(64);
    }
    memcpy(dst, text, strlen(text) + 1);
}

static void set_option(struct smtp_target *t, const char *option)
{
    const char *value = strchr(option, '=');
    if (value == NULL)
        exit(64);
    value++;
    if (strncmp(option, "ca=", 3) == 0)
        copy(t->ca_file, sizeof(t->ca_file), value);
    else if (strncmp(option, "auth=", 5) == 0)
        copy(t->login_options, sizeof(t->login_options), value);
    else if (strncmp(option, "provider=", 9) == 0)
        copy(t->provider, sizeof(t->provider), value);
    else if (strncmp(option, "from=", 5) == 0)
        copy(t->from, sizeof(t->from), value);
    else if (strncmp(option, "send=", 5) == 0)
        copy(t->send_to, sizeof(t->send_to), value);
    else if (strncmp(option, "connect=", 8) == 0)
        t->connect_ms = (uint32_t)strtoul(value, NULL, 10);
    else if (strncmp(option, "total=", 6) == 0)
        t->total_ms = (uint32_t)strtoul(value, NULL, 10);
    else if (strncmp(option, "bearer=", 7) == 0)
        t->bearer = value[0] == '1';
    else if (strncmp(option, "user-is-secret=", 15) == 0)
        t->user_is_secret = value[0] == '1';
    else if (strcmp(option, "gate=closed") == 0)
        closed = true;
    else if (strcmp(option, "gate=slow") == 0)
        slow = true;
    else
        exit(64);
}

static void print(const struct smtp_result *r)
{
    char advice[1024];
    printf("verdict %s\nwho %s\nphase %s\ncode %u\nenhanced %s\ntext %s\n",
           smtp_verdict_word(r->verdict), smtp_actor_word(r->who), smtp_phase_word(r->phase),
           (unsigned)r->code, r->enhanced, r->text);
    printf("cause %s\nadvice %s\nmechanism %s\n", r->cause,
           smtp_say(advice, sizeof(advice), r->advice, "work"), r->mechanism);
    printf("tls_version %s\ntls_issuer %s\ntls_days_left %d\n", r->offer.tls_version,
           r->offer.issuer, (int)r->offer.days_left);
    printf("tls_cipher %s\nnames %s\nmechanisms %s\ncapabilities %s\n", r->offer.tls_cipher,
           r->offer.names, r->offer.mechanisms, r->offer.capabilities);
    for (size_t i = 0; i < r->offer.pin_count; i++)
        printf("pin %s\n", text_hex(advice, r->offer.pins[i], sizeof(r->offer.pins[i])));
    printf("ms_sender %d\nms_send %d\n", (int)r->ms_sender, (int)r->ms_send);
    printf("ms_resolve %d\nms_connect %d\nms_tls %d\nms_greeting %d\nms_auth %d\nms_total %d\n",
           (int)r->ms_resolve, (int)r->ms_connect, (int)r->ms_tls, (int)r->ms_greeting,
           (int)r->ms_auth, (int)r->ms_total);
}

/* The gate takes over what it gives. */
static enum sv_status give(void *context, const struct smtp_offer *offer, struct secret **secret,
                           struct sv_err *err)
{
    struct secret **kept = context;
    (void)offer;
    if (closed)
        return sv_fail(err, SV_DENIED, "the gate is closed");
    if (slow)
        usleep(300000);
    *secret = *kept;
    *kept = NULL;
    return SV_OK;
}

int main(int argc, char **argv)
{
    struct sv_err err = {0};
    struct smtp_target target = {0};
    struct smtp_result result;
    SECRET_OWNED struct secret *secret = NULL;
    const struct smtp_gate gate = {.open = give, .context = &secret};
    if (argc < 6)
        return 64;
    copy(target.host, sizeof(target.host), argv[2]);
    target.port = (uint16_t)strtoul(argv[3], NULL, 10);
    target.tls = strcmp(argv[4], "implicit") == 0 ? SMTP_IMPLICIT : SMTP_STARTTLS;
    copy(target.username, sizeof(target.username), argv[5]);
    for (int i = 6; i < argc; i++)
        set_option(&target, argv[i]);

    enum sv_status status = secret_process_harden(&err);
    if (status == SV_OK)
        status = file_drain_secret(STDIN_FILENO, 16384, "standard input", &secret, &err);
    if (status == SV_OK && secret_len(secret) > 0 &&
        secret_peek(secret)[secret_len(secret) - 1] == '\n')
        secret_set_len(secret, secret_len(secret) - 1);
    if (status == SV_OK)
        status = smtp_test(argv[1], &target, &gate, &result, &err);
    if (status == SV_OK || closed)
        print(&result);
    if (status != SV_OK)
        fprintf(stderr, "probe_driver: %s\n", err.text);
    return (int)status;
}
