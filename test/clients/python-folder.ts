import type { Command, Programs } from "../support/programs.js";
import { pythonPackages } from "../support/python-packages.js";

const FOLDER = "test/clients/python";
const packages = pythonPackages(FOLDER, "python");

export const WHEELS = packages.folder;

/** Python's programs, and the packages that they import. */
export const PYTHON: Programs = {
  folder: FOLDER,
  packages,
  runtime: "python3",
};

/** @param environment `NAME=value` */
export const python = (program: string, ...environment: string[]): Command => [
  ...["env", `PYTHONPATH=${WHEELS}`, ...environment, "python3", program],
];
