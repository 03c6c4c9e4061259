import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, InputType, Int } from "type-graphql";
import { Idempotent, Versioned } from "../graphql-types/mutation.inputs.js";
import { KeySourceInput } from "../key-sets/key-source.inputs.js";
import { TrustedMetadataInput } from "../shared/trusted-metadata.inputs.js";
import type { ClientDescription } from "./build-client.js";
import type { ClientStatus, GrantType, TokenEndpointAuthMethod } from "./client.entity.js";
import { ClientStatusEnum, GrantTypeEnum, TokenEndpointAuthMethodEnum } from "./client.payloads.js";
import type { ImportedClient } from "./client-import.js";
import { ClientOwnerInput } from "./client-owner.inputs.js";
import type { ClientRef } from "./client-store.js";
import type { ClientAuthenticationInput, ClientChange, NewClient } from "./client-writer.js";

@InputType()
abstract class ClientDescriptionInput extends TrustedMetadataInput implements ClientDescription {
  @Field(() => String, { nullable: true, description: "Display name, 1 to 128 characters." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "Description, up to 1000 characters." })
  description?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Lifetime of its access tokens, 60 seconds to the project's `maximumAccessTokenLifetimeSeconds`, unless a grant has its own; null: the API's or the project's.",
  })
  accessTokenLifetimeSeconds?: number | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time from which the client gets no tokens.",
  })
  expiresAt?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether the client gets tokens only with a DPoP proof (RFC 9449); false if never set.",
  })
  dpopBoundAccessTokens?: boolean | null;

  @Field(() => [GrantTypeEnum], {
    nullable: true,
    description:
      "Grants that the client may use with its own credentials; CLIENT_CREDENTIALS if never set.",
  })
  grantTypes?: GrantType[] | null;
}

@InputType()
abstract class ClientSettingsInput
  extends ClientDescriptionInput
  implements ClientAuthenticationInput
{
  @Field(() => TokenEndpointAuthMethodEnum, {
    nullable: true,
    description:
      "How the client authenticates; null: with its secret, as HTTP Basic or in the body.",
  })
  tokenEndpointAuthMethod?: TokenEndpointAuthMethod | null;

  @Field(() => ClientOwnerInput, {
    nullable: true,
    description:
      "Whom the client belongs to; nobody if never set. A change ends the registration token (RFC 7592) of a client that had an owner, and the tokens of one with `own_clients:*`. Secrets, keys and other tokens stay: end them, since the former owner may know them.",
  })
  owner?: ClientOwnerInput | null;

  @Field(() => KeySourceInput, {
    nullable: true,
    description: "The client's public keys, for PRIVATE_KEY_JWT; an update replaces them.",
  })
  keys?: KeySourceInput | null;
}

@InputType({ description: "A new client; its id and secret are generated." })
export class CreateClientInput extends Idempotent(ClientSettingsInput) implements NewClient {
  @Field(() => [String], {
    description:
      "Scopes that the client may request: up to 100 scope-tokens (RFC 6749 section 3.3).",
  })
  scopes!: string[];

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time from which its secret is not valid; if absent, the secret stays valid.",
  })
  secretExpiresAt?: Date | null;
}

@InputType({ description: "An existing client, with the id and credentials that it already uses." })
export class ImportClientInput extends Idempotent(ClientSettingsInput) implements ImportedClient {
  @Field(() => ID, {
    description:
      "Id of the client: 1 to 255 printable ASCII characters, without space, `\"`, `%` and `\\`. With `:` in it, HTTP Basic needs the form-encoding of RFC 6749 section 2.3.1. Not the project's own id, none that ends with `@clients`, and none of the form of a generated id of another kind, such as `member_` and 22 letters and digits.",
  })
  clientId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The secret, 10 to 1024 characters that are hard to guess: 10^10 guesses by the estimate of zxcvbn, which counts words such as `client`, `secret` and `prod` and those of the client's id for nothing. Or give `secretHash`, or keys with PRIVATE_KEY_JWT.",
  })
  clientSecret?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Hash of the secret: bcrypt (cost 4 to 13), or PBKDF2, scrypt or argon2 in PHC format, also as Django, Werkzeug, Spring (`{bcrypt}…`) and ASP.NET Core Identity write them, or a SHA-256 or SHA-512 of the secret in hexadecimal or base64 (IdentityServer, Doorkeeper). A plain SHA-2 protects only a secret that is long and random, which cannot be seen from it: rotate other ones. Or give `clientSecret`.",
  })
  secretHash?: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Time from which the secret is not valid; if absent, the secret stays valid.",
  })
  secretExpiresAt?: Date | null;

  @Field(() => [String], {
    nullable: true,
    description: "Scopes that the client may request; none if absent.",
  })
  scopes?: string[] | null;
}

@InputType({
  description:
    "Changes to a client; absent fields stay unchanged. Null clears a field that can be empty, and is refused for others.",
})
export class UpdateClientInput extends Versioned(ClientSettingsInput) implements ClientChange {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;

  @Field(() => [String], { nullable: true, description: "Replaces the list of scopes." })
  scopes?: string[] | null;

  @Field(() => ClientStatusEnum, { nullable: true, description: "Whether the client gets tokens." })
  status?: ClientStatus | null;
}

@InputType({ description: "The client to delete." })
export class DeleteClientInput extends Versioned() implements ClientRef {
  @Field(() => ID, { description: "Id of the client." })
  clientId!: string;
}
