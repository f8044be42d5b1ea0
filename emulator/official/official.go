// Package official finds and starts Google's own emulators of Firestore and Pub/Sub, where gcloud has installed them.
// They are what the local cloud's servers are compared with: emulator/firestore in its differential test, and the whole
// local cloud in its -official mode.
//
// gcloud's wrappers are not used: they start java through a shell and leave it behind when they are killed.
package official

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// ErrNotInstalled says that java, gcloud or the emulator's archive was not found; the wrapping message says which, and
// how to install it.
var ErrNotInstalled = errors.New("official emulator is not installed")

// Firestore starts Google's Firestore emulator on a free port of 127.0.0.1 and returns its address once it answers.
// Stop ends it; it may be called more than once. The error is ErrNotInstalled where there is nothing to start.
func Firestore(ctx context.Context) (addr string, stop func(), err error) {
	jar, err := find("cloud-firestore-emulator", "cloud-firestore-emulator.jar")
	if err != nil {
		return "", nil, err
	}
	// The archive has no main class in its manifest.
	return start(ctx, "-cp", jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore", "start")
}

// PubSub starts Google's Pub/Sub emulator as Firestore does its own.
func PubSub(ctx context.Context) (addr string, stop func(), err error) {
	jar, err := find("pubsub-emulator", "lib/cloud-pubsub-emulator-*-all.jar")
	if err != nil {
		return "", nil, err
	}
	return start(ctx, "-jar", jar)
}

// find returns the path of a component's archive, the newest where the pattern has several.
func find(component, pattern string) (string, error) {
	if _, err := exec.LookPath("java"); err != nil {
		return "", fmt.Errorf("%w: java is not in PATH; install a Java runtime, version 11 or later", ErrNotInstalled)
	}
	root, err := sdkRoot()
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(root, "platform", component, filepath.FromSlash(pattern)))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%w: no %s in %s; run: gcloud components install %s", ErrNotInstalled, pattern, root, component)
	}
	return slices.Max(found), nil
}

// sdkRoot is where gcloud is installed: its executable lies in bin below it. Asking gcloud itself takes a second.
func sdkRoot() (string, error) {
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		return "", fmt.Errorf("%w: gcloud is not in PATH; see cloud.google.com/sdk/docs/install", ErrNotInstalled)
	}
	path, err := filepath.EvalSymlinks(gcloud)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", gcloud, err)
	}
	return filepath.Dir(filepath.Dir(path)), nil
}

// freePort is a port of 127.0.0.1 that nobody listens on now. The emulators cannot be given 0.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// command is java with the flags that start it soonest and keep it small: about 0.7 s and 130 MB.
func command(port string, args ...string) *exec.Cmd {
	flags := []string{"-Duser.language=en", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}
	cmd := exec.Command("java", slices.Concat(flags, args, []string{"--host=127.0.0.1", "--port=" + port})...)
	ownGroup(cmd)
	return cmd
}
