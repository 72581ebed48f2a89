// SPDX-License-Identifier: ISC
// Reads user and password from an ini file as Gitea and Grafana do, with their library.
//
//	read_ini gitea|grafana SECTION USER-KEY PASSWORD-KEY <cases
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	"gopkg.in/ini.v1"
)

type request struct {
	Path string `json:"path"`
}

// Grafana replaces these in every value (pkg/setting/expanders.go).
var expander = regexp.MustCompile(`\$(|__\w+){([^}]+)}`)

func read(path, section, user, password string) ([]string, error) {
	options := ini.LoadOptions{}
	if os.Args[1] == "gitea" {
		// modules/setting/config_provider.go
		options.IgnoreContinuation = true
	}
	file, err := ini.LoadSources(options, path)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, key := range []string{user, password} {
		value := file.Section(section).Key(key).String()
		if os.Args[1] == "grafana" && expander.MatchString(value) {
			return nil, fmt.Errorf("%s would be expanded: %q", key, value)
		}
		found = append(found, hex.EncodeToString([]byte(value)))
	}
	return found, nil
}

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	var answers []interface{}
	for _, r := range requests {
		found, err := read(r.Path, os.Args[2], os.Args[3], os.Args[4])
		if err != nil {
			answers = append(answers, err.Error())
		} else {
			answers = append(answers, found)
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
