import { Client } from "../../clients/client.entity.js";
import { TrustedAuthProfile } from "../../trusted-auth/profile.entity.js";
import { type HostCheck, type HostContext, observed } from "../host-check.js";

export const keySetUnavailable: HostCheck = {
  id: "key-set-unavailable",
  level: "WARNING",
  what: "A key set cannot be fetched",
  why: "Tokens and assertions of its owner are refused as soon as the cached key set is too old.",
  whatToDo: "Correct the URL, or ask who runs its server. `testProfile` repeats the fetch.",
  docs: "attestation.md",
  find: async (context) => {
    const found = await Promise.all(
      observed("KEY_SET_UNAVAILABLE")(context).map(async ({ subject, sentence }) => {
        const [, kind, projectId = "", id = ""] =
          /^(profile|client) (\S+) (.+)$/.exec(subject) ?? [];
        if (!(await hasKeySet(context, kind, projectId, id))) return [];
        const message = sentence.slice(subject.length + 1);
        return [{ subject: id, projectId, sentence: `The ${kind} ${id}: ${message}` }];
      }),
    );
    return found.flat();
  },
};

/** The owner may have been changed or deleted since. */
async function hasKeySet(
  { read }: HostContext,
  kind: string | undefined,
  projectId: string,
  id: string,
): Promise<boolean> {
  const owner =
    kind === "profile"
      ? await read.findOneBy(TrustedAuthProfile, { projectId, profileId: id })
      : await read.findOneBy(Client, { projectId, clientId: id });
  return owner !== null && owner.jwksUrl !== null;
}
