// SPDX-License-Identifier: Apache-2.0

// Probe is what the suite's pods run: it serves the caller's address, asks another probe for it,
// looks up a name, and writes or prints a file.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	command, argument := "serve", ":8080"
	if len(os.Args) > 2 {
		command, argument = os.Args[1], os.Args[2]
	}
	if err := run(command, argument); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(command, argument string) error {
	switch command {
	case "serve":
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGTERM)
		go func() { <-told; os.Exit(0) }()
		return http.ListenAndServe(argument, http.HandlerFunc(tell))
	case "ask":
		return ask(argument)
	case "knock":
		return knock(argument)
	case "lookup":
		addresses, err := net.LookupHost(argument)
		fmt.Println(addresses)
		return err
	case "write":
		return os.WriteFile(argument, []byte(os.Args[3]), 0o600)
	case "list":
		entries, err := os.ReadDir(argument)
		for _, entry := range entries {
			fmt.Println(entry.Name())
		}
		return err
	default:
		content, err := os.ReadFile(argument)
		fmt.Print(string(content))
		return err
	}
}

// knock opens a TLS connection without a certificate of its own and waits for the server's word.
func knock(address string) error {
	connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 1))
	return err
}

func tell(answer http.ResponseWriter, request *http.Request) {
	host, _, _ := net.SplitHostPort(request.RemoteAddr)
	fmt.Fprintln(answer, host)
}

func ask(address string) error {
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get("http://" + address + "/")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
