# smtpvault. `make help` lists the targets. Output goes under .build/ only.
VERSION  := 0.1.0
PREFIX   ?= /usr/local
BINDIR   ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/smtpvault
MANDIR   ?= $(PREFIX)/share/man
INCDIR   ?= $(PREFIX)/include
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# A build of each kind has its own folder, so that they never mix.
KIND := $(notdir $(CC))$(if $(filter 1,$(ASAN)),-asan)$(if $(filter 1,$(COV)),-cov)$(KIND_SUFFIX)
B    := .build/$(KIND)

PKGS_MAIN := libsodium sqlite3
PKGS_NET  := libcurl libsodium
PKG_CONFIG ?= pkg-config

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
        -Wold-style-definition -Wwrite-strings -Wvla -Wformat=2 -Wundef -Werror
HARDEN := -fstack-protector-strong -fPIE -fno-strict-aliasing
ifneq ($(ASAN),1)
HARDEN += -D_FORTIFY_SOURCE=2
endif
OPT ?= -O2 -g
CFLAGS_ALL := -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) -Isrc -Iinclude \
	-DSMTPVAULT_VERSION='"$(VERSION)"' -DSMTPVAULT_LIBEXECDIR='"$(LIBEXECDIR)"' \
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
LIBS_MAIN := $(shell $(PKG_CONFIG) --libs $(PKGS_MAIN)) -largon2 -lpthread
LIBS_NET  := $(shell $(PKG_CONFIG) --libs $(PKGS_NET))

# smtp/net_*.c is smtpvault-net, the only program that touches the network.
NET_SRC  := $(wildcard src/smtp/net_*.c)
MAIN_SRC := $(filter-out $(NET_SRC),$(wildcard src/*/*.c))
LIB_SRC  := $(filter-out src/cli/%,$(MAIN_SRC))
CLI_SRC  := $(filter src/cli/%,$(MAIN_SRC))
# What the network helper shares with the rest: base, and smtp's wire format.
NET_LIB_SRC := $(wildcard src/base/*.c) $(filter src/smtp/%,$(MAIN_SRC))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

obj = $(1:%.c=$(B)/%.o)
OBJ_ALL := $(call obj,$(MAIN_SRC) $(NET_SRC) $(UNIT_SRC))

all: $(B)/smtpvault $(B)/smtpvault-net ## build both programs
	@ln -sfn $(KIND) .build/last

$(B)/smtpvault: $(call obj,$(CLI_SRC)) $(B)/libsv.a
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) -ldl

$(B)/smtpvault-net: $(call obj,$(NET_SRC) $(NET_LIB_SRC))
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_NET)

$(B)/libsv.a: $(call obj,$(LIB_SRC))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/libsv.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_MAIN) $(UNIT_LIBS_$*) -lcmocka

.PHONY: all units
units: $(UNIT_BIN) ## build the unit tests

.SECONDARY:
-include $(OBJ_ALL:.o=.d)
