/* SPDX-License-Identifier: ISC */
#include "base/call_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/* Both processors are little-endian. */
#define LOW(argument) (offsetof(struct seccomp_data, args) + 8 * (size_t)(argument))
#define HIGH(argument) (LOW(argument) + 4)
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
/* Past `skip` instructions unless what is loaded is `value`. */
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

#define RULE_LEN 9 /* the longest */
#define FRAME_LEN 5
#define PROGRAM_MAX (FRAME_LEN + CALL_RULES_MAX * RULE_LEN)

struct program {
    struct sock_filter code[PROGRAM_MAX];
    unsigned short len;
};

static void put(struct program *p, struct sock_filter instruction)
{
    p->code[p->len++] = instruction;
}

/* The call's number is loaded before and after. */
static void put_rule(struct program *p, const struct call_rule *rule)
{
    const uint8_t more = rule->without != 0 ? 2 : 0;
    switch (rule->kind) {
    case CALL_ALLOWED:
    case CALL_MISSING:
        put(p, (struct sock_filter)UNLESS(rule->call, 1));
        put(p, (struct sock_filter)ANSWER(
                   rule->kind == CALL_ALLOWED ? SECCOMP_RET_ALLOW : (SECCOMP_RET_ERRNO | ENOSYS)));
        return;
    case CALL_WHERE:
        put(p, (struct sock_filter)UNLESS(rule->call, 5 + more));
        put(p, (struct sock_filter)LOAD(LOW(rule->argument)));
        put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask));
        put(p, (struct sock_filter)UNLESS(rule->value, 1 + more));
        if (more == 0)
            break;
        put(p, (struct sock_filter)LOAD(LOW(rule->argument + 1)));
        put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, rule->without, 1, 0));
        break;
    case CALL_NULL:
        put(p, (struct sock_filter)UNLESS(rule->call, 6));
        put(p, (struct sock_filter)LOAD(LOW(rule->argument)));
        put(p, (struct sock_filter)UNLESS(0, 3));
        put(p, (struct sock_filter)LOAD(HIGH(rule->argument)));
        put(p, (struct sock_filter)UNLESS(0, 1));
        break;
    }
    put(p, (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW));
    put(p, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
}

static void build(struct program *p, const struct call_rule *rules, size_t count)
{
    p->len = 0;
    put(p, (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch)));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    put(p, (struct sock_filter)ANSWER(SECCOMP_RET_KILL_PROCESS));
    put(p, (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr)));
    for (size_t i = 0; i < count; i++)
        put_rule(p, &rules[i]);
    put(p, (struct sock_filter)ANSWER(SECCOMP_RET_ERRNO | EPERM));
}

bool call_filter_possible(void)
{
    const uint32_t action = SECCOMP_RET_ERRNO;
    return ARCHITECTURE != 0 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

enum sv_status call_filter_enter(const struct call_rule *rules, size_t count, struct sv_err *err)
{
    struct program program;
    if (count > CALL_RULES_MAX)
        return sv_fail(err, SV_INTERNAL, "a filter of %zu system calls is too long", count);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot give up new privileges");
    if (SANITIZED || !call_filter_possible())
        return SV_OK;
    build(&program, rules, count);
    const struct sock_fprog filter = {.len = program.len, .filter = program.code};
    /* Of threads, the first that cannot follow is the answer. */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
        return sv_fail_errno(err, SV_INTERNAL, errno, "cannot filter the program's system calls");
    return SV_OK;
}
