// SPDX-License-Identifier: Apache-2.0

// Command loadgen asks one HTTPS server the same question over kept-alive connections, with a client
// certificate, and prints as JSON how many answers came and how long they took.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

type result struct {
	Requests    int     `json:"requests"`
	Errors      int     `json:"errors"`
	Seconds     float64 `json:"seconds"`
	Rate        float64 `json:"rate"`
	P50         float64 `json:"p50Milliseconds"`
	P99         float64 `json:"p99Milliseconds"`
	FirstError  string  `json:"firstError,omitempty"`
	Connections int     `json:"connections"`
}

type options struct {
	address, name, ca, cert, source string
	method, path, body              string
	connections                     int
	seconds                         float64
}

func parse() options {
	var o options
	flag.StringVar(&o.address, "address", "", "host:port of the server")
	flag.StringVar(&o.name, "name", "", "name that the server's certificate must carry")
	flag.StringVar(&o.ca, "ca", "", "file with the server's CA (PEM)")
	flag.StringVar(&o.cert, "cert", "", "file with the client's chain and key (PEM)")
	flag.StringVar(&o.source, "source", "", "local IPv4 address to call from")
	flag.StringVar(&o.method, "method", "GET", "HTTP method")
	flag.StringVar(&o.path, "path", "/", "request target")
	flag.StringVar(&o.body, "body", "", "JSON body")
	flag.IntVar(&o.connections, "connections", 16, "connections, each with one request at a time")
	flag.Float64Var(&o.seconds, "seconds", 3, "how long to ask")
	flag.Parse()
	return o
}

func (o options) request() []byte {
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n", o.method, o.path, o.name)
	if o.body != "" {
		head += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(o.body))
	}
	return []byte(head + "\r\n" + o.body)
}

func (o options) configuration() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(o.cert, o.cert)
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("no CA in " + o.ca)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		RootCAs:      roots,
		ServerName:   o.name,
		MinVersion:   tls.VersionTLS13,
	}, nil
}

// read takes one answer with a Content-Length and returns its status.
func read(reader *bufio.Reader) (int, error) {
	first, err := reader.ReadString('\n')
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(first)
	if len(fields) < 2 {
		return 0, errors.New("no status line")
	}
	status, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0, err
	}
	length := 0
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return 0, err
		}
		name, value, found := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if !found {
			break
		}
		if strings.EqualFold(name, "content-length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, err
			}
		}
	}
	_, err = io.CopyN(io.Discard, reader, int64(length))
	return status, err
}

// ask sends the request again and again until the deadline.
func ask(connection net.Conn, request []byte, deadline time.Time) ([]time.Duration, error) {
	reader := bufio.NewReader(connection)
	var taken []time.Duration
	for time.Now().Before(deadline) {
		begun := time.Now()
		if _, err := connection.Write(request); err != nil {
			return taken, err
		}
		status, err := read(reader)
		if err != nil {
			return taken, err
		}
		if status != 200 {
			return taken, fmt.Errorf("status %d", status)
		}
		taken = append(taken, time.Since(begun))
	}
	return taken, nil
}

func run(o options) (result, error) {
	configuration, err := o.configuration()
	if err != nil {
		return result{}, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if o.source != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(o.source)}
	}
	connections := make([]net.Conn, o.connections)
	for n := range connections {
		if connections[n], err = tls.DialWithDialer(dialer, "tcp", o.address, configuration); err != nil {
			return result{}, err
		}
		defer connections[n].Close()
	}
	begun := time.Now()
	deadline := begun.Add(time.Duration(o.seconds * float64(time.Second)))
	found := result{Connections: o.connections}
	var all []time.Duration
	var lock sync.Mutex
	var group sync.WaitGroup
	for _, connection := range connections {
		group.Add(1)
		go func() {
			defer group.Done()
			taken, err := ask(connection, o.request(), deadline)
			lock.Lock()
			defer lock.Unlock()
			all = append(all, taken...)
			if err != nil {
				found.Errors++
				found.FirstError = err.Error()
			}
		}()
	}
	group.Wait()
	found.Seconds = time.Since(begun).Seconds()
	found.Requests = len(all)
	found.Rate = float64(len(all)) / found.Seconds
	sort.Slice(all, func(a, b int) bool { return all[a] < all[b] })
	if len(all) > 0 {
		found.P50 = all[len(all)/2].Seconds() * 1000
		found.P99 = all[len(all)*99/100].Seconds() * 1000
	}
	return found, nil
}

func main() {
	found, err := run(parse())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadgen:", err)
		os.Exit(1)
	}
}
