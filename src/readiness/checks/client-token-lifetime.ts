import { Client } from "../../clients/client.entity.js";
import { tokenLifetimeCheck } from "../token-lifetime.js";

export const clientTokenLifetime = tokenLifetimeCheck(Client, "clientId", {
  id: "client-token-lifetime",
  target: "client",
  whatToDo: "Lower the client's `accessTokenLifetimeSeconds`, or end it with null.",
});
