const COLUMNS = ["build", "manage", "errors", "call"];

/** Prints how long each language takes to build, and each of its programs to run. */
export default class TimesReporter {
  #rows = new Map();

  onTestResult(_test, { testResults }) {
    for (const { ancestorTitles, title, duration, status } of testResults) {
      if (status !== "passed" || !COLUMNS.includes(title)) continue;
      const [language, program] = ancestorTitles;
      const name = program ? `${language}, ${program}` : language;
      const row = this.#rows.get(name) ?? {};
      row[title] = `${(duration / 1000).toFixed(1)} s`;
      this.#rows.set(name, row);
    }
  }

  onRunComplete() {
    if (this.#rows.size === 0) return;
    const width = Math.max(...[...this.#rows.keys()].map((name) => name.length));
    const line = (name, cells) =>
      [name.padEnd(width), ...cells.map((cell = "") => cell.padStart(9))].join("").trimEnd();
    const lines = [...this.#rows].map(([name, row]) =>
      line(
        name,
        COLUMNS.map((column) => row[column]),
      ),
    );
    process.stderr.write(`\n${[line("", COLUMNS), ...lines].join("\n")}\n`);
  }
}
