// SPDX-License-Identifier: ISC
// nodemailer sends, told where to by the exported object, URL, or configuration of Ghost.
"use strict";
const fs = require("fs");
const nodemailer = require("nodemailer");
const cases = JSON.parse(fs.readFileSync(0, "utf8"));

const readers = {
    json: (text) => JSON.parse(text),
    url: (text) => text.trim().replace(/^SMTP_URL=/, ""),
    // server/lib/mailers.js of Mailtrain
    mailtrain: (text) => {
        const m = JSON.parse(text);
        return {host: m.hostname, port: m.port, secure: m.encryption === "TLS",
                requireTLS: m.encryption === "STARTTLS", auth: {user: m.user, pass: m.password}};
    },
    ghost: (text) => JSON.parse(text).mail.options,
};

async function main() {
    const answers = [];
    for (const c of cases) {
        try {
            const transport = nodemailer.createTransport(
                readers[process.argv[2]](fs.readFileSync(c.path, "utf8")));
            await transport.sendMail({from: c.from, to: c.to, subject: c.subject, text: "x"});
            answers.push(null);
        } catch (fault) {
            answers.push(String(fault));
        }
    }
    console.log(JSON.stringify(answers));
}
main();
