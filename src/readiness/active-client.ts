/**
 * SQL: whether a client is active and has not ended; the parameter `now`.
 * @param clientId a property of `target`
 */
export const isActiveClient = (clientId: string) => `EXISTS (SELECT 1 FROM clients AS client
  WHERE client.project_id = target.projectId AND client.client_id = target.${clientId}
    AND client.status = 'ACTIVE' AND (client.expires_at IS NULL OR client.expires_at > :now))`;
