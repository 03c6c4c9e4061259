import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  generationOf,
  newTokenGeneration,
  newTokenId,
  ZERO_GENERATION,
} from "../../../src/clients/token-generation.js";

const generations = fc.stringMatching(/^[0-9a-f]{12}$/);

test("a token id is a UUID of version 8 that contains the generation", () => {
  fc.assert(
    fc.property(generations, (generation) => {
      const id = newTokenId(generation);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(generationOf(id)).toBe(generation);
    }),
  );
});

test("token ids of one generation differ, and so do generations", () => {
  const generation = newTokenGeneration();
  const ids = Array.from({ length: 1000 }, () => newTokenId(generation));
  expect(new Set(ids).size).toBe(1000);
  expect(new Set(Array.from({ length: 1000 }, newTokenGeneration)).size).toBe(1000);
});

test("any other text has the zero generation, as the ids of version 4", () => {
  expect(generationOf(randomUUID())).toBe(ZERO_GENERATION);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(generationOf(text)).toBe(ZERO_GENERATION);
    }),
  );
  expect(generationOf(`${newTokenId("0123456789ab")}\n`)).toBe(ZERO_GENERATION);
  expect(generationOf(newTokenId("0123456789ab").toUpperCase())).toBe(ZERO_GENERATION);
});
