// SPDX-License-Identifier: ISC
// Reads user and password from a carrier with the parser that npm knows for it.
"use strict";
const fs = require("fs");
const cases = JSON.parse(fs.readFileSync(0, "utf8"));

const parsers = {
    dotenv: (text) => require("dotenv").parse(text),
    yaml: (text) => require("js-yaml").load(text),
    toml: (text) => require("smol-toml").parse(text),
    // Its JSON is Terraform's, in which a literal ${ is still $${.
    hcl: async (text) => JSON.parse(JSON.stringify(
        await require("@cdktf/hcl2json").parse("x.tfvars", text)).replace(/([$%])\1\{/g, "$1{")),
    url: (text) => {
        const url = new URL(text.trim());
        return {username: decodeURIComponent(url.username),
                password: decodeURIComponent(url.password)};
    },
};

// The first text below such a key, however deep.
function find(tree, name) {
    for (const [key, value] of Object.entries(tree)) {
        if (value && typeof value === "object") {
            const below = find(value, name);
            if (below !== undefined) {
                return below;
            }
        } else if (name.test(key) && typeof value === "string") {
            return value;
        }
    }
    return undefined;
}

async function main() {
    const answers = [];
    for (const c of cases) {
        try {
            const tree = await parsers[process.argv[2]](fs.readFileSync(c.path, "utf8"));
            answers.push([/user(_?name)?$|login$/i, /pass(word|wd)?$|raw$/i].map(
                (name) => Buffer.from(find(tree, name), "utf8").toString("hex")));
        } catch (fault) {
            answers.push(String(fault));
        }
    }
    console.log(JSON.stringify(answers));
}
main();
