# The image runs what `npm pack` puts into the package, as a user without rights. Only /data is written to.

FROM node:24-slim AS package
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
COPY explorer/package.json explorer/
RUN npm ci
COPY . .
RUN npm pack --silent
RUN tar -xzf countersign-*.tgz

FROM node:24-slim AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json sdk/
COPY explorer/package.json explorer/
RUN npm ci --omit=dev

FROM node:24-slim
WORKDIR /data
RUN chown 1000:1000 .
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules/
COPY --from=package /build/package ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
# By number, so that Kubernetes can tell that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "scripts/healthcheck.mjs"]
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=8", "/app/bin/countersign.js"]
CMD ["serve"]
