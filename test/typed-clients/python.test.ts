import { describeLanguage } from "./describe-language.js";

await describeLanguage({
  language: "Python",
  readme: "examples/typed-clients/python/README.md",
  tools: {
    python3: "python3 --version",
    "ensurepip, Debian's python3-venv,": "python3 -c 'import ensurepip'",
  },
  // The server of the tests has no TLS.
  environment: { AUTHLIB_INSECURE_TRANSPORT: "1" },
  checks: ["python3 -m mypy ."],
  programs: [{ title: "ariadne-codegen" }],
});
