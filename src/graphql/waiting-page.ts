const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 0; background: light-dark(#fff, #1b222f); color: light-dark(#1f2937, #dbe2ee); }
header { padding: 0.7rem 1rem; background: light-dark(#14213d, #0f1520); color: #fff; font-weight: 700; }
main { max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; }
a { color: inherit; }
h1 { font-size: 1.4rem; margin: 0 0 0.5rem; }
p { margin: 0.5rem 0; }
code { font: 0.9rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }`;

const BUILDING = `<h1>The explorer is being built</h1>
<p role="status">This takes a few seconds after the first <code>npm start</code>. The page then opens by itself.</p>
<p>If it does not, run <code>npm run build:explorer</code>, which says why.</p>`;

const FAILED = `<h1>The explorer could not be built</h1>
<p>Run <code>npm ci</code> and <code>npm run build:explorer</code>, which says why. The page then opens by itself.</p>`;

const API = `<p>The API works already: send operations with <code>POST</code> to this URL. Its schema is at
<a href="schema.graphql">schema.graphql</a>.</p>`;

/** Whoever opens the page need not be the operator, so it does not say why a build has failed. */
export function waitingPage({ hasFailed }: { hasFailed: boolean }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${hasFailed ? 5 : 1}">
<title>Countersign</title>
<style>${STYLE}</style>
</head>
<body>
<header>Countersign</header>
<main>
${hasFailed ? FAILED : BUILDING}
${API}
</main>
</body>
</html>
`;
}
