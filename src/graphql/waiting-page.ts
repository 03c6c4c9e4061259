const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0; background: light-dark(#fff, #1b222f); color: light-dark(#1f2937, #dbe2ee); }
header { padding: 0.7rem 1rem; background: light-dark(#14213d, #0f1520); color: #fff; font-weight: 700; }
main { max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; }
a { color: inherit; }
h1 { font-size: 1.4rem; margin: 0 0 0.5rem; }
p { margin: 0.5rem 0; }
code, pre { font: 0.9rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
pre { overflow: auto; max-height: 30vh; padding: 1rem; border: 1px solid #8886; border-radius: 8px; }`;

const BUILDING = `<h1>The explorer is being built</h1>
<p role="status">This takes a few seconds after the first <code>npm start</code>. The page then opens by itself.</p>
<p>If it does not, run <code>npm run build:explorer</code>, which says why.</p>`;

const failed = (problem: string) => `<h1>The explorer could not be built</h1>
<p>Run <code>npm ci</code> and <code>npm run build:explorer</code>. The page then opens by itself.</p>
<pre>${escapeHtml(problem)}</pre>`;

const API = `<p>The API works already: send operations with <code>POST</code> to this URL. Its schema is at
<a href="schema.graphql">schema.graphql</a>.</p>`;

/** @param problem why the build failed; null: it has not ended yet */
export function waitingPage(problem: string | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${problem === null ? 1 : 5}">
<title>Countersign</title>
<style>${STYLE}</style>
</head>
<body>
<header>Countersign</header>
<main>
${problem === null ? BUILDING : failed(problem)}
${API}
</main>
</body>
</html>
`;
}

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
