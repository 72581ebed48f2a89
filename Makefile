# smtpvault. `make help` lists the targets. Output goes under .build/ only.
VERSION  := 0.1.0
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/smtpvault
MANDIR   ?= $(PREFIX)/share/man
INCDIR   ?= $(PREFIX)/include
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR     ?= $(PREFIX)/lib/systemd/system
USERUNITDIR ?= $(PREFIX)/lib/systemd/user
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
EXAMPLEDIR  ?= $(PREFIX)/share/doc/smtpvault/examples
INSTALL ?= install
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# The tests and lints read UTF-8, wherever they run.
export LC_ALL := C.UTF-8

# A build of each kind has its own folder, so that they never mix.
KIND := $(notdir $(CC))$(if $(filter 1,$(ASAN)),-asan)$(if $(filter 1,$(COV)),-cov)$(if $(filter 1,$(FUZZ)),-fuzz)$(KIND_SUFFIX)
B    := .build/$(KIND)

PKGS_MAIN := sqlite3 libsodium nettle
PKGS_NET  := libcurl libsodium expat openssl
PKG_CONFIG ?= pkg-config

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
        -Wold-style-definition -Wwrite-strings -Wvla -Wformat=2 -Wundef -Werror
HARDEN := -fstack-protector-strong -fPIE -fno-strict-aliasing
ifneq ($(ASAN),1)
HARDEN += -D_FORTIFY_SOURCE=2
endif
OPT ?= -O2 -g
CFLAGS_ALL := -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -Isrc -Iinclude \
	-DSMTPVAULT_VERSION='"$(VERSION)"' \
	$(shell $(PKG_CONFIG) --cflags $(PKGS_MAIN)) $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
ifeq ($(ASAN),1)
CFLAGS_ALL  += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_ALL += -fsanitize=address,undefined
endif
ifeq ($(COV),1)
CFLAGS_ALL  += --coverage
LDFLAGS_ALL += --coverage
endif
# FUZZ=1 (with ASAN=1) counts edges for libFuzzer, clang's.
ifeq ($(FUZZ),1)
CFLAGS_ALL  += -fsanitize=fuzzer-no-link
endif
LIBS_MAIN := $(shell $(PKG_CONFIG) --libs $(PKGS_MAIN)) -largon2 -lpthread
LIBS_NSS  := $(shell $(PKG_CONFIG) --libs libsodium) -ldl
LIBS_NET  := $(shell $(PKG_CONFIG) --libs $(PKGS_NET)) -lresolv

# The front (src/front/) is what users start: a program of its own, for which every tenth
# of a millisecond counts. musl's start-up costs 0.07 ms where glibc's, even static, costs
# 0.55 (src/README.md), so it is linked statically against musl where that is there, else
# statically, else as it can be. FRONT=musl|static|dynamic chooses.
MUSL_GCC ?= musl-gcc
MUSL_RCRT := $(wildcard $(foreach d,/usr/lib/musl/lib /usr/lib/$(shell uname -m)-linux-musl /usr/local/musl/lib,$(d)/rcrt1.o))
ifeq ($(origin FRONT),undefined)
ifneq ($(and $(shell command -v $(MUSL_GCC)),$(MUSL_RCRT)),)
FRONT := musl
else
FRONT := $(shell mkdir -p .build && echo 'int main(void) { return 0; }' | \
	$(CC) -static-pie -fPIE -x c - -o .build/probe.$$$$ 2>/dev/null && echo static || echo dynamic; rm -f .build/probe.$$$$)
endif
endif
# musl-gcc knows no -static-pie; with rcrt1.o the program moves itself to its random address.
MUSL_DIR := $(dir $(firstword $(MUSL_RCRT)))
FRONT_CC := $(if $(filter musl,$(FRONT)),$(MUSL_GCC),$(CC))
FRONT_LD_musl    := -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text \
	$(MUSL_DIR)rcrt1.o $(MUSL_DIR)crti.o $(MUSL_DIR)crtn.o
FRONT_LD_static  := -static-pie
FRONT_LD_dynamic := -pie
FRONT_CFLAGS := -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -Isrc -Iinclude \
	-DFRONT_FULL='"$(LIBEXECDIR)/smtpvault"'
FRONT_LDFLAGS := -Wl,-z,relro,-z,now,--gc-sections

# smtp/net_*.c is smtpvault-net, the only program that touches the network.
NET_SRC  := $(wildcard src/smtp/net_*.c)
FRONT_SRC := $(wildcard src/front/*.c)
# src/nss/ is smtpvault-nss, the only program that loads NSS.
NSS_SRC := $(wildcard src/nss/*.c)
MAIN_SRC := $(filter-out $(NET_SRC) src/front/main.c src/nss/main.c,$(wildcard src/*/*.c))
# The command line's rooms; the rest is a library.
CLI_ROOMS := cli login export access rotate adopt cmd
CLI_SRC  := $(filter $(CLI_ROOMS:%=src/%/%),$(MAIN_SRC))
LIB_SRC  := $(filter-out $(CLI_SRC),$(MAIN_SRC))
# What the network helper shares with the rest: base, smtp, and what the latter needs to be
# unguessable (RFC 7636) and to prove (RFC 7677).
NET_LIB_SRC := $(wildcard src/base/*.c) $(filter src/smtp/%,$(MAIN_SRC)) \
	src/crypto/random.c src/crypto/sha256.c src/crypto/hmac.c
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

obj = $(1:%.c=$(B)/%.o)
# The front is compiled twice: as the rest is, for the unit tests, sanitizers and lints, and
# for itself.
FRONT_OBJ := $(FRONT_SRC:src/front/%.c=$(B)/front/%.o)
OBJ_ALL := $(FRONT_OBJ) $(call obj,$(MAIN_SRC) $(NET_SRC) $(FRONT_SRC) src/nss/main.c $(UNIT_SRC) \
	$(wildcard tests/bench/*.c tests/integration/*.c tests/attack/*.c tests/fuzz/*.c tests/faults/*.c \
	tests/ct/*.c))

# Scripts for rotate --hook; beside the program, as they are installed.
ROTATORS := $(notdir $(wildcard scripts/rotators.d/*))
$(B)/libexec/rotators.d/%: scripts/rotators.d/%
	@$(INSTALL) -d -m 755 $(@D)
	$(Q)$(INSTALL) -m 755 $< $@

all: $(ROTATORS:%=$(B)/libexec/rotators.d/%) $(B)/smtpvault $(B)/git-credential-smtpvault $(B)/libexec/smtpvault-net $(B)/libexec/smtpvault-nss $(call obj,src/front/main.c) ## build the programs
	@ln -sfn $(KIND) .build/last.$$$$ && mv -fT .build/last.$$$$ .build/last

$(B)/smtpvault: $(FRONT_OBJ) $(B)/libexec/smtpvault
	@echo "the front of smtpvault: $(FRONT), by $(FRONT_CC)"
	$(Q)$(FRONT_CC) $(FRONT_OBJ) $(FRONT_LD_$(FRONT)) $(FRONT_LDFLAGS) -o $@

# git starts its credential helpers by such names.
$(B)/git-credential-smtpvault: $(B)/smtpvault
	$(Q)ln -sfn smtpvault $@

$(B)/libexec/smtpvault: $(call obj,$(CLI_SRC)) $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) -ldl

$(B)/libexec/smtpvault-net: $(call obj,$(NET_SRC) $(NET_LIB_SRC))
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_NET)

$(B)/libexec/smtpvault-nss: $(call obj,$(NSS_SRC) $(wildcard src/base/*.c))
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_NSS)

$(B)/libsv.a: $(call obj,$(LIB_SRC))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Only these objects know the version and what is installed where; the stamp rebuilds
# them when that changes.
PATHS := $(VERSION) $(BINDIR) $(LIBEXECDIR) $(FRONT)
DEFINE_PATHS := -DSMTPVAULT_LIBEXECDIR='"$(LIBEXECDIR)"' -DSMTPVAULT_BINDIR='"$(BINDIR)"'
$(B)/paths.stamp: FORCE
	@mkdir -p $(@D)
	@echo '$(PATHS)' | cmp -s - $@ || echo '$(PATHS)' >$@
$(call obj,$(CLI_SRC) src/front/main.c) $(FRONT_OBJ): $(B)/paths.stamp
$(call obj,$(CLI_SRC)): CFLAGS_ALL += $(DEFINE_PATHS)
$(call obj,src/front/main.c): CFLAGS_ALL += -DFRONT_FULL='"$(LIBEXECDIR)/smtpvault"'
.PHONY: FORCE

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/front/%.o: src/front/%.c
	@mkdir -p $(@D)
	$(Q)$(FRONT_CC) $(FRONT_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) $(UNIT_LIBS_$*) -lcmocka

# This test watches how memory is taken and given back.
UNIT_LIBS_test_discover := -lexpat
UNIT_LIBS_test_argon2id := -Wl,--wrap=mmap,--wrap=madvise,--wrap=munmap
# Calls fail in these.
UNIT_LIBS_test_copies_here := -Wl,--wrap=open
UNIT_LIBS_test_file_sync := -Wl,--wrap=fsync,--wrap=unlinkat
UNIT_LIBS_test_sasl := -lcrypto
UNIT_LIBS_test_wiping := -Wl,--wrap=free

.PHONY: all units
units: $(UNIT_BIN) ## build the unit tests

# ---- proving -------------------------------------------------------------------
FORMATTED := $(wildcard src/*/*.[ch] include/*.h tests/*/*.[ch])
SHELLS    := $(shell grep -d skip -lE '^\#!/bin/(sh|bash)' $(wildcard scripts/* scripts/rotators.d/* tests/*/*.sh tests/*/*/*.sh tests/*/*.bash)) tests/systemd/lab .ci/run

lint: all units $(B)/integration/format_driver ## layers, sizes, secrets, format, shell, manual
	clang-format --dry-run -Werror $(FORMATTED)
	scripts/lint-layers $(B)
	scripts/lint-sizes
	scripts/lint-secrets
	scripts/lint-attacks
	@echo "shellcheck -x, the scripts"
	@printf '%s\n' $(SHELLS) | xargs -P "$$(nproc)" -n 16 shellcheck -x
	@! find tests -name '[0-9]*.sh' ! -perm -u+x | sed 's/$$/ is not executable: chmod +x/' | grep .
	mandoc -T lint -W warning $(wildcard man/*.[0-9])
	scripts/lint-man $(B)/smtpvault
	scripts/man-export $(B)/integration/format_driver --check

man-export: $(B)/integration/format_driver ## write man/smtpvault-export.5 from the formats
	scripts/man-export $<

# ---- attacks: tests/attack/, and builds that leave a defence out ----------------
ATTACK_SRC := $(sort $(wildcard tests/attack/[0-9]*.c))
ATTACK_SH  := $(sort $(wildcard tests/attack/[0-9]*.sh))
ATTACK_NAMES := $(ATTACK_SRC:tests/attack/%.c=%)
# WITHOUT=NAME: the files that name the defence are compiled without it, the rest is
# the normal build's; an attack links the former first. A check that is folded away may
# leave a warning behind.
WITHOUT ?=
WITHOUT_SRC := $(if $(WITHOUT),src/cmd/main.c $(shell grep -lF 'DEFENDED($(WITHOUT))' src/*/*.c))
W := $(if $(WITHOUT),.build/without/$(KIND)/$(WITHOUT),$(B))
WITHOUT_OBJ := $(patsubst %.c,$(W)/%.o,$(filter-out src/front/%,$(WITHOUT_SRC)))
WITHOUT_FRONT := $(patsubst src/front/%.c,$(W)/front/%.o,$(filter src/front/%,$(WITHOUT_SRC)))
WITHOUT_LIB_OBJ := $(filter-out $(CLI_ROOMS:%=$(W)/src/%/%),$(WITHOUT_OBJ))
$(W)/attack/%: $(B)/tests/attack/%.o $(WITHOUT_LIB_OBJ) $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) -lcmocka
ifneq ($(WITHOUT),)
$(WITHOUT_OBJ): $(W)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(DEFINE_PATHS) -DSV_WITHOUT=$(WITHOUT) -Wno-error -MMD -MP -c -o $@ $<
$(WITHOUT_FRONT): $(W)/front/%.o: src/front/%.c
	@mkdir -p $(@D)
	$(Q)$(FRONT_CC) $(FRONT_CFLAGS) -DSV_WITHOUT=$(WITHOUT) -Wno-error -MMD -MP -c -o $@ $<
WITHOUT_FRONT_ALL := $(WITHOUT_FRONT) $(filter-out $(WITHOUT_FRONT:$(W)/%=$(B)/%),$(FRONT_OBJ))
$(W)/smtpvault: $(WITHOUT_FRONT_ALL) $(W)/libexec/smtpvault
	$(Q)$(FRONT_CC) $(WITHOUT_FRONT_ALL) $(FRONT_LD_$(FRONT)) $(FRONT_LDFLAGS) -o $@
$(W)/libexec/smtpvault: $(WITHOUT_OBJ) $(filter-out $(WITHOUT_SRC:%.c=$(B)/%.o),$(call obj,$(CLI_SRC))) $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) -ldl
endif
attacks: $(W)/smtpvault $(ATTACK_NAMES:%=$(W)/attack/%) ## build the attacks (WITHOUT=NAME: against a build that lacks that defence)
check-attack: all attacks ## the attacks of smtpvault-store(5)
	scripts/run-units $(ATTACK_NAMES:%=$(W)/attack/%)
	$(RUN) scripts/run-scripts $(ATTACK_SH)
attack-proof: all attacks ## each attack succeeds once its defence is left out
	scripts/attack-proof $(KIND)
.PHONY: attacks check-attack attack-proof

# ---- constant time: tests/ct/ -----------------------------------------------------
# The wrapped functions give what is public by design (tests/ct/ct_public.c). libsodium is
# linked statically, so that its own calls go through them too.
CT_WRAP := sodium_memcmp padding_find crypto_verify_16 crypto_verify_32 crypto_scalarmult \
	crypto_scalarmult_base base32_decode audit_evolve
# valgrind cannot read what clang 14 writes for debuggers.
CT_STRIP := $(if $(findstring clang,$(CC)),-s)
CT_LIBS := $(LIBS_MAIN:-lsodium=-l:libsodium.a)
$(B)/ct/ct_memcheck: $(call obj,tests/ct/ct_memcheck.c tests/ct/ct_public.c) $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) $(CT_STRIP) $(CT_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(CT_LIBS)
$(B)/ct/ct_timing: $(call obj,tests/ct/ct_timing.c) $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) -lm

ct: $(B)/ct/ct_memcheck ## no branch and no address depends on a secret, by valgrind
	scripts/check-ct $<
CT_SECONDS ?= 20
ct-timing: $(B)/ct/ct_timing ## the same by the clock: Welch's t, CT_SECONDS a function
	$< $(CT_SECONDS)
.PHONY: ct ct-timing

# The last take longest, so they begin first. What looks at the sources and at `make install`
# has nothing for the sanitizers.
CLI_TESTS         := $(filter-out $(if $(filter 1,$(ASAN)),%/85-install.sh %/90-lint.sh), \
	$(shell printf '%s\n' tests/cli/[0-9]*.sh | sort -r))
# Two that go through most of the program without Argon2 and without a swarm.
CLI_VALGRIND_TESTS := tests/cli/07-show-list.sh tests/cli/15-health.sh
INTEGRATION_TESTS := $(sort $(wildcard tests/integration/[0-9]*.sh))
SYSTEMD_TESTS     := $(sort $(wildcard tests/systemd/[0-9]*.sh))
RUN = SMTPVAULT="$(CURDIR)/$(B)/smtpvault" BUILD="$(CURDIR)/$(B)"

check-units: units ## unit tests
	scripts/run-units $(UNIT_BIN)
check-cli: all ## the command line's scenarios
	$(RUN) scripts/run-scripts $(CLI_TESTS)
# Debian packages that are unpacked, not installed.
.build/beside/.all: scripts/packages
	scripts/packages unpacked
	@touch $@
# A port that one test has found free is not free for another: each has a network of its
# own, or, where that takes a right that is missing, they run one at a time.
INTEGRATION_APART := $(if $(filter 0,$(shell id -u)),SCRIPT_WRAP=tests/integration/lib/apart,JOBS=1)
check-integration: all test-programs .build/beside/.all ## real servers and clients on loopback
	$(RUN) $(INTEGRATION_APART) scripts/run-scripts $(INTEGRATION_TESTS)
check-systemd: all test-programs ## units, credentials and suspend in a real systemd of its own, as root
	$(RUN) tests/systemd/lab $(SYSTEMD_TESTS:%=$(CURDIR)/%)
check-git: all ## git's own suite for credential helpers, which it downloads; a newer git is built for it
	scripts/check-git $(B) $(GIT_SUITES)
# Sanitizers and valgrind do not go together.
check: check-units check-cli check-attack check-faults $(if $(filter 1,$(ASAN)),,ct) ## unit tests, scenarios, attacks, faults, constant time

# ---- faults: tests/faults/ ------------------------------------------------------
$(B)/faults/judge: $(B)/tests/faults/judge.o $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN)
# Preloaded into other programs: sanitizers and coverage are theirs.
$(B)/faults/calls.so: tests/faults/calls.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g $(WARN) -fPIC -shared -o $@ $<
fault-programs: all $(B)/faults/judge $(B)/faults/calls.so
# What sanitizers can see is how an error is handled, and eio meets every call that can fail.
check-faults: fault-programs ## a sample of the faults: calls that fail, power that goes
	tests/faults/faults $(B) --quick $(if $(filter 1,$(ASAN)),--kinds eio short)
	tests/faults/power $(B) --points 25 --seeds 3
faults: fault-programs ## every call of every command fails in turn; the power goes at each
	tests/faults/faults $(B)
	tests/faults/power $(B)
.PHONY: fault-programs check-faults faults

ROUNDS ?= 10000
SWARM_SECONDS ?= 60
torture: all ## kill changes at ROUNDS random moments and at each of their calls; swarms
	scripts/torture $(B)/smtpvault --rounds $(ROUNDS) --calls --swarm $(SWARM_SECONDS)
	scripts/torture $(B)/smtpvault --swarm $(SWARM_SECONDS) --agent

check-clang: ## everything compiles without a warning under clang
	$(MAKE) --no-print-directory CC=clang all units
check-asan: ## unit tests and scenarios under the address and undefined-behaviour sanitizers
	$(MAKE) --no-print-directory CC=clang ASAN=1 OPT="-O0 -g" check check-fuzz
# Argon2 and the swarms of processes are too slow there; their own tests say so.
VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
	--child-silent-after-fork=yes
# test_audit_seek opens many thousands of entries, test_grant_vault its vault for each
# allocation that can fail: minutes there, seconds under ASan.
# test_caller_exe and test_caller_peer look at the program that a process runs, which is
# valgrind itself there, and it knows no pidfd_open(2), which test_rotator needs; they run
# under the sanitizers.
# test_nss_fence gives away system calls that valgrind makes itself.
UNIT_VALGRIND := $(filter-out %/test_audit_seek %/test_grant_vault %/test_caller_exe %/test_caller_peer \
	%/test_rotator %/test_nss_fence, $(UNIT_BIN))
check-valgrind: units ## unit tests under valgrind
	UNIT_WRAP="$(VALGRIND)" SMTPVAULT_TEST_SLOW=1 scripts/run-units $(UNIT_VALGRIND)
	SMTPVAULT_WRAP="$(VALGRIND)" $(RUN) SMTPVAULT="$(CURDIR)/$(B)/libexec/smtpvault" scripts/run-scripts $(CLI_VALGRIND_TESTS)

# ---- fuzzing: tests/fuzz/README.md ----
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJ := $(call obj,$(filter-out tests/fuzz/fuzz_% tests/fuzz/replay.c tests/fuzz/make_seeds.c,$(wildcard tests/fuzz/*.c)))
FUZZ_BIN := $(FUZZ_NAMES:%=$(B)/fuzz/fuzz_%)
FUZZ_REPLAY := $(FUZZ_NAMES:%=$(B)/fuzz/replay_%)
# What only smtpvault-net links.
FUZZ_LIBS_autoconfig := -lexpat
FUZZ_LIBS_sasl := -lcrypto
# The command line's own parsers, without main.
$(B)/libcli.a: $(filter-out $(B)/src/cmd/main.o,$(call obj,$(CLI_SRC)))
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_OBJ) $(B)/libcli.a $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LIBS_MAIN) $(FUZZ_LIBS_$*) -ldl
$(B)/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(FUZZ_OBJ) $(B)/libcli.a $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) $(FUZZ_LIBS_$*) -ldl
$(B)/fuzz/make_seeds: $(B)/tests/fuzz/make_seeds.o $(FUZZ_OBJ) $(B)/libcli.a $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) -ldl
fuzz-programs: $(FUZZ_BIN) $(B)/fuzz/make_seeds
fuzz-replays: $(FUZZ_REPLAY)

FUZZ_SECONDS ?= 60
FUZZ_JOBS ?= 2
fuzz: ## libFuzzer on every parser, FUZZ_SECONDS each, FUZZ_JOBS at a time
	$(MAKE) --no-print-directory CC=clang ASAN=1 FUZZ=1 OPT="-O1 -g" fuzz-programs
	scripts/fuzz .build/clang-asan-fuzz/fuzz $(FUZZ_SECONDS) $(FUZZ_JOBS)
fuzz-corpus: ## the corpora anew: seeds, what is there and what was found, minimised
	$(MAKE) --no-print-directory CC=clang ASAN=1 FUZZ=1 OPT="-O1 -g" fuzz-programs
	scripts/fuzz-corpus .build/clang-asan-fuzz/fuzz
check-fuzz: fuzz-replays ## the corpora of the fuzzers, once
	scripts/fuzz-replay $(B)/fuzz

# What the stages of check-full run; clang's warnings are those of the build for the sanitizers.
programs: all units attacks fault-programs fuzz-replays \
	$(if $(filter 1,$(ASAN)),,test-programs $(B)/ct/ct_memcheck)
check-full: ## all of it, and where the time went; STAGES="..." some of scripts/stages
	@scripts/stages $(STAGES)

# ---- measuring -----------------------------------------------------------------
BENCH_SRC := $(wildcard tests/bench/bench_*.c)
BENCH_BIN := $(BENCH_SRC:tests/bench/%.c=$(B)/bench/%)
$(B)/bench/%: $(B)/tests/bench/%.o $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN)
$(B)/bench/empty: $(B)/tests/bench/empty.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^

# As the front is linked.
$(B)/bench/empty_front $(B)/bench/sync_front $(B)/bench/least_front: $(B)/bench/%_front: tests/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(FRONT_CC) $(FRONT_CFLAGS) $< $(FRONT_LD_$(FRONT)) $(FRONT_LDFLAGS) -o $@

BENCH_ALL := $(BENCH_BIN) $(B)/bench/empty $(B)/bench/empty_front \
	$(B)/bench/sync_front $(B)/bench/least_front
bench: all $(BENCH_ALL) ## figures beside the peers' as ratios; peers that are missing are named
	@$(B)/bench/bench_unlock
	@$(B)/bench/bench_audit
	@$(B)/bench/bench_caller
	@$(B)/bench/bench_scale
	@$(B)/bench/bench_import $(B)/smtpvault
	@tests/bench/peers.py $(B)/smtpvault $(B)/bench/empty $(B)/bench/bench_fill
	@tests/bench/agent.py $(B)
	@tests/bench/logins.py $(B)
	@tests/bench/scan.py $(B)

bench-rotation: all $(B)/bench/bench_fill ## what reminding and changing cost, as ratios: a table
	@tests/bench/rotation.py $(B)

# Real servers, as in tests/integration; as root.
bench-diagnosis: all test-programs .build/beside/.all ## faults staged on real servers against what the login test says
	@$(RUN) tests/integration/07-diagnosis.sh --table

# The same with a tool for each format; `scripts/packages formats` installs them. As root.
bench-formats: all test-programs .build/beside/.all ## each export format through its tool, with hostile passwords: a table
	@$(RUN) tests/integration/06-format-tools.sh --all

# Takes most of an hour, and 4.5 GB below /var/tmp.
LOG_SIZES ?= 100000 10000000
bench-log: $(B)/bench/bench_log ## the log at scale; LOG_SIZES="..." chooses how many entries
	@$(B)/bench/bench_log $(LOG_SIZES)

# FIGURES=--quick takes a sample of the faults, ROUNDS=N fewer kills: then not all is proved.
FIGURES ?=
figures: all test-programs attacks fault-programs $(BENCH_ALL) ## what has to be reached, goal by goal
	@scripts/figures $(B) --rounds $(ROUNDS) $(FIGURES)

# Programs that integration tests drive.
TEST_PROGRAM_SRC := $(wildcard tests/integration/*.c)
TEST_PROGRAM_BIN := $(TEST_PROGRAM_SRC:tests/integration/%.c=$(B)/integration/%)
$(B)/integration/%: $(B)/tests/integration/%.o $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN)
test-programs: $(TEST_PROGRAM_BIN)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20
clean: ## remove what was built
	rm -rf .build
dist: ## a source archive of the last commit under .build/
	mkdir -p .build
	git archive --prefix=smtpvault-$(VERSION)/ -o .build/smtpvault-$(VERSION).tar.gz HEAD

.PHONY: lint man-export check check-units check-cli check-integration check-systemd check-git check-clang check-asan check-valgrind \
	check-full programs check-fuzz fuzz fuzz-corpus fuzz-programs fuzz-replays torture bench bench-diagnosis bench-formats figures test-programs help clean dist

# ---- installing ---------------------------------------------------------------
# The paths are compiled in, so PREFIX must be the same for `make` and `make install`;
# the stamp rebuilds when it changes.
# STRIP= keeps the symbols.
STRIP   ?= -s
D = $(DESTDIR)

# scripts/systemd/FOLDER goes to these; @BINDIR@ in a unit is where the program lies.
UNITS_system   := $(UNITDIR)
UNITS_user     := $(USERUNITDIR)
UNITS_sysusers := $(SYSUSERSDIR)
UNITS_examples := $(EXAMPLEDIR)
UNIT_KINDS := system user sysusers examples
unit_files = $(notdir $(wildcard scripts/systemd/$(1)/*))

# A build that lacks a defence is for tests.
INSTALLABLE = @"$(B)/smtpvault" --version | grep -qv ' without ' || \
	{ echo "this build lacks a defence: it is not installed" >&2; exit 1; }
install: all ## install under $(DESTDIR)$(PREFIX)
	$(INSTALLABLE)
	$(INSTALL) -d "$(D)$(BINDIR)" "$(D)$(LIBEXECDIR)" "$(D)$(MANDIR)/man1" "$(D)$(MANDIR)/man5" "$(D)$(MANDIR)/man7" \
		"$(D)$(INCDIR)" "$(D)$(BASHCOMPDIR)" "$(D)$(ZSHCOMPDIR)" "$(D)$(FISHCOMPDIR)"
	$(INSTALL) $(STRIP) -m 755 $(B)/smtpvault "$(D)$(BINDIR)/smtpvault"
	ln -sfn smtpvault "$(D)$(BINDIR)/git-credential-smtpvault"
	$(INSTALL) $(STRIP) -m 755 $(B)/libexec/smtpvault "$(D)$(LIBEXECDIR)/smtpvault"
	$(INSTALL) $(STRIP) -m 755 $(B)/libexec/smtpvault-net "$(D)$(LIBEXECDIR)/smtpvault-net"
	$(INSTALL) $(STRIP) -m 755 $(B)/libexec/smtpvault-nss "$(D)$(LIBEXECDIR)/smtpvault-nss"
	$(INSTALL) -d -m 755 "$(D)$(LIBEXECDIR)/rotators.d"
	$(INSTALL) -m 755 $(ROTATORS:%=scripts/rotators.d/%) "$(D)$(LIBEXECDIR)/rotators.d/"
	$(INSTALL) -m 644 man/smtpvault.1 "$(D)$(MANDIR)/man1/smtpvault.1"
	echo '.so man1/smtpvault.1' >"$(D)$(MANDIR)/man1/git-credential-smtpvault.1"
	chmod 644 "$(D)$(MANDIR)/man1/git-credential-smtpvault.1"
	$(INSTALL) -m 644 man/smtpvault-store.5 "$(D)$(MANDIR)/man5/smtpvault-store.5"
	$(INSTALL) -m 644 man/smtpvault-export.5 "$(D)$(MANDIR)/man5/smtpvault-export.5"
	$(INSTALL) -m 644 man/smtpvault-agent.7 "$(D)$(MANDIR)/man7/smtpvault-agent.7"
	$(INSTALL) -m 644 man/smtpvault-rotators.7 "$(D)$(MANDIR)/man7/smtpvault-rotators.7"
	$(INSTALL) -m 644 include/smtpvault.h "$(D)$(INCDIR)/smtpvault.h"
	$(B)/smtpvault completion bash >"$(D)$(BASHCOMPDIR)/smtpvault"
	$(B)/smtpvault completion zsh >"$(D)$(ZSHCOMPDIR)/_smtpvault"
	$(B)/smtpvault completion fish >"$(D)$(FISHCOMPDIR)/smtpvault.fish"
	@$(foreach k,$(UNIT_KINDS),$(INSTALL) -d "$(D)$(UNITS_$k)" &&) true
	@$(foreach k,$(UNIT_KINDS),$(foreach f,$(call unit_files,$k),echo "$(D)$(UNITS_$k)/$f" && sed 's|@BINDIR@|$(BINDIR)|' \
		scripts/systemd/$k/$f >"$(D)$(UNITS_$k)/$f" && chmod 644 "$(D)$(UNITS_$k)/$f" &&)) true

# Folders that others share stay when something else is in them.
uninstall: ## take away what install put there
	rm -f "$(D)$(BINDIR)/smtpvault" "$(D)$(BINDIR)/git-credential-smtpvault" "$(D)$(LIBEXECDIR)/smtpvault" \
		"$(D)$(LIBEXECDIR)/smtpvault-net" "$(D)$(LIBEXECDIR)/smtpvault-nss" \
		"$(D)$(MANDIR)/man1/smtpvault.1" "$(D)$(MANDIR)/man1/git-credential-smtpvault.1" "$(D)$(MANDIR)/man5/smtpvault-store.5" \
		"$(D)$(MANDIR)/man5/smtpvault-export.5" "$(D)$(MANDIR)/man7/smtpvault-agent.7" \
		"$(D)$(MANDIR)/man7/smtpvault-rotators.7" $(ROTATORS:%="$(D)$(LIBEXECDIR)/rotators.d/%") "$(D)$(INCDIR)/smtpvault.h" "$(D)$(BASHCOMPDIR)/smtpvault" \
		"$(D)$(ZSHCOMPDIR)/_smtpvault" "$(D)$(FISHCOMPDIR)/smtpvault.fish" \
		$(foreach k,$(UNIT_KINDS),$(foreach f,$(call unit_files,$k),"$(D)$(UNITS_$k)/$f"))
	for d in "$(LIBEXECDIR)/rotators.d" "$(LIBEXECDIR)" "$(MANDIR)/man1" "$(MANDIR)/man5" "$(MANDIR)/man7" "$(MANDIR)" "$(INCDIR)" \
		"$(BASHCOMPDIR)" "$(ZSHCOMPDIR)" "$(FISHCOMPDIR)" "$(BINDIR)" \
		$(foreach k,$(UNIT_KINDS),"$(UNITS_$k)"); do \
		p="$$d"; while [ -n "$$p" ] && [ "$$p" != / ] && [ "$$p" != . ]; do \
			rmdir "$(D)$$p" 2>/dev/null || break; p=$$(dirname "$$p"); done; done; true

.PHONY: install uninstall

.SECONDARY:
-include $(OBJ_ALL:.o=.d) $(if $(WITHOUT),$(WITHOUT_OBJ:.o=.d) $(WITHOUT_FRONT:.o=.d))
