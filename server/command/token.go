package command

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/server/callerid"
)

func iamTokenCommand() *cobra.Command {
	var profile, region, endpoint, server string
	cmd := &cobra.Command{
		Use: "iam-token", Short: "Print a password for a server that lets AWS principals log in", Args: cobra.NoArgs,
		Long: "Print a presigned URL of sts:GetCallerIdentity, made with the AWS credentials of the default chain. It is the password for the method iam of pg_hba.conf, good for 15 minutes:\n\n  PGPASSWORD=$(flowgres iam-token) psql 'host=db.example user=app sslmode=verify-full'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var signed http.Header
			if err := callerid.CheckServerID(server); err != nil {
				return err
			}
			if server != "" {
				signed = http.Header{callerid.Header: {server}}
			}
			url, err := ec2backend.PresignIdentity(cmd.Context(), profile, region, endpoint, signed)
			if err == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), url)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "profile of the AWS configuration; empty: the default chain")
	cmd.Flags().StringVar(&region, "region", "", "region whose STS to ask; empty: the configuration's, else us-east-1")
	cmd.Flags().StringVar(&endpoint, "endpoint-url", "", "endpoint in place of AWS's; the server must have the same")
	cmd.Flags().StringVar(&server, "server-id", "", "the server's iam_server_id, where it has one: no other takes the password")
	return cmd
}
