/** What the placeholders of a claims template name. All of it may be absent. */
export interface ClaimsTemplateValues {
  client?: {
    clientId?: string;
    name?: string;
    /** Your own id of whom the client belongs to. */
    owner?: string;
    trustedMetadata?: Readonly<Record<string, unknown>>;
  };
  projectId?: string;
  /** The parameters of the token request that the template names as `request.x`. */
  request?: Readonly<Record<string, string>>;
}
