# The service, its jobs and the command line in one image. docs/deploy.md says how it is run.
#
#   docker build --tag contact-sync .
#   docker run --rm --env-file contact-sync.env contact-sync migrate
#   docker run --env-file contact-sync.env --publish 3000:3000 --read-only --stop-timeout 120 contact-sync
#
# Where builds must repeat to the byte, name the base by its digest:
#   docker build --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:… .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# What is to be installed, before the sources: they change more often.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
COPY dashboard/package.json dashboard/

# What runs. The embedded PostgreSQL is left out: a container's database is another container's, or
# another machine's.
FROM manifests AS modules
RUN npm ci --omit=dev --omit=optional --omit=peer --ignore-scripts --no-audit --no-fund

FROM manifests AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="contact-sync" \
      org.opencontainers.image.description="The contact engine for apps on PostgreSQL: a phone's address book goes in, the contacts who have accounts come out." \
      org.opencontainers.image.licenses="MIT"
# All addresses are the container's own. Without a token secret the service says so and does not start.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/client/package.json /app/client/LICENSE-APACHE /app/client/NOTICE client/
COPY --from=build /app/client/dist client/dist
COPY --from=build /app/database database
COPY --from=build /app/dist dist
# The image's user `node`, as a number: Kubernetes' runAsNonRoot wants one. Nothing here is its own,
# and nothing is written.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
# Whether the process runs, and not whether the database does: who restarts what is unhealthy would
# restart every process at once when the database is away. /readyz is for who sends traffic.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["serve"]
