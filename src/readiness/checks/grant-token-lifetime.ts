import { ClientGrant } from "../../client-grants/client-grant.entity.js";
import { tokenLifetimeCheck } from "../token-lifetime.js";

export const grantTokenLifetime = tokenLifetimeCheck(ClientGrant, "clientGrantId", {
  id: "grant-token-lifetime",
  target: "clientGrant",
  whatToDo: "Lower the grant's `accessTokenLifetimeSeconds`, or end it with null.",
});
