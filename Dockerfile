# The program is plain JavaScript, so it is built once, on the builder's own platform, for every platform.
FROM --platform=$BUILDPLATFORM node:24-slim AS build
WORKDIR /app
COPY . .
# The image brings Node, so the npm package of that name need not fetch another (--ignore-scripts).
RUN npm ci --ignore-scripts && npm run build \
 && npm prune --omit=dev --omit=optional --omit=peer --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
COPY --from=build /app/package.json /app/LICENSE /app/
COPY --from=build /app/bin /app/bin
COPY --from=build /app/dist /app/dist
COPY --from=build /app/simulator/demo /app/simulator/demo
COPY --from=build /app/node_modules /app/node_modules
# The name under which the other image, and the compose file, know the program.
RUN ln -s /app/bin/smugmug-backup.cjs /usr/local/bin/smugmug-backup

# The configuration is looked for in /config/.smgmg/config.toml (where `login` makes one) and /config/config.toml.
# World-writable with the sticky bit, so that `--user` may be anybody. /state is for XDG_STATE_HOME, where a container wants it apart.
RUN mkdir -m 1777 /config /state
ENV HOME=/config
WORKDIR /config

# /backup is not made here, and no VOLUME is declared, on purpose: where nothing is mounted there is no destination, and
# the run ends with exit code 5 rather than fill a throw-away volume.
ENV SMGMG_BK_DESTINATION=/backup

# With a password for the page it listens for other machines; without one the service runs without a page.
ENV SMUGMUG_BACKUP_IMAGE=1

# One store of memory for all threads: 10 to 17 MB less.
ENV MALLOC_ARENA_MAX=1
EXPOSE 8980

USER node
# The exec form: SIGTERM of `docker stop` reaches the program itself, which finishes what is in flight and reports.
ENTRYPOINT ["node", "/app/bin/smugmug-backup.cjs"]
CMD ["service"]
# The first backup may take days; until then not all is well.
HEALTHCHECK --interval=5m --timeout=30s --start-period=1h CMD ["smugmug-backup", "service", "--check"]
