export type { Audience, CustomClaims, Register, Scope } from "./register.js";
