import { type Programs, packagesOf } from "./programs.js";

/** What the `requirements.txt` of a folder lists, for PYTHONPATH. */
export const pythonPackages = (
  folder: string,
  name: string,
): NonNullable<Programs["packages"]> => ({
  folder: packagesOf(`${folder}/requirements.txt`, name),
  fetch: (packages) => [
    ...["python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
    ...["--target", packages, "--requirement", "requirements.txt"],
  ],
});
