/** What to do about an error of a file, by the code of Node.js. */
const WRONG_PATH: Readonly<Record<string, string>> = {
  ENOENT: "correct its path, or create it",
  EISDIR: "a directory is in its place",
  ENOTDIR: "part of its path is a file, not a directory",
  EEXIST: "part of its path is a file, not a directory",
  ENAMETOOLONG: "give the path of a file",
};
const NO_READ: Readonly<Record<string, string>> = {
  EACCES: "let the server's user read it",
  EPERM: "let the server's user read it",
};
const NO_WRITE: Readonly<Record<string, string>> = {
  EACCES: "let the server's user write in its directory",
  EPERM: "let the server's user write in its directory",
  EROFS: "its file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
};

/** Says that a file cannot be read, and why: the end of a sentence that begins with the file. */
export function readProblem(error: unknown): string {
  return `cannot be read${reason(error, { ...WRONG_PATH, ...NO_READ })}`;
}

/** Says that a file cannot be written, and why: the end of a sentence that begins with the file. */
export function writeProblem(error: unknown): string {
  return `cannot be written${reason(error, { ...WRONG_PATH, ...NO_WRITE })}`;
}

function reason(error: unknown, remedies: Readonly<Record<string, string>>): string {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  const remedy = remedies[code];
  return remedy ? ` (${code}): ${remedy}` : ` (${code})`;
}
