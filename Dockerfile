# The server with glibc: PostgreSQL's parser is C and needs thread stacks that follow RLIMIT_STACK.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY *.go ./
COPY server ./server
COPY planner ./planner
COPY ec2backend ./ec2backend
ARG VERSION=dev
RUN CGO_ENABLED=1 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /flowgres .

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /flowgres /usr/bin/flowgres
USER 65532:65532
EXPOSE 5432 9464
ENV FLOWGRES_LISTEN=0.0.0.0:5432 FLOWGRES_METRICS_LISTEN=0.0.0.0:9464
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/usr/bin/flowgres", "healthcheck", "--address", "127.0.0.1:5432"]
ENTRYPOINT ["/usr/bin/flowgres"]
CMD ["serve"]
