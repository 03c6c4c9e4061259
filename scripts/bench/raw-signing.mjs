// The floor below every token: RSA-2048 signatures of a token's size, and nothing else.
// Reads { seconds } and tells signatures per CPU-second.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { text } from "node:stream/consumers";

const { seconds } = JSON.parse(await text(process.stdin));
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const data = randomBytes(400);
const end = performance.now() + seconds * 1000;
const before = process.cpuUsage();
let count = 0;
while (performance.now() < end) {
  sign("RSA-SHA256", data, privateKey);
  count++;
}
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ perCpuSecond: count / ((user + system) / 1e6) }));
