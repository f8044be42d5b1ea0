// Emulator runs the whole of Sessionbridge on one machine: the functions, and stand-ins for the cloud, the CRM and the
// mail server they need.
//
//	go run ./emulator          the local cloud, until it is interrupted
//	go run ./emulator demo     one call and one chat through it, told as a story
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sessionbridge.internal/emulator/demo"
	"sessionbridge.internal/emulator/local"
)

func main() {
	local.ServeFunction()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	play := len(args) > 0 && args[0] == "demo"
	if play {
		args = args[1:]
	}
	o, err := options(args, errs)
	if err != nil {
		return err
	}
	if play {
		return demo.Run(ctx, o, out)
	}
	o.Logs = out
	return serve(ctx, o, errs)
}

func options(args []string, errs io.Writer) (o local.Options, err error) {
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.Listen, "listen", "127.0.0.1", "the `address` to listen on")
	flags.IntVar(&o.BasePort, "base-port", 8080, "the `port` of people's page; the services take the ports after it")
	flags.BoolVar(&o.Isolate, "isolate", false, "run every function in a process of its own, as the platform does")
	flags.BoolVar(&o.Official, "official", false, "use gcloud's Firestore and Pub/Sub emulators")
	flags.StringVar(&o.Dir, "dir", "", "keep objects in this `folder` (default: a temporary one)")
	err = flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unknown argument %q; run with -h for help", flags.Arg(0))
	}
	return o, err
}

func serve(ctx context.Context, o local.Options, errs io.Writer) error {
	began := time.Now()
	c, err := local.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(errs, "The local cloud is ready after %v: %s/emulator/ (Ctrl+C ends it)\n", time.Since(began).Round(time.Millisecond), c.URL)
	<-ctx.Done()
	fmt.Fprintln(errs, "Closing.")
	return c.Close()
}
