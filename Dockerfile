FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# What `hereby version` is to say: --build-arg REVISION=$(git rev-parse HEAD)
ARG REVISION
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X github.com/hereby/hereby/internal/app.revision=${REVISION}" -o /out/hereby ./cmd/hereby \
 && mkdir -p /out/data

# The binary is static and has the time zones in it; the certificates are all
# that it needs besides.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/hereby /hereby
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /data
# There is no /tmp: what a dry run or the demo keeps for a while goes to /data.
ENV HEREBY_LISTEN=0.0.0.0:8080 TMPDIR=/data
EXPOSE 8080
VOLUME /data
ENTRYPOINT ["/hereby"]
CMD ["serve", "--config", "/etc/hereby/hereby.yaml"]
