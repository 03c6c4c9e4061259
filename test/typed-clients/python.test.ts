import { findMissing } from "../support/programs.js";
import { pythonPackages } from "../support/python-packages.js";
import { describeLanguage } from "./describe-language.js";

const FOLDER = "examples/typed-clients/python";
const packages = pythonPackages(FOLDER, "typed-client-python");
const python = ["env", `PYTHONPATH=${packages.folder}`, "python3"];
// The server of the tests has no TLS.
const withoutTls = ["env", "AUTHLIB_INSECURE_TRANSPORT=1"];

await describeLanguage({
  language: "Python",
  folder: FOLDER,
  tools: [["python3", "--version"]],
  missing: await findMissing({ folder: FOLDER, packages, runtime: "python3" }),
  build: [
    ["cp", "-r", "../../../sdk/schema/documents/.", "documents/countersign"],
    [...python, "-m", "ariadne_codegen"],
    [...python, "-m", "mypy", "."],
  ],
  programs: [{ title: "ariadne-codegen", command: [...withoutTls, ...python, "main.py"] }],
});
