// The application's backend: signed-in users create, list, rotate and delete their own API keys.
import express, { type ErrorRequestHandler } from "express";
import { createKey, deleteKey, listKeys, NoSuchKey, rotateKey } from "./keys.ts";
import { requireSignIn, signIn, type User } from "./sign-in.ts";

const { PORT = "3001" } = process.env;

const app = express().use(express.json());
app.post("/sign-in", signIn);

const keys = express.Router().use(requireSignIn);
keys.get("/", async (_request, response) => {
  const { userId }: User = response.locals["user"];
  response.json(await listKeys(userId));
});
keys.post("/", async (request, response) => {
  const { userId, plan }: User = response.locals["user"];
  response.status(201).json(await createKey(userId, String(request.body.name), plan));
});
keys.post("/:clientId/rotate", async (request, response) => {
  const { userId }: User = response.locals["user"];
  response.json(await rotateKey(userId, request.params.clientId));
});
keys.delete("/:clientId", async (request, response) => {
  const { userId }: User = response.locals["user"];
  await deleteKey(userId, request.params.clientId);
  response.status(204).end();
});
app.use("/keys", keys);

const answerNoSuchKey: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof NoSuchKey) response.status(404).json({ error: error.message });
  else next(error);
};
app.use(answerNoSuchKey);
app.listen(Number(PORT), "localhost", (error) => {
  if (error) throw error; // such as a port that is taken
  console.log(`listens on http://localhost:${PORT}`);
});
