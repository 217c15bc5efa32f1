package ec2backend

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// tokenLife is how long a presigned identity is good, as servers demand.
const tokenLife = "900"

// PresignIdentity makes a presigned URL of sts:GetCallerIdentity with the
// credentials of the default chain, or of a profile: the password of a client
// that logs in by the method iam. Whoever sends it must send the headers of
// signed with it, as the signature covers them. It makes no request of STS.
func PresignIdentity(ctx context.Context, profile, region, endpoint string, signed http.Header) (string, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile), config.WithRegion(region))
	if err != nil {
		return "", err
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.Credentials == nil {
		return "", errors.New("no AWS credentials")
	}
	client := sts.NewPresignClient(sts.NewFromConfig(cfg, func(o *sts.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	}))
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := client.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.PresignOptions) {
		o.Presigner = expiring{v4.NewSigner(), signed}
	})
	if err != nil {
		return "", err
	}
	return req.URL, nil
}

// expiring signs with an end and with more headers, which STS's presigner has no
// options for.
type expiring struct {
	*v4.Signer
	signed http.Header
}

func (p expiring) PresignHTTP(ctx context.Context, creds aws.Credentials, r *http.Request, hash, service, region string, at time.Time, opts ...func(*v4.SignerOptions)) (string, http.Header, error) {
	q := r.URL.Query()
	q.Set("X-Amz-Expires", tokenLife)
	r.URL.RawQuery = q.Encode()
	maps.Copy(r.Header, p.signed)
	return p.Signer.PresignHTTP(ctx, creds, r, hash, service, region, at, opts...)
}
