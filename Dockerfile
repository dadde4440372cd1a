# The same service that `npm start` runs. Models are pulled into a volume at the first start and verified at each.
FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
RUN npm install --omit=dev --no-save

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-pip \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY package.json package-lock.json ./
COPY src src
COPY telephony telephony
COPY pipeline pipeline
COPY prompts prompts
COPY models models
ENV INZWA_HOST=0.0.0.0 INZWA_MODELS_DIR=/models
RUN mkdir /models && chown node:node /models
VOLUME /models
USER node
EXPOSE 8080
HEALTHCHECK --start-period=10m CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/cli/inzwa.ts", "serve"]
