// Package places opens where a company keeps its sessions' files, as its settings say: a Cloud Storage bucket, an SFTP
// server, or both; and where a file is to be had: at its source, or where it is stored already.
//
// shared/closing and shared/export bring files here, shared/flow takes them to the CRM. The stores themselves are
// shared/files/gcs and shared/files/sftp, and shared/files/remote fetches.
package places

import (
	"context"
	"fmt"
	"net"
	"path"

	"cloud.google.com/go/storage"

	"sessionbridge.internal/shared/clock"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
	"sessionbridge.internal/shared/files/sftp"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/work"
)

// Keeper opens places. What it needs of a place is connected at its first use.
type Keeper struct {
	Client  *outbound.Client // to sources and SFTP servers, guarded
	Secrets *secrets.Resolver
	Storage *cloud.Lazy[*storage.Client]
	Signer  gcs.Signer
	Clock   clock.Clock
	// Uploads is the bucket into which end users upload; empty: they cannot.
	Uploads string
}

// UploadsEnv names the environment variable that holds Keeper.Uploads.
const UploadsEnv = "UPLOADS_BUCKET"

// New is a Keeper of the environment's Cloud Storage. Close it.
func New(getenv func(string) string, client *outbound.Client, secrets *secrets.Resolver, clock clock.Clock) (*Keeper, error) {
	signer, err := gcs.SignerFrom(getenv)
	if err != nil {
		return nil, err
	}
	return &Keeper{Client: client, Secrets: secrets, Storage: gcs.Open(getenv), Signer: signer, Clock: clock, Uploads: getenv(UploadsEnv)}, nil
}

// Close ends the connection to Cloud Storage, if one was made.
func (k *Keeper) Close() error { return k.Storage.Close() }

// Place is one of the company's places, open.
type Place interface {
	// Put makes the source's content the file at the path; done twice it is as done once.
	Put(ctx context.Context, path string, tags files.Tags, src files.Source) (files.Stored, error)
	// Source is a file that is there.
	Source(ctx context.Context, path string) (files.Source, error)
	// Close gives up the connection.
	Close() error
}

// Open is the place of that name, work.Bucket or work.SFTP, which the settings must have.
func (k *Keeper) Open(ctx context.Context, st *settings.Storage, name string) (Place, error) {
	if name == work.Bucket {
		return bucketPlace{k.Bucket(st)}, nil
	}
	server, err := k.server(st.SFTP)
	if err != nil {
		return nil, err
	}
	s, err := sftp.Open(ctx, server)
	if err != nil {
		return nil, err
	}
	return sftpPlace{s, st.SFTP.Folder}, nil
}

// Bucket is the company's bucket, which can sign links.
func (k *Keeper) Bucket(st *settings.Storage) *gcs.Store {
	return gcs.New(k.Storage, st.Bucket, gcs.Options{KMSKey: st.KMSKey, Signer: k.Signer, Clock: k.Clock})
}

func (k *Keeper) server(s *settings.SFTP) (sftp.Server, error) {
	server := sftp.Server{
		Host: s.Host, Port: s.Port, User: s.Username, HostKeys: s.HostKeys, Now: k.Clock,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return k.Client.Dial(ctx, network, address)
		},
	}
	for _, one := range []struct {
		setting, ref string
		to           *secrets.Secret
	}{
		{"password", s.Password, &server.Password}, {"private_key", s.PrivateKey, &server.PrivateKey}, {"passphrase", s.Passphrase, &server.Passphrase},
	} {
		if one.ref == "" {
			continue
		}
		ref, err := secrets.ParseRef(one.ref)
		if err == nil {
			*one.to, err = k.Secrets.Resolve(ref)
		}
		if err != nil {
			return server, fmt.Errorf("storage.sftp.%s: %w", one.setting, err)
		}
	}
	return server, nil
}

type bucketPlace struct{ *gcs.Store }

func (bucketPlace) Close() error { return nil } // the client is the process's

type sftpPlace struct {
	*sftp.Store
	folder string
}

// Put keeps no tags: a file of SFTP has none.
func (p sftpPlace) Put(ctx context.Context, name string, _ files.Tags, src files.Source) (files.Stored, error) {
	stored, err := p.Store.Put(ctx, p.at(name), src)
	stored.Path = name // as in every place: the folder of this one is its own
	return stored, err
}

func (p sftpPlace) Source(ctx context.Context, name string) (files.Source, error) {
	return p.Open(ctx, p.at(name))
}

// at is a file's path on the server; a folder that begins with a slash is not where the sign-in leads.
func (p sftpPlace) at(name string) string { return path.Join(p.folder, name) }
