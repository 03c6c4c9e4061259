import { PublishedKey } from "../../signing-keys/published-key.entity.js";
import { type DataCheck, dayOf, daysFrom } from "../check.js";
import { rows } from "../row-findings.js";

export const publishedKeyOld: DataCheck = {
  id: "published-key-old",
  level: "NOTICE",
  target: "publishedKey",
  what: "A former issuer's key is still published after 90 days",
  why: "Whoever has its private key can sign tokens that verifiers of your key set accept.",
  whatToDo: "Delete it once the former issuer's last token has expired.",
  docs: "signing-keys.md#keep-the-keys-of-a-former-issuer",
  find: rows({
    entity: PublishedKey,
    id: "kid",
    where: ({ now }) => ["target.createdAt < :before", { before: daysFrom(now, -90) }],
    rest: ({ createdAt, expiresAt }) =>
      `has been published since ${dayOf(createdAt)}, and ends on ${dayOf(expiresAt)}`,
  }),
};
