// A MongoDB server for the tests: FerretDB with SQLite behind it, because Debian has no MongoDB. It listens on a free port of
// 127.0.0.1 (or the one that is given), prints the port once it does, and stops at SIGTERM.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	folder := flag.String("folder", "", "where the databases' files are (required)")
	address := flag.String("listen", "127.0.0.1:0", "address and port")
	flag.Parse()
	if err := run(*folder, *address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder, address string) error {
	if folder == "" {
		return fmt.Errorf("--folder: name the folder of the databases")
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	uri, err := url.Parse(server.MongoDBURI())
	if err != nil {
		return err
	}
	fmt.Println(uri.Port())
	return server.Run(ctx)
}
