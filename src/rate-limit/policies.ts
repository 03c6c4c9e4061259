export interface RateLimitPolicy {
  name: string;
  /** Events per window. */
  limit: number;
  windowSeconds: number;
}

/** Wrong secrets of one client from one address; other clients and addresses are not touched. */
export const FAILED_CLIENT_SECRET: RateLimitPolicy = {
  name: "failed-client-secret",
  limit: 10,
  windowSeconds: 60,
};
