import { findMissing } from "../support/programs.js";
import { pythonPackages } from "../support/python-packages.js";
import { describeLanguage } from "./describe-language.js";

const FOLDER = "examples/typed-clients/python";
// in place of `python3 -m venv .venv`, `. .venv/bin/activate` and `pip install -r requirements.txt`
const packages = pythonPackages(FOLDER, "typed-client-python");
// The server of the tests has no TLS.
const environment = [`PYTHONPATH=${packages.folder}`, "AUTHLIB_INSECURE_TRANSPORT=1"];
const command = (line: string) => ["env", ...environment, ...line.split(" ")];

await describeLanguage({
  language: "Python",
  folder: FOLDER,
  tools: [["python3", "--version"]],
  missing: await findMissing({ folder: FOLDER, packages, runtime: "python3" }),
  build: [
    command("cp -r ../../../sdk/schema/documents/. documents/countersign"),
    command("python3 -m ariadne_codegen"),
    command("python3 -m mypy ."),
  ],
  // `python3 main.py manage`, and so on
  programs: [{ title: "ariadne-codegen", command: command("python3 main.py") }],
});
