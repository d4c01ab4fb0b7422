// Hive Gateway before both subgraphs, with what gateway.config.mjs says:
//
//   node serve.mjs 4000
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { gatewayConfig } from "./gateway.config.mjs";

const gateway = createGatewayRuntime({
  ...gatewayConfig,
  supergraph: () => readFileSync(gatewayConfig.supergraph, "utf8"),
});
createServer(gateway).listen(Number(process.argv[2] ?? 4000), "127.0.0.1");
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit());
