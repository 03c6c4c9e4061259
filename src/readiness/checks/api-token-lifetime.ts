import { Api } from "../../apis/api.entity.js";
import { tokenLifetimeCheck } from "../token-lifetime.js";

export const apiTokenLifetime = tokenLifetimeCheck(Api, "apiId", {
  id: "api-token-lifetime",
  target: "api",
  whatToDo: "Lower the API's `accessTokenLifetimeSeconds`, or end it with null.",
});
