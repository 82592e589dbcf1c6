// SPDX-License-Identifier: Apache-2.0

// The registry of the CNCF's distribution project, with the storage that tests need and no cloud's.
package main

import (
	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
)

func main() {
	if err := registry.RootCmd.Execute(); err != nil {
		panic(err)
	}
}
