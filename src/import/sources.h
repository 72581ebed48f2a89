/* SPDX-License-Identifier: ISC */
/* sources: what the rows of sources.def name: the readers, and the dialects they know. */
#ifndef IMPORT_SOURCES_H
#define IMPORT_SOURCES_H

#include "import/source.h"

#define IMPORT_LOOK(name)                                                                          \
    enum import_look name(const struct import_source *source, const char *path, const char *first, \
                          size_t len)
#define IMPORT_READ(name) \
    enum sv_status name(struct found_list *out, const struct import_input *in, struct sv_err *err)
#define IMPORT_HOOK(name)                                                                      \
    enum sv_status name(struct blob *out, const struct found *f, const struct import_ask *ask, \
                        struct sv_err *err)

/* ---- src_csv.c: exports of password managers, told apart by their columns ---- */
struct csv_manager;
extern const struct csv_manager csv_bitwarden, csv_keepassxc, csv_1password, csv_chrome,
    csv_lastpass, csv_firefox, csv_nordpass, csv_dashlane, csv_proton;
IMPORT_LOOK(csv_looks_like);
IMPORT_LOOK(firefox_looks_like);
IMPORT_LOOK(thunderbird_looks_like);
IMPORT_READ(csv_manager_read) SV_MUST_USE;

/* ---- src_bitwarden.c ---- */
IMPORT_LOOK(bitwarden_looks_like);
IMPORT_READ(bitwarden_read) SV_MUST_USE;

/* ---- src_own.c: what `export --to json` writes ---- */
IMPORT_LOOK(own_looks_like);
IMPORT_READ(own_read) SV_MUST_USE;

/* ---- src_keepass.c ---- */
IMPORT_LOOK(keepass_looks_like);
IMPORT_READ(keepass_read) SV_MUST_USE;

/* ---- src_autoconfig.c: servers as a domain tells them ---- */
IMPORT_LOOK(autoconfig_looks_like);
IMPORT_READ(autoconfig_read) SV_MUST_USE;

/* ---- src_1pux.c ---- */
IMPORT_LOOK(onepux_looks_like);
IMPORT_READ(onepux_read) SV_MUST_USE;

/* ---- src_pass.c: detail is how the folder's path ends ---- */
IMPORT_LOOK(pass_looks_like);
IMPORT_READ(pass_read) SV_MUST_USE;

/* ---- src_mozilla.c: of a profile's folder; detail NULL: of Thunderbird ---- */
IMPORT_LOOK(mozilla_looks_like);
IMPORT_READ(mozilla_read) SV_MUST_USE;

/* ---- src_netrc.c ---- */
IMPORT_LOOK(netrc_looks_like);
IMPORT_READ(netrc_read) SV_MUST_USE;

/* ---- src_dotenv.c: lines of NAME=VALUE, for programs that read them in different ways ---- */
struct env_source;
extern const struct env_source env_all, env_docker, env_npm, env_python, env_systemd, env_laravel,
    env_shell;
IMPORT_LOOK(dotenv_looks_like);
IMPORT_READ(dotenv_read) SV_MUST_USE;
IMPORT_HOOK(dotenv_hook) SV_MUST_USE;
IMPORT_HOOK(shell_hook) SV_MUST_USE;

/* ---- src_msmtp.c, src_mutt.c, src_mailrc.c, src_aerc.c, src_git.c: a mailer's own file ---- */
struct lines_look;
extern const struct lines_look look_mutt, look_neomutt;
IMPORT_LOOK(msmtp_looks_like);
IMPORT_READ(msmtp_read) SV_MUST_USE;
IMPORT_HOOK(msmtp_hook) SV_MUST_USE;
IMPORT_LOOK(mutt_looks_like);
IMPORT_READ(mutt_read) SV_MUST_USE;
IMPORT_HOOK(mutt_hook) SV_MUST_USE;
IMPORT_LOOK(mailrc_looks_like);
IMPORT_READ(mailrc_read) SV_MUST_USE;
IMPORT_LOOK(aerc_looks_like);
IMPORT_READ(aerc_read) SV_MUST_USE;
IMPORT_HOOK(aerc_hook) SV_MUST_USE;
IMPORT_LOOK(gitconfig_looks_like);
IMPORT_READ(gitconfig_read) SV_MUST_USE;
IMPORT_HOOK(gitconfig_hook) SV_MUST_USE;
IMPORT_LOOK(git_store_looks_like);
IMPORT_READ(git_store_read) SV_MUST_USE;

/* ---- src_authinfo.c: what Emacs reads as a netrc ---- */
IMPORT_LOOK(authinfo_looks_like);
IMPORT_READ(authinfo_read) SV_MUST_USE;

/* ---- src_keys.c: a key and its value on each line ---- */
struct keys_dialect;
extern const struct keys_dialect keys_ssmtp, keys_esmtp, keys_curl, keys_swaks;
IMPORT_LOOK(keys_looks_like);
IMPORT_READ(keys_read) SV_MUST_USE;

/* ---- src_relays.c: one login on each line ---- */
struct relays_dialect;
extern const struct relays_dialect relays_postfix, relays_exim4, relays_opensmtpd, relays_dma,
    relays_nullmailer, relays_sendmail;
IMPORT_LOOK(relays_looks_like);
IMPORT_READ(relays_read) SV_MUST_USE;

/* ---- src_code.c: settings in a program's own language ---- */
struct code_source;
extern const struct code_source code_php, code_python, code_ruby;
IMPORT_LOOK(code_looks_like);
IMPORT_READ(code_settings_read) SV_MUST_USE;

/* ---- src_config.c: INI, properties, YAML and JSON; detail is how their files' names end ---- */
extern const char *const config_ini[], *const config_properties[], *const config_yaml[],
                                                                       *const config_json[];
IMPORT_LOOK(config_looks_like);
IMPORT_READ(ini_read) SV_MUST_USE;
IMPORT_READ(properties_read) SV_MUST_USE;
IMPORT_READ(yaml_read) SV_MUST_USE;
IMPORT_READ(json_config_read) SV_MUST_USE;

#endif
