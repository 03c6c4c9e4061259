import { type Command, type Programs, packagesOf } from "../support/programs.js";

const FOLDER = "test/clients/python";

export const WHEELS = packagesOf(`${FOLDER}/requirements.txt`, "python");

/** Python's programs, and the packages that they import. */
export const PYTHON: Programs = {
  folder: FOLDER,
  packages: {
    folder: WHEELS,
    fetch: (folder) => [
      ...["python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...["--target", folder, "--requirement", "requirements.txt"],
    ],
  },
  runtime: "python3",
};

/** @param environment `NAME=value` */
export const python = (program: string, ...environment: string[]): Command => [
  ...["env", `PYTHONPATH=${WHEELS}`, ...environment, "python3", program],
];
