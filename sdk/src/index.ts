export type {
  Audience,
  CustomClaims,
  DefaultAudience,
  Register,
  RegisteredAudience,
  Scope,
  SessionCustomClaims,
} from "./register.js";
