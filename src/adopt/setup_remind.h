/* SPDX-License-Identifier: ISC */
/*
 * setup_remind: reminders that come by themselves, once a day: by the timer that is installed
 * with the program, where this user has a systemd of its own, which gets the options by a drop-in;
 * else by a line of the crontab.
 */
#ifndef ADOPT_SETUP_REMIND_H
#define ADOPT_SETUP_REMIND_H

#include "cli/cli.h"
#include "setup/tool.h"

#define SETUP_REMIND_TIMER "smtpvault-remind.timer"

enum sv_status setup_remind_check(const struct args *args, struct sv_err *err) SV_MUST_USE;
/* Shows the change, asks, makes it and starts the timer; --undo the other way round. SV_CONFIG:
 * there is neither. */
enum sv_status setup_remind(struct cli *cli, const struct args *args, const struct setup_tool *tool,
                            struct sv_err *err) SV_MUST_USE;

/* ---- setup_remind_words.c: the command, as each wants it written ---- */

/* [Service] with an ExecStart. */
enum sv_status setup_remind_unit(const struct cli *cli, const struct args *args, struct blob *out,
                                 struct sv_err *err) SV_MUST_USE;
/* A line of a crontab. */
enum sv_status setup_remind_line(const struct cli *cli, const struct args *args, struct blob *out,
                                 struct sv_err *err) SV_MUST_USE;

#endif
