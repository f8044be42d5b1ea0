// Emulator runs the whole of Sessionbridge on one machine: the functions, and stand-ins for the cloud, the CRM and the
// mail server they need.
//
//	go run ./emulator          the local cloud, until it is interrupted
//	go run ./emulator demo     one call and one chat through it, told as a story; -source NAME plays recordings of a source
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
	context.AfterFunc(ctx, stop) // a second interrupt ends us at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// flags are the command line.
type flags struct {
	local.Options
	official bool
	source   string // of the demo
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	play := len(args) > 0 && args[0] == "demo"
	if play {
		args = args[1:]
	}
	f, err := parse(args, play, errs)
	if err != nil {
		return err
	}
	if play {
		return demo.Run(ctx, demo.Options{Options: f.Options, Official: f.official, Source: f.source}, out)
	}
	f.Logs = out
	return serve(ctx, f, errs)
}

func parse(args []string, play bool, errs io.Writer) (f flags, err error) {
	set := flag.NewFlagSet("emulator", flag.ContinueOnError)
	set.SetOutput(io.Discard) // what is wrong is said once, by main
	set.StringVar(&f.Listen, "listen", "127.0.0.1", "the `address` to listen on")
	set.IntVar(&f.BasePort, "base-port", 8080, "the `port` of people's page; the services take the ports after it")
	set.BoolVar(&f.Isolate, "isolate", false, "run every function in a process of its own, as the platform does")
	set.BoolVar(&f.official, "official", false, "use gcloud's Firestore and Pub/Sub emulators")
	set.StringVar(&f.Dir, "dir", "", "keep objects in this `folder` (default: a temporary one)")
	set.BoolVar(&f.SignIn, "sign-in", false, "have people sign in who come by a browser: else they are an administrator")
	if play {
		set.StringVar(&f.source, "source", "", "play the recordings of this `source`, or all of them, or the story of kustomer")
	}
	err = set.Parse(args)
	if err == nil && set.NArg() > 0 {
		err = fmt.Errorf("unknown argument %q", set.Arg(0))
	}
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(errs, "Usage: emulator [demo] [flags]")
		set.SetOutput(errs)
		set.PrintDefaults()
		return f, err
	}
	if err != nil {
		return f, fmt.Errorf("%w; run with -h for help", err)
	}
	return f, nil
}

func serve(ctx context.Context, f flags, errs io.Writer) (err error) {
	began := time.Now()
	if f.official {
		if f.Official, err = local.StartOfficial(ctx); err != nil {
			return err
		}
		defer f.Official.Close()
	}
	c, err := local.Start(ctx, f.Options)
	if err != nil {
		return err
	}
	fmt.Fprintf(errs, "The local cloud is ready after %v: %s/emulator/ (Ctrl+C ends it)\n", time.Since(began).Round(time.Millisecond), c.URL)
	<-ctx.Done()
	fmt.Fprintln(errs, "Closing.")
	return c.Close()
}
