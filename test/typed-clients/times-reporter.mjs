/** Prints how long each language takes to build and to run. */
export default class TimesReporter {
  #rows = [];

  onTestResult(_test, { testResults }) {
    for (const { ancestorTitles, title, duration, status } of testResults) {
      if (status !== "passed" || ancestorTitles.length === 0) continue;
      const seconds = ((duration ?? 0) / 1000).toFixed(1);
      this.#rows.push([...ancestorTitles, title, seconds]);
    }
  }

  onRunComplete() {
    const rows = this.#rows.map((row) => [row.slice(0, -1).join(", "), `${row.at(-1)} s`]);
    if (rows.length === 0) return;
    const [left, right] = [0, 1].map((column) =>
      Math.max(...rows.map((row) => row[column].length)),
    );
    const lines = rows.map(([what, time]) => `  ${what.padEnd(left)}  ${time.padStart(right)}`);
    process.stderr.write(`\nTyped clients, time of each step:\n${lines.join("\n")}\n`);
  }
}
