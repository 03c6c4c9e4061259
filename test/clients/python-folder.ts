import { type Command, type Programs, packagesOf } from "./programs.js";

const WHEELS = packagesOf("python/requirements.txt", "python");

/** Python's programs, and the packages that they import. */
export const PYTHON: Programs = {
  folder: "python",
  packages: WHEELS,
  build: [
    ...["python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
    ...["--target", WHEELS, "--requirement", "requirements.txt"],
  ],
  runtime: "python3",
};

/** @param environment `NAME=value` */
export const python = (program: string, ...environment: string[]): Command => [
  ...["env", `PYTHONPATH=${WHEELS}`, ...environment, "python3", program],
];
