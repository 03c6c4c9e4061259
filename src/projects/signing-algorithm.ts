import type { Project, SigningAlgorithm } from "./project.entity.js";

interface AlgorithmSettings<Algorithm> {
  signingAlgorithm: Algorithm;
  formerSigningAlgorithm: SigningAlgorithm | null;
}

/** The algorithm that tokens are signed with now. While it changes, the former one signs (ADR 0008). */
export function currentSigningAlgorithm(
  project: AlgorithmSettings<Project["signingAlgorithm"]>,
  api?: AlgorithmSettings<SigningAlgorithm | null>,
): SigningAlgorithm {
  return (
    api?.formerSigningAlgorithm ??
    api?.signingAlgorithm ??
    project.formerSigningAlgorithm ??
    project.signingAlgorithm
  );
}
