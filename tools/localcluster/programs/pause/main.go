// SPDX-License-Identifier: Apache-2.0

// Pause sleeps until it is told to end. It holds a pod's namespaces, and a node's.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
}
