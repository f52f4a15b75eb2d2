# Weft as a container. Build: docker build -t weft .
#
# Weft listens on loopback addresses only, since it has no TLS yet. A container's loopback is its own, so run it in the
# network namespace of whoever talks to it: beside a proxy that ends TLS, or with --network host on one machine:
#
#   docker run --rm --network host --volume "$PWD:/mesh:ro" --volume weft-state:/var/lib/weft weft
#
# The folder that is mounted holds weft.yaml; audit.file and spill.dir belong below /var/lib/weft.

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked --bin weft

FROM debian:12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/weft --create-home --shell /usr/sbin/nologin weft
COPY --from=build /source/target/release/weft /usr/local/bin/weft
USER 10001
WORKDIR /mesh
VOLUME /var/lib/weft
STOPSIGNAL SIGTERM
# What the admin listener says, asked with nothing but bash: admin.listen is 127.0.0.1:9090 where it is not changed.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["weft"]
CMD ["serve", "--config", "/mesh/weft.yaml"]
