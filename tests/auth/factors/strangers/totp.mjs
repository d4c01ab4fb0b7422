// Computes the code of an `otpauth://` URI at a time, as an app does that knows nothing but the URI.
import { generateSync } from "otplib";
import { parse } from "@otplib/uri";

const [uri, epoch] = process.argv.slice(2);
const { type, label, params } = parse(uri);
const { secret, issuer, ...rest } = params;
const code = generateSync({ strategy: type, secret, epoch: Number(epoch), ...rest });
console.log(JSON.stringify({ type, label, issuer, code }));
